"""Publishes a film until it is killed: `python -m tests.domain.studio_child ROOT FILM`."""

import asyncio
import sys
from pathlib import Path

from tests.domain.studio_house import studio


async def main() -> None:
    async with studio(Path(sys.argv[1]), workers=1) as house:
        await house.publish(Path(sys.argv[2]), profiles=("full",))


if __name__ == "__main__":
    asyncio.run(main())
