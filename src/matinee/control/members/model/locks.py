"""Who may go where on one device: the rules of PINs, and of leaving a kids' profile.

A PIN locks a profile. Of the locked ones, those with the highest rating are the *guards* of the account: theirs is the PIN
that lets a device out of a kids' profile and that changes a rating. So a teenager's own PIN opens the teenager's profile, and
nothing that its elders closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matinee.control.members.api import Profile
from matinee.kernel.ids import ProfileId
from matinee.kernel.quantities import Instant, minutes

FRESH = minutes(5)
"""How long a PIN counts after it was given. For the profile that it let in it counts until another is entered."""
FREE_GUESSES = 5
WAIT_SECONDS_FIRST, WAIT_SECONDS_MAX = 30, 3600
"""With ten thousand PINs of four digits, one guess an hour takes a year and more."""
FREE_GUESSES_EVERYWHERE = 20
WAIT_SECONDS_EVERYWHERE = 60
"""Between guesses at one profile from all devices together. It stays so short that nobody keeps its owner out by guessing."""


@dataclass(frozen=True, slots=True)
class Device:
    """What one sign-in session has done: the profile it is in, and when it gave which PIN."""

    profile_id: ProfileId | None = None
    opened: Mapping[ProfileId, Instant] | None = None

    def opened_at(self, profile_id: ProfileId) -> Instant | None:
        return None if self.opened is None else self.opened.get(profile_id)


def guards(profiles: Sequence[Profile]) -> tuple[ProfileId, ...]:
    """Empty where the account has no PIN."""
    locked = [p for p in profiles if p.locked and not p.kids]
    highest = max((p.maturity for p in locked), default=0)
    return tuple(p.id for p in locked if p.maturity == highest)


def is_held(profiles: Sequence[Profile], device: Device, *, at: Instant) -> bool:
    """In a kids' profile, and no guard's PIN was given since: whoever holds the device is taken for a child."""
    return _is_child(profiles, device) and bool(found := guards(profiles)) and not _any_fresh(device, found, at)


def pins_to_enter(
    profiles: Sequence[Profile], device: Device, profile: Profile, *, at: Instant
) -> tuple[ProfileId, ...]:
    """Any of these lets it in; empty: it needs none. What is locked needs its own PIN, wherever one comes from."""
    if profile.locked:
        is_there = device.profile_id == profile.id and device.opened_at(profile.id) is not None
        return () if is_there or _any_fresh(device, (profile.id,), at) else (profile.id,)
    if is_held(profiles, device, at=at) and not _is_playmate(profiles, device, profile):
        return guards(profiles)
    return ()


def pins_to_change(
    profiles: Sequence[Profile], device: Device, profile: Profile | None, *, at: Instant
) -> tuple[ProfileId, ...]:
    """What a profile may see, its PIN, and whether it is there: the guards decide, and for a guard itself nobody else does.
    `None`: a profile to come. Any of these opens it; empty: it needs none."""
    found = guards(profiles)
    needed = (profile.id,) if profile is not None and profile.id in found else found
    return () if _any_fresh(device, needed, at) else needed


def wait_seconds(guesses: int) -> int:
    """After this many wrong PINs in a row: nothing for the first few, then half a minute, doubling up to an hour."""
    if guesses < FREE_GUESSES:
        return 0
    return int(min(WAIT_SECONDS_MAX, WAIT_SECONDS_FIRST * 2 ** min(guesses - FREE_GUESSES, 16)))


def wait_seconds_everywhere(guesses: int) -> int:
    """After this many wrong PINs of one profile in a row, from whatever devices: a new sign-in is no new beginning."""
    return 0 if guesses < FREE_GUESSES_EVERYWHERE else WAIT_SECONDS_EVERYWHERE


def is_pin(text: str) -> bool:
    return 4 <= len(text) <= 6 and text.isascii() and text.isdigit()


def _any_fresh(device: Device, of: Sequence[ProfileId], at: Instant) -> bool:
    return any((opened := device.opened_at(each)) is not None and at - opened <= FRESH for each in of)


def _is_child(profiles: Sequence[Profile], device: Device) -> bool:
    return any(p.id == device.profile_id and p.kids for p in profiles)


def _is_playmate(profiles: Sequence[Profile], device: Device, profile: Profile) -> bool:
    """Another kids' profile that sees no more than the one in use."""
    here = next((p.maturity for p in profiles if p.id == device.profile_id), 0)
    return profile.kids and profile.maturity <= here
