"""The stories of members, one file a matter."""

from matinee.control.members.service.accounts import AccountsService
from matinee.control.members.service.breached import Breached
from matinee.control.members.service.letters import Letters
from matinee.control.members.service.members import MembersService
from matinee.control.members.service.passwords import PasswordsService
from matinee.control.members.service.proofs import ProofsService

__all__ = ["AccountsService", "Breached", "Letters", "MembersService", "PasswordsService", "ProofsService"]
