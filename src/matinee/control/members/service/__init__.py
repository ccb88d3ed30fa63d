"""The stories of members, one file a matter."""

from matinee.control.members.service.members import MembersService
from matinee.control.members.service.notices import NoticesService

__all__ = ["MembersService", "NoticesService"]
