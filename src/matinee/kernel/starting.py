"""A program on a thread of its own: the thread walls itself in, forks, and waits for the end of what it started.

The thread lives as long as the program: on Linux a program that is tied to us dies with the *thread* that started it. The
loop waits while the thread forks, as it would if it forked itself, so that there is no moment in which a canceled caller
could lose a program that was just started.
"""

import asyncio
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from matinee.kernel import confinement
from matinee.kernel.confinement import Confinement

_LINE_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be started. Whoever ordered it owns `stdin`."""

    argv: Sequence[str]
    stdin: int
    folder: Path | None
    environment: Mapping[str, str] | None
    confinement: Confinement | None
    programs: Sequence[Path]
    """What a confined program consists of: the one that ties it to us, and itself."""


@dataclass(frozen=True, slots=True)
class Started:
    pid: int
    stdout: IO[bytes]
    stderr: IO[bytes]
    code: asyncio.Future[int]


def start(order: Order) -> Started:
    """Raises what starting it raises: `OSError`."""
    loop = asyncio.get_running_loop()
    code: asyncio.Future[int] = loop.create_future()
    answer: queue.SimpleQueue[subprocess.Popen[bytes] | Exception] = queue.SimpleQueue()

    def tell(ended_with: int) -> None:
        if not code.done():
            code.set_result(ended_with)

    def live() -> None:
        try:
            if order.confinement is not None:
                confinement.enter(order.confinement, order.programs)
            process = _forked(order)
        except Exception as error:
            answer.put(error)
            return
        answer.put(process)
        process.wait()
        with suppress(RuntimeError):  # the loop has been closed meanwhile: nobody waits
            loop.call_soon_threadsafe(tell, process.returncode)

    threading.Thread(target=live, name=f"waits for {Path(order.argv[0]).name}", daemon=True).start()
    process = answer.get()
    if isinstance(process, Exception):
        raise process
    assert process.stdout is not None
    assert process.stderr is not None
    return Started(process.pid, process.stdout, process.stderr, code)


async def reader_of(pipe: IO[bytes]) -> tuple[asyncio.StreamReader, asyncio.BaseTransport]:
    """What comes out of it; who reads closes it."""
    reader = asyncio.StreamReader(limit=_LINE_MAX_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader, transport


def _forked(order: Order) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        list(order.argv),
        stdin=order.stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=order.folder,
        env=dict(order.environment) if order.environment is not None else None,
        start_new_session=True,
    )
