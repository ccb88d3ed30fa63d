"""An appliance as a process of its own, to be killed. Arguments: its folder, the desk's URL, the machine's life."""

import asyncio
import sys
from pathlib import Path

from matinee.kernel.network import SystemNetwork
from tests.domain.edge_world import make_appliance

if __name__ == "__main__":
    asyncio.run(make_appliance(Path(sys.argv[1]), sys.argv[2], SystemNetwork(), boot=sys.argv[3]).run())
