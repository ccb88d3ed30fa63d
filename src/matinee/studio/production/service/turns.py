"""Turns: a title is made from one master at a time, whichever process takes it in.

Whether a journey is under way is the workflow engine's to say, in transactions of its own. So a title's turn is held in
the database from the look at its journeys until the new one has begun: in between nobody else may look.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from matinee.engines.database.port import Database
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.quantities import minutes
from matinee.studio.production import store
from matinee.studio.production.api import TitleBusy

_BEGINNING_MAX = minutes(1)


class Turns:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def taken(self, title_id: str, edition: str) -> AsyncIterator[None]:
        """Nobody begins another master of this title meanwhile. Who dies inside is waited for a minute at most."""
        now = self._clock.now()
        until = now + _BEGINNING_MAX
        if not await self._database.write(lambda work: store.take_turn(work, title_id, edition, now=now, until=until)):
            raise TitleBusy
        try:
            yield
        finally:
            with suppress(MatineeError):  # what was begun has begun; the turn ends by itself
                await self._database.write(lambda work: store.end_turn(work, title_id, edition))
