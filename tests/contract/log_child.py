"""Appends events and prints the key of each once it is durable, until it is killed."""

import asyncio
import sys
from pathlib import Path

from matinee.engines.log.sqlite import SqliteLog
from matinee.kernel.clock import SystemClock
from tests.contract.log import IDS, event


async def main(path: Path) -> None:
    log = SqliteLog(path, SystemClock(), IDS)

    async def caller(first: int) -> None:
        for number in range(first, 1_000_000, 8):
            await log.append([event(f"{first}", f"{number}")])
            print(number, flush=True)

    await asyncio.gather(*(caller(first) for first in range(8)))


asyncio.run(main(Path(sys.argv[1])))
