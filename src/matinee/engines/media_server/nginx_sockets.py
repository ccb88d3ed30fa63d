"""By which NGINX speaks with us: it sends its words of trouble here, and asks here for the metrics that it shows."""

import asyncio
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from matinee.engines.media_server.counters import exposition
from matinee.engines.media_server.nginx_log import AccessLog
from matinee.kernel.clock import Clock
from matinee.kernel.log import logger

_log = logger("edge")
WORDS, METRICS = "words", "metrics"
"""The sockets' names."""
_TURN = 64
_WORDS_MAX, _WORDS_WITHIN_S = 20, 60.0
"""More than this in a minute says nothing new; how many were left out is said."""
_HEAD = re.compile(r"<\d+>\w+ +\d+ [\d:]+ nginx: ?")


class NginxSockets:
    def __init__(self, log: AccessLog, clock: Clock, open_now: Callable[[], int]) -> None:
        self._access = log
        self._clock = clock
        self._open_now = open_now
        self._words = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._metrics: asyncio.Server | None = None
        self._told_since = clock.monotonic()
        self._told = 0

    @classmethod
    async def opened(cls, folder: Path, log: AccessLog, clock: Clock, open_now: Callable[[], int]) -> "NginxSockets":
        made = cls(log, clock, open_now)
        try:
            made._words.bind(str(folder / WORDS))
            asyncio.get_running_loop().add_reader(made._words, made._hear)
            made._metrics = await asyncio.start_unix_server(made._tell, folder / METRICS)
        except BaseException:
            made.close()
            raise
        return made

    def close(self) -> None:
        if self._metrics is not None:
            self._metrics.close()
        asyncio.get_running_loop().remove_reader(self._words)
        self._words.close()

    def _hear(self) -> None:
        for _ in range(_TURN):
            try:
                said = self._words.recv(4096)
            except OSError:
                return
            self._pass_on(said.decode(errors="replace"))

    def _pass_on(self, said: str) -> None:
        now = self._clock.monotonic()
        if now - self._told_since > _WORDS_WITHIN_S:
            if self._told > _WORDS_MAX:
                _log.warning("NGINX said more than was written down", left_out=self._told - _WORDS_MAX)
            self._told_since, self._told = now, 0
        self._told += 1
        if self._told <= _WORDS_MAX:
            # What follows names the request, and the ticket is in its path.
            _log.warning("NGINX is in trouble", words=_HEAD.sub("", said).partition(", client: ")[0].strip())

    async def _tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            self._access.read()
            self._access.counts.connections = self._open_now()
            body = exposition([self._access.counts])
            head = f"HTTP/1.0 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()
