"""What tests in simulated time stand on: one machine's doors on a virtual loop, and a settle that takes virtual time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from matinee.kernel.chance import SeededChance
from matinee.sim.clock import SimClock
from matinee.sim.files import MemoryDisk, SimFiles
from matinee.sim.loop import VirtualLoop
from matinee.sim.nodes import Node
from matinee.sim.weather import Weather

HERE = "here"
SETTLE_S = 0.003


async def settle() -> None:
    await asyncio.sleep(SETTLE_S)


class Machine:
    """Its disk survives; everything made from `files` is one process's."""

    def __init__(self) -> None:
        self.weather = Weather()
        self.clock = SimClock(self.weather, HERE)
        self.chance = SeededChance("a machine")
        self.disk = MemoryDisk()

    @property
    def files(self) -> SimFiles:
        return SimFiles(self.disk, self.weather, HERE, self.chance)


def kill(node: Node) -> None:
    """As the world does; and the loop, when it ends, must not wait for the dead to hear that they are canceled."""
    tasks = list(node._tasks)
    node.kill()
    for task in tasks:
        asyncio.tasks._unregister_task(task)


class UnattendedLoop(VirtualLoop):
    """A virtual loop that does not let the dead's open generators speak a last word when it ends."""

    async def shutdown_asyncgens(self) -> None:
        self._asyncgens_shutdown_called = True


class VirtualPolicy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return UnattendedLoop()


@contextmanager
def virtual_runs() -> Iterator[None]:
    """`asyncio.run`, as Hypothesis's tests call it, runs in virtual time meanwhile."""
    before = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(VirtualPolicy())
    try:
        yield
    finally:
        asyncio.set_event_loop_policy(before)
