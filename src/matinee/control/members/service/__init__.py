"""The stories of members, one file a matter."""

from matinee.control.members.service.accounts import AccountsService
from matinee.control.members.service.breached import Breached
from matinee.control.members.service.device_codes import DeviceCodesService
from matinee.control.members.service.letters import Letters
from matinee.control.members.service.members import MembersService
from matinee.control.members.service.passkeys import PasskeysService
from matinee.control.members.service.passwords import PasswordsService
from matinee.control.members.service.proofs import ProofsService
from matinee.control.members.service.providers import OutsideProvider
from matinee.control.members.service.sign_on import SignOnService

__all__ = [
    "AccountsService",
    "Breached",
    "DeviceCodesService",
    "Letters",
    "MembersService",
    "OutsideProvider",
    "PasskeysService",
    "PasswordsService",
    "ProofsService",
    "SignOnService",
]
