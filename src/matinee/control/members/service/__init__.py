"""The stories of members, one file a matter."""

from matinee.control.members.service.members import MembersService

__all__ = ["MembersService"]
