"""A launcher as a process of its own, to be killed. Arguments: its folder."""

import asyncio
import sys
from pathlib import Path

from tests.domain.slots_world import SlotWorld

if __name__ == "__main__":
    asyncio.run(SlotWorld(Path(sys.argv[1])).launcher().run())
