"""Tales told beside each other, each in a process of its own, which is how it is told again: nothing of one reaches another."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from matinee.kernel.processes import Command, Processes, ProgramFailed
from matinee.kernel.quantities import Span, minutes
from matinee.sim.tale import Tale, Told
from matinee.wire.encoding import from_json, to_json

Tell = Callable[[Tale], Awaitable[Told]]


def in_a_process(processes: Processes, *, within: Span = minutes(30)) -> Tell:
    """`matinee simulate --told`: reads a tale, tells it, writes how it went. One that does not come to an end is broken."""

    async def told(tale: Tale) -> Told:
        argv = [sys.executable, "-m", "matinee", "simulate", "--told"]
        try:
            done = await processes.run(Command(argv, timeout=within, stdin=to_json(tale)))
        except ProgramFailed as error:
            return Told(tale, broken=f"The telling ended by itself: {error.sentence}")
        return from_json(done.stdout, Told, what="How the tale went")

    return told


async def all_told(tales: Sequence[Tale], tell: Tell, *, at_once: int) -> AsyncIterator[Told]:
    """In the order of the tales, a few ahead."""
    room = asyncio.Semaphore(at_once)

    async def in_turn(tale: Tale) -> Told:
        async with room:
            return await tell(tale)

    telling = [asyncio.create_task(in_turn(tale)) for tale in tales]
    try:
        for each in telling:
            yield await each
    finally:
        for each in telling:
            each.cancel()
