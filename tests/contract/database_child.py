"""Opens accounts, each with an event, and prints each name once it is durable; ships events on the way. Until killed."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from matinee.engines.database.outbox import OutboxRelay
from matinee.engines.database.port import Work
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.log.sqlite import SqliteLog
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.ids import Ids
from matinee.wire.events import Envelope, TitleChanged
from tests.contract.database import SCHEMA, opens


class DyingLog(SqliteLog):
    """The machine loses power right after the append, before the relay hears of it."""

    async def append(self, envelopes: Sequence[Envelope]) -> None:
        await super().append(envelopes)
        os.kill(os.getpid(), signal.SIGKILL)


async def main(folder: Path, dies_between: bool) -> None:
    clock = SystemClock()
    ids = Ids(clock, SystemChance())
    database = SqliteDatabase(folder / "database.db", clock=clock, ids=ids, source="child")
    await database.migrate([SCHEMA])
    log = (DyingLog if dies_between else SqliteLog)(folder / "log.db", clock, ids)

    def opens_and_says_so(name: str, work: Work) -> None:
        opens(name)(work)
        work.emit(TitleChanged(name))

    async def caller(first: int) -> None:
        for number in range(first, 40 if dies_between else 1_000_000, 8):
            await database.write(lambda work, number=number: opens_and_says_so(f"{number}", work))  # type: ignore[misc]
            print(number, flush=True)

    if dies_between:
        await asyncio.gather(*(caller(first) for first in range(8)))
        await OutboxRelay(database, log).drain()
    await asyncio.gather(OutboxRelay(database, log).run(), *(caller(first) for first in range(8)))


asyncio.run(main(Path(sys.argv[1]), sys.argv[2] == "dies-between"))
