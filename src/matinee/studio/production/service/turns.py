"""Turns: a title is made from one master at a time, whichever process takes it in.

Whether a journey is under way is the workflow engine's to say, in transactions of its own. So a title's turn is held in
the database from the look at its journeys until the new one has begun: in between nobody else may look.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from matinee.engines.database.port import Database
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.quantities import minutes, seconds
from matinee.studio.production import store
from matinee.studio.production.api import TitleBusy

_LEASE, _RENEWED_EVERY = minutes(1), seconds(20)
"""Who dies inside is waited for no longer than a lease; who lives keeps it for as long as it takes."""


class Turns:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def taken(self, title_id: str, edition: str) -> AsyncIterator[None]:
        """Nobody begins another master of this title meanwhile."""
        if not await self._take(title_id, edition):
            raise TitleBusy(title_id)
        keeping = asyncio.create_task(self._keep(title_id, edition))
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(MatineeError):  # what was begun has begun; the turn ends by itself
                await self._database.write(lambda work: store.end_turn(work, title_id, edition))

    async def _keep(self, title_id: str, edition: str) -> None:
        while True:
            await self._clock.sleep(_RENEWED_EVERY)
            with suppress(MatineeError):  # the next one may reach the database
                await self._take(title_id, edition)

    async def _take(self, title_id: str, edition: str) -> bool:
        now = self._clock.now()
        until = now + _LEASE
        return await self._database.write(lambda work: store.take_turn(work, title_id, edition, now=now, until=until))
