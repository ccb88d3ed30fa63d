"""The stories of PINs: set, given, guessed, and what they open."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from matinee.control.members import store
from matinee.control.members.api import Profile, ProfileNotFound
from matinee.control.members.api.locks import NoLockForKids, PinNeeded, TooManyPins, WrongPin
from matinee.control.members.model.locks import (
    Device,
    guards,
    is_pin,
    pins_to_change,
    pins_to_enter,
    wait_seconds,
    wait_seconds_everywhere,
)
from matinee.control.members.store import locks
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, NotAllowed
from matinee.kernel.ids import AccountId, ProfileId
from matinee.kernel.quantities import seconds

Proved = Callable[[AccountId, str], Awaitable[None]]
"""Raises `NotAllowed` unless this sign-in proved its account a moment ago."""


class LocksService:
    def __init__(
        self, database: Database, clock: Clock, *, proved: Proved, hasher: PasswordHasher | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._proved = proved
        self._hasher = hasher or PasswordHasher()
        # One at a time: a PIN costs as much memory as a password.
        self._hashing = asyncio.Semaphore(1)

    async def set_pin(self, account_id: AccountId, profile_id: ProfileId, pin: str | None, *, sign_in_id: str) -> None:
        if pin is not None and not is_pin(pin):
            raise InvalidInput("A PIN has 4 to 6 digits.", field="pin")
        await self.require(account_id, profile_id, sign_in_id=sign_in_id, opens=pin is not None)
        async with self._hashing:
            hashed = None if pin is None else await asyncio.to_thread(self._hasher.hash, pin)
        now = self._clock.now()

        def work(work: Work) -> None:
            profile = _one(store.profiles(work, account_id), profile_id)
            if profile.kids and hashed is not None:
                raise NoLockForKids
            store.put_pin(work, profile_id, hashed)
            locks.close_profile(work, profile_id)
            if hashed is not None:
                locks.open_profile(work, sign_in_id, profile_id, at=now)

        await self._database.write(work)

    async def unlock(self, account_id: AccountId, profile_id: ProfileId, pin: str, *, sign_in_id: str) -> None:
        hashed = await self._database.read(lambda work: store.pin_of(work, account_id, profile_id))
        if hashed is None:
            await self._database.read(lambda work: _one(store.profiles(work, account_id), profile_id))
            return
        await self._take_guess(profile_id, sign_in_id)
        if not await self._fits(hashed, pin):
            raise WrongPin
        now = self._clock.now()
        await self._database.write(lambda work: locks.open_profile(work, sign_in_id, profile_id, at=now))

    async def asked_for(self, account_id: AccountId, *, sign_in_id: str) -> Mapping[ProfileId, Sequence[ProfileId]]:
        profiles, device = await self._standing(account_id, sign_in_id)
        now = self._clock.now()
        asked = {p.id: pins_to_enter(profiles, device, p, at=now) for p in profiles}
        return {profile_id: pins for profile_id, pins in asked.items() if pins}

    async def require(
        self, account_id: AccountId, profile_id: ProfileId | None, *, sign_in_id: str, opens: bool = False
    ) -> None:
        profiles, device = await self._standing(account_id, sign_in_id)
        profile = None if profile_id is None else _one(profiles, profile_id)
        pins = pins_to_change(profiles, device, profile, at=self._clock.now())
        if not pins:
            if opens and not guards(profiles):
                await self._proved(account_id, sign_in_id)
            return
        try:
            await self._proved(account_id, sign_in_id)
        except NotAllowed:
            raise PinNeeded(pins) from None

    async def _standing(self, account_id: AccountId, sign_in_id: str) -> tuple[Sequence[Profile], Device]:
        return await self._database.read(
            lambda work: (store.profiles(work, account_id), locks.device(work, sign_in_id))
        )

    async def _take_guess(self, profile_id: ProfileId, sign_in_id: str) -> None:
        """Taken before the PIN is looked at and in one transaction, so that many at once are no way around the wait."""
        now = self._clock.now()

        def work(work: Work) -> int:
            counted = [(None, wait_seconds_everywhere), (sign_in_id, wait_seconds)]
            before = [locks.guesses(work, profile_id, whose) for whose, _ in counted]
            if waits := [until for _, until in before if until is not None and now < until]:
                return max(1, round((max(waits) - now).total_seconds()))
            for (whose, wait_after), (count, _) in zip(counted, before, strict=True):
                wait = wait_after(count + 1)
                locks.put_guesses(work, profile_id, whose, count + 1, now + seconds(wait) if wait else None)
            return 0

        if wait := await self._database.write(work):
            raise TooManyPins(wait)

    async def _fits(self, hashed: str, pin: str) -> bool:
        if not is_pin(pin):
            return False
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, hashed, pin)
            except Argon2Error:
                return False


def _one(profiles: Sequence[Profile], profile_id: ProfileId) -> Profile:
    for profile in profiles:
        if profile.id == profile_id:
            return profile
    raise ProfileNotFound
