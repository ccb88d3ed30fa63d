"""When a process of ours ends: when it is told to, and, where it has a parent, when that is gone. Imports nothing of ours,
so that any process can have it."""

import asyncio
import signal
import sys


async def until_told_to_stop() -> None:
    """Wait for Ctrl-C or a polite kill."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()


async def until_ended(*, with_parent: bool) -> None:
    """Told to stop; with a parent, also when the parent is gone."""
    ends = [asyncio.ensure_future(until_told_to_stop())]
    if with_parent:
        ends.append(asyncio.ensure_future(parent_gone()))
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


async def parent_gone() -> None:
    """Our standard input is a pipe from the parent: it ends when the parent does, however that ended."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
