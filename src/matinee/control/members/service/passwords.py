"""Passwords: hashed a few at a time, since each takes memory on purpose, and looked up in the list of those that are known."""

import asyncio
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from matinee.control.members import store
from matinee.control.members.api.passwords import PasswordRefused
from matinee.control.members.model.credentials import check_length, words_of
from matinee.control.members.service.breached import Breached
from matinee.engines.database.port import Database
from matinee.kernel.ids import AccountId, Ids

# Hashing one password takes 64 MiB; more than this many at once would let sign-ins exhaust memory.
_HASHES_AT_ONCE = 2
_LOOKED_AT = 1000
"""Characters of a password that somebody shows: hashing a megabyte is an attack."""


class PasswordsService:
    def __init__(
        self,
        database: Database,
        ids: Ids,
        *,
        hasher: PasswordHasher | None = None,
        breached: Breached | None = None,
    ) -> None:
        self._database = database
        self._hasher = hasher or PasswordHasher()
        self._breached = breached or Breached()
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        # Verified against when there is no such account, so that the answer takes as long.
        self._decoy = self._hasher.hash(ids.secret())

    async def check(self, password: str, *, about: Sequence[str]) -> None:
        check_length(password)
        if await self._breached.holds(password):
            raise PasswordRefused(
                "This password is on the lists that are tried first. Choose another.", field="password"
            )
        words = words_of(about)
        if await asyncio.to_thread(self._breached.is_guessable, password, words):
            said = (
                "This password would be guessed soon: it is made of common words, or of your address. Choose another."
            )
            raise PasswordRefused(said, field="password")

    async def hashed(self, password: str) -> str:
        if not password:
            return ""
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, hashed: str) -> bool:
        async with self._hashing:
            try:
                fits = await asyncio.to_thread(self._hasher.verify, hashed or self._decoy, password[:_LOOKED_AT])
            except (Argon2Error, InvalidHashError):
                return False
        return fits and bool(hashed)

    async def is_of(self, account_id: AccountId, password: str) -> bool:
        hashed = await self._database.read(lambda work: store.password_hash(work, account_id))
        return await self.fits(password, hashed)
