"""A worker of the farm: a process that does nothing but the studio's jobs, out of the table that all of them share.

It needs the data directory and an encoder, and no neighbor: it asks nobody and nobody asks it. So there may be any number,
started and ended at any time; what one had in hand when it was killed goes to another.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from matinee.app.doors import Doors
from matinee.app.engines import open_engines
from matinee.app.services import SCHEMAS
from matinee.app.settings import Settings
from matinee.app.studio import open_hands, worker_name
from matinee.app.supervision import Supervisor


@asynccontextmanager
async def lending_hands(settings: Settings, doors: Doors) -> AsyncIterator[str]:
    """Works until left; the value is the name by which operators know it."""
    name = worker_name()
    async with open_engines(settings, doors, SCHEMAS) as engines:
        open_hands(settings, doors, engines).lend(engines.workflows)
        background = Supervisor(doors.clock)
        background.keep("hands", partial(engines.workflows.run, workers=settings.workers, name=name))
        try:
            yield name
        finally:
            await background.close()
