"""The door for PINs: which profile of an account is locked, and which of them a device has opened."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from matinee.control.members.api import ProfileNotFound as ProfileNotFound
from matinee.kernel.errors import NotAllowed, Refusal
from matinee.kernel.ids import AccountId, ProfileId
from matinee.kernel.policy import call
from matinee.kernel.quantities import seconds

_SLOW = seconds(10)
"""Where a PIN is looked at, which costs time on purpose."""


class WrongPin(NotAllowed):
    def __init__(self) -> None:
        super().__init__("That is not the PIN of this profile. Try again.")


class TooManyPins(Refusal):
    """On this device, or at this profile from all of them."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many wrong PINs. Try again in {seconds} seconds.", retry_after_s=seconds)


class PinNeeded(NotAllowed):
    """`profile_ids`: the PIN of any of these will do."""

    def __init__(self, profile_ids: Sequence[ProfileId]) -> None:
        super().__init__(
            "This needs a PIN, or the account's password. Give it, and repeat what you did.",
            profile_ids=list(profile_ids),
        )


class NoLockForKids(Refusal):
    """A kids' profile is left by a grown-up's PIN; one of its own would be a child's to keep from its parents."""

    status = 409

    def __init__(self) -> None:
        super().__init__("A kids' profile has no PIN of its own. Lock the profiles of the grown-ups instead.")


class Locks(Protocol):
    @call(timeout=_SLOW)
    async def set_pin(self, account_id: AccountId, profile_id: ProfileId, pin: str | None, *, sign_in_id: str) -> None:
        """4 to 6 digits; None takes it off. Every device that had opened the profile has to open it again, but this one.
        Raises `PinNeeded`, `NoLockForKids`, and for the first PIN of an account `StepUpNeeded`."""
        ...

    @call(timeout=_SLOW)
    async def unlock(self, account_id: AccountId, profile_id: ProfileId, pin: str, *, sign_in_id: str) -> None:
        """Raises `WrongPin`, `TooManyPins`. A profile without a PIN is open already."""
        ...

    @call(idempotent=True)
    async def asked_for(self, account_id: AccountId, *, sign_in_id: str) -> Mapping[ProfileId, Sequence[ProfileId]]:
        """By profile: whose PIN lets this device into it, any of them. Those it may enter as it is are left out."""
        ...

    @call(idempotent=True)
    async def require(
        self, account_id: AccountId, profile_id: ProfileId | None, *, sign_in_id: str, opens: bool = False
    ) -> None:
        """For whoever is about to change what a profile may see, to remove it, or (None) to add one. Raises `PinNeeded`
        unless this device gave a PIN that opens that, or proved the account, a moment ago. `opens`: it lets someone see or
        do more, so that an account without a PIN asks for a proof: raises `StepUpNeeded`."""
        ...
