"""Claims: a source is kept once for all titles, so whoever takes it in and whoever deletes it must know of each other.

Between the moment a master is found stored and the moment a version names it, nothing else says that it is needed. And a
deletion must have looked at who needs a source after nobody could begin to. So both say so first, in the database.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress

from matinee.engines.database.port import Database
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import Span, hours, seconds
from matinee.studio.production import store
from matinee.studio.production.api import NotYetStopped, SourceGoing

Hold = Callable[[str], Awaitable[None]]
"""From now on the source of this hash is not deleted, until what is taken in with it has its version."""

_TAKING_IN_MAX = hours(2)
"""Longer than the call in which it is done may take. Who dies in between is waited for no longer."""
_LOOK_EVERY, _LOOKS_MAX = seconds(0.1), 600


class Claims:
    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    @asynccontextmanager
    async def taking_in(self) -> AsyncIterator[Hold]:
        holder = self._ids.new()

        async def hold(sha256: str) -> None:
            for _ in range(_LOOKS_MAX):
                if await self._held(sha256, holder):
                    return
                await self._clock.sleep(_LOOK_EVERY)
            raise SourceGoing

        try:
            yield hold
        finally:
            await self._end(holder)

    @asynccontextmanager
    async def deleting(self, title_id: str, hashes: Collection[str], *, at_most: Span) -> AsyncIterator[set[str]]:
        """Those of them that nobody is just taking in; from now on nobody begins to. The others stay, for whoever does.

        A source that goes with another title's deletion is waited for: the last of its titles takes it along.
        """
        for _ in range(_LOOKS_MAX):
            if (free := await self._free(hashes, title_id, at_most)) is not None:
                break
            await self._clock.sleep(_LOOK_EVERY)
        else:
            raise NotYetStopped
        try:
            yield free
        finally:
            await self._end(title_id)

    async def _held(self, sha256: str, holder: str) -> bool:
        now = self._clock.now()
        until = now + _TAKING_IN_MAX
        return await self._database.write(lambda work: store.claim_source(work, sha256, holder, now=now, until=until))

    async def _free(self, hashes: Collection[str], title_id: str, at_most: Span) -> set[str] | None:
        now = self._clock.now()
        return await self._database.write(
            lambda work: store.claim_for_deletion(work, hashes, title_id, now=now, until=now + at_most)
        )

    async def _end(self, holder: str) -> None:
        with suppress(MatineeError):  # it ends by itself
            await self._database.write(lambda work: store.end_claims(work, holder))
