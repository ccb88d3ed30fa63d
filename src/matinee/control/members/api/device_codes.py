"""The door by which a screen without a keyboard is signed in (RFC 8628): it shows a code, a member types it elsewhere."""

from dataclasses import dataclass
from typing import Protocol

from matinee.control.members.api import SignedIn
from matinee.kernel.errors import InvalidInput, NotFound
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant, minutes

CODE_LIVES = minutes(10)
POLL_SECONDS = 5
"""Between two looks of a screen; each that comes sooner makes it longer by as much again."""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """`device_code` is the screen's secret, `user_code` what it shows. Only hashes of both are kept."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int
    qr_svg: str
    """`verification_uri_complete` as a picture."""

    def __repr__(self) -> str:
        return "DeviceCode([redacted])"


@dataclass(frozen=True, slots=True)
class WaitingDevice:
    """What a member is shown before letting it in."""

    device: str
    address: str
    nearby: bool
    """Asked from the same network as whoever looks."""
    asked_at: Instant


class UnknownUserCode(NotFound):
    def __init__(self) -> None:
        super().__init__("No screen shows this code, or it has ended. Look at the screen again.")


class _Polling(InvalidInput):
    """RFC 8628 names these by `error`; that member stands in the problem document."""

    error = ""

    def __init__(self, sentence: str, **members: object) -> None:
        super().__init__(sentence, error=self.error, **members)


class AuthorizationPending(_Polling):
    error = "authorization_pending"

    def __init__(self) -> None:
        super().__init__("Nobody has typed the code yet. Ask again after the interval.")


class SlowDown(_Polling):
    error = "slow_down"

    def __init__(self, interval: int) -> None:
        super().__init__(f"Ask no more often than every {interval} seconds.", interval=interval)


class AccessDenied(_Polling):
    error = "access_denied"

    def __init__(self) -> None:
        super().__init__("The member said no. Ask for another code to try again.")


class ExpiredToken(_Polling):
    error = "expired_token"

    def __init__(self) -> None:
        super().__init__("This code has ended. Ask for another one.")


class DeviceCodes(Protocol):
    async def ask(self, *, device: str, address: str) -> DeviceCode:
        """Raises `TooManyAttempts`."""
        ...

    async def look(self, account_id: AccountId, user_code: str, *, address: str) -> WaitingDevice:
        """Which screen it is. Guesses are counted by account and by network. Raises `UnknownUserCode`, `TooManyAttempts`."""
        ...

    async def decide(self, account_id: AccountId, user_code: str, *, allow: bool, address: str) -> None:
        """Once. Raises as `look`."""
        ...

    async def collect(self, device_code: str) -> SignedIn:
        """For the screen, again and again. Raises `AuthorizationPending`, `SlowDown`, `AccessDenied`, `ExpiredToken`."""
        ...
