"""Puts rows and prints the number of each once it is durable, until it is killed."""

import asyncio
import sys
from pathlib import Path

from matinee.engines.rows.port import Row
from matinee.engines.rows.sqlite import SqliteRows
from matinee.kernel.clock import SystemClock


async def main(path: Path) -> None:
    clock = SystemClock()
    rows = SqliteRows(path, clock)

    async def caller(first: int) -> None:
        for number in range(first, 1_000_000, 8):
            await rows.put([Row("positions", "ada", f"{number:07}", b"x" * 100, clock.now())])
            print(number, flush=True)

    await asyncio.gather(*(caller(first) for first in range(8)))


asyncio.run(main(Path(sys.argv[1])))
