"""Revoked sessions: kept on the database, and in memory for appliances that ask each second.

Each instance reads what is new since it last looked, so that all of them come to know the same.
"""

from bisect import bisect_right

from matinee.control.steering import store
from matinee.engines.database.port import Database
from matinee.kernel.clock import Clock
from matinee.kernel.ids import SessionId
from matinee.kernel.quantities import Instant
from matinee.wire.revocations import Revocation, Revocations

_TOLD_MAX = 2000
"""In one answer; the next report asks for those that follow."""


class SessionsRevoked:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: list[Revocation] = []
        """By number."""
        self._last = 0
        """The newest number that was read."""

    async def take(self, session_id: SessionId, until: Instant) -> None:
        now = self._clock.now()
        if until > now:
            await self._database.write(lambda work: store.revoke(work, session_id, until=until, now=now))
            await self.look()

    async def look(self) -> None:
        now = self._clock.now().timestamp()
        after = self._last
        news = await self._database.read(lambda work: store.revocations_after(work, after))
        fresh = [each for each in news if each.sequence > self._last]  # somebody else may have looked meanwhile
        self._known = [each for each in (*self._known, *fresh) if each.until > now]
        self._last = max((self._last, *(each.sequence for each in fresh)))

    def after(self, acknowledged: int) -> Revocations:
        """Who acknowledges what was never told knew steering before a restore: it is told all of them again."""
        begin = bisect_right(self._known, acknowledged, key=lambda each: each.sequence)
        begin = 0 if acknowledged > self._last else begin
        return Revocations(tuple(self._known[begin : begin + _TOLD_MAX]))
