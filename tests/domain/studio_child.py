"""Publishes a film, or lends hands to whoever does, until it is killed: `python -m tests.domain.studio_child ROOT [FILM]`."""

import asyncio
import os
import sys
from pathlib import Path

from tests.domain.studio_house import hands, studio


async def main(root: Path, film: Path | None) -> None:
    if film is None:
        await hands(root, name=f"machine:{os.getpid()}")
        return
    async with studio(root, workers=1) as house:
        await house.publish(film, profiles=("full",))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
