"""The embedded media server: raw sockets and sendfile, a few threads, no framework.

At segment sizes a byte costs about the CPU it costs a server written in C, because the bytes never enter the interpreter.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence

from matinee.engines.media_server.answers import Responder
from matinee.engines.media_server.counters import exposition, total
from matinee.engines.media_server.gate import Gate, denied_name
from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.listening import listen
from matinee.engines.media_server.loop import Worker
from matinee.engines.media_server.port import MediaServerConfig, Sent, Served
from matinee.engines.media_server.sent import Gathered
from matinee.engines.media_server.tls import TlsWorker, tls_context
from matinee.kernel.clock import Clock


class SendfileServer:
    """Plain HTTP by readiness loops, HTTPS (when a certificate is given) by a thread a connection."""

    def __init__(self, clock: Clock, limits: ServerLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or ServerLimits()
        self._gate = Gate(clock, {})
        self._sent = Gathered()
        self._listener: socket.socket | None = None
        self._port = 0
        self._workers: list[Worker | TlsWorker] = []

    async def start(self, config: MediaServerConfig) -> None:
        if self._listener is not None:
            raise RuntimeError("the server runs already")
        self._gate.trust(config.keys)
        context = tls_context(config.certificate, config.private_key) if config.certificate is not None else None
        listener = listen(config.host, config.port)
        self._listener = listener
        self._port = listener.getsockname()[1]

        def responder() -> Responder:
            return Responder(config.root, self._gate, self._metrics, self._sent)

        if context is not None:
            self._workers = [TlsWorker(listener, context, responder(), self._limits, self._clock)]
        else:
            # All workers wait on one listening socket: with SO_REUSEPORT a second server on the same port would take
            # half of the connections instead of being told that the port is taken.
            count = max(1, config.workers)
            self._workers = [Worker(listener, responder(), self._limits, self._clock) for _ in range(count)]
        for worker in self._workers:
            worker.start()

    @property
    def port(self) -> int:
        return self._port

    def deny(self, release: str, path: str | None = None) -> None:
        self._gate.deny(denied_name(release, path))

    def revoke(self, sessions: Mapping[str, int]) -> None:
        self._gate.revoke(sessions)

    def trust(self, keys: Mapping[str, bytes]) -> None:
        self._gate.trust(keys)

    def served(self) -> Served:
        return total(worker.counts for worker in self._workers)

    def sent(self) -> Sequence[Sent]:
        return self._sent.taken()

    async def stop(self) -> None:
        if self._listener is None:
            return
        for worker in self._workers:
            await asyncio.to_thread(worker.stop)
        self._listener.close()
        self._listener = None

    def _metrics(self) -> bytes:
        return exposition(worker.counts for worker in self._workers)
