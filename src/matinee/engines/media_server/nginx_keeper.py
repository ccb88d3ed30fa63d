"""Keeps NGINX alive: starts it, waits until it answers, starts it again when it has died, and turns its log over."""

import asyncio
import os
import signal
import ssl
from contextlib import suppress

from matinee.engines.media_server.nginx_log import AccessLog
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.log import logger
from matinee.kernel.processes import Child, Command, Processes, ProgramFailed
from matinee.kernel.quantities import Span, seconds

_log = logger("edge")
_READ_EVERY = seconds(1)
_ANSWERS_WITHIN = seconds(20)
_LOOK_AGAIN = seconds(0.01)
_GRACE = seconds(5)
_FIRST_WAIT, _LONGEST_WAIT = seconds(0.1), seconds(10)
_STEADY_S = 60.0
"""Who ran for so long died of something new: it is started again at once."""


class NginxKeeper:
    def __init__(self, command: Command, log: AccessLog, processes: Processes, clock: Clock) -> None:
        self._command = command
        self._access = log
        self._processes = processes
        self._clock = clock
        self._child: Child | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, port: int, *, is_tls: bool, host: str) -> None:
        child = self._child = await self._processes.spawn(self._command)
        ended = asyncio.ensure_future(child.wait())
        answered = asyncio.ensure_future(_answers(host, port, is_tls=is_tls))
        waited = asyncio.ensure_future(self._clock.sleep(_ANSWERS_WITHIN))
        every = (ended, answered, waited)
        try:
            await asyncio.wait(every, return_when=asyncio.FIRST_COMPLETED)
            if not (answered.done() and answered.exception() is None):
                how = f"ended with status {ended.result()}" if ended.done() else "does not answer"
                raise Unavailable(f"NGINX was started for port {port} and {how}. What it said stands above.", port=port)
        finally:
            for one in every:
                one.cancel()
            await asyncio.gather(*every, return_exceptions=True)
        await self._forget_our_question()
        self._tasks = [asyncio.create_task(self._keep()), asyncio.create_task(self._read_on())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._child is not None:
            await self._child.stop(_GRACE)

    async def _forget_our_question(self) -> None:
        """It stands in the log like anybody's, and a moment after the answer."""
        counts = self._access.counts
        while not counts.by_status[204]:
            await self._clock.sleep(_LOOK_AGAIN)
            self._access.read()
        counts.by_status[204] -= 1
        counts.requests -= 1

    async def _keep(self) -> None:
        wait: Span = _FIRST_WAIT
        while True:
            began = self._clock.monotonic()
            code = await self._child.wait() if self._child is not None else None
            if self._clock.monotonic() - began > _STEADY_S:
                wait = _FIRST_WAIT
            self._access.counts.errors += 1
            _log.error("NGINX has ended and is started again", status=code, wait_s=wait.total_seconds())
            await self._clock.sleep(wait)
            wait = min(_LONGEST_WAIT, wait * 2)
            try:
                self._child = await self._processes.spawn(self._command)
            except (ProgramFailed, OSError) as error:
                self._child = None
                _log.error("NGINX cannot be started", reason=str(error))

    async def _read_on(self) -> None:
        """So that the log never grows without end, also when nobody asks what was served."""
        while True:
            await self._clock.sleep(_READ_EVERY)
            try:
                self._access.read()
                if self._access.turn_over() and self._child is not None:
                    with suppress(ProcessLookupError):
                        os.kill(self._child.pid, signal.SIGUSR1)
            except OSError as error:
                _log.error("the log of NGINX cannot be read", reason=str(error))


async def _answers(host: str, port: int, *, is_tls: bool) -> None:
    """It waits by itself until the first worker takes its connection."""
    context: ssl.SSLContext | None = None
    if is_tls:
        # Whether it speaks, not who it is: this never leaves the machine.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where it listens, not a default
    reader, writer = await asyncio.open_connection(reachable, port, ssl=context)
    try:
        writer.write(b"OPTIONS /healthz HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
        status = await reader.readuntil(b"\r\n")
        if b" 204 " not in status:
            raise Unavailable(f"NGINX answers {status!r}.")
    finally:
        writer.close()
