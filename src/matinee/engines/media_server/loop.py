"""One worker of the plain server: a thread with its own readiness loop over the shared listening socket."""

import selectors
import socket
import threading
from contextlib import suppress

from matinee.engines.media_server.answers import Responder
from matinee.engines.media_server.connection import Connection, Gone
from matinee.engines.media_server.counters import Counting, Counts
from matinee.engines.media_server.limits import ServerLimits
from matinee.kernel.clock import Clock

_ACCEPT_TURN = 64


class Worker:
    """Everything but `stop` runs in its thread."""

    def __init__(
        self,
        listener: socket.socket,
        responder: Responder,
        limits: ServerLimits,
        clock: Clock,
        counts: Counting | None = None,
    ) -> None:
        self.counts: Counting = counts if counts is not None else Counts()
        self._listener = listener
        self._responder = responder
        self._limits = limits
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._connections: dict[int, Connection] = {}
        self._waker, self._woken = socket.socketpair()
        patience = min(limits.head_timeout, limits.idle_timeout, limits.stall_timeout).total_seconds()
        self._sweep_seconds = min(1.0, patience / 4)
        self._thread = threading.Thread(target=self._run, name="edge-worker", daemon=True)

    def start(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread.start()

    def stop(self) -> None:
        """Wake the thread and wait for it; connections end where they are."""
        self._waker.send(b"x")
        self._thread.join()
        self._selector.close()
        self._responder.close()
        self._waker.close()
        self._woken.close()

    def _run(self) -> None:
        sweep_at = self._clock.monotonic() + self._sweep_seconds
        while True:
            events = self._selector.select(self._sweep_seconds)
            now = self._clock.monotonic()
            for key, ready in events:
                if key.fileobj is self._woken:
                    self._close_all()
                    return
                if key.fileobj is self._listener:
                    self._accept(now)
                else:
                    self._attend(key.fd, ready, now)
            if now >= sweep_at:
                self._sweep(now)
                sweep_at = now + self._sweep_seconds

    def _accept(self, now: float) -> None:
        for _ in range(_ACCEPT_TURN):
            try:
                accepted, _ = self._listener.accept()
            except OSError:  # nobody left waiting, another worker was faster, or no descriptor is free right now
                return
            if len(self._connections) >= self._limits.connections_max:
                self.counts.answered(503)
                accepted.close()
                continue
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            deadline = now + self._limits.head_timeout.total_seconds()
            made = Connection(accepted, self._responder, self._limits, self.counts, deadline)
            self._connections[accepted.fileno()] = made
            self.counts.connections += 1
            self._selector.register(accepted, selectors.EVENT_READ)

    def _attend(self, handle: int, ready: int, now: float) -> None:
        connection = self._connections.get(handle)
        if connection is None:
            return
        was_sending = connection.is_sending
        try:
            if ready & selectors.EVENT_WRITE:
                connection.proceed(now)
            elif ready & selectors.EVENT_READ:
                connection.read(now)
        except Gone:
            self._drop(handle)
            return
        except Exception:  # one connection's surprise must not end the service of all others
            self.counts.errors += 1
            self._drop(handle)
            return
        if connection.is_sending != was_sending:
            wanted = selectors.EVENT_WRITE if connection.is_sending else selectors.EVENT_READ
            self._selector.modify(connection.socket, wanted)

    def _sweep(self, now: float) -> None:
        """Part with clients that take too long: every connection is a place that someone else could have."""
        for handle in [handle for handle, one in self._connections.items() if one.deadline <= now]:
            self._drop(handle)

    def _drop(self, handle: int) -> None:
        connection = self._connections.pop(handle)
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        connection.close()
        self.counts.connections -= 1

    def _close_all(self) -> None:
        for handle in list(self._connections):
            self._drop(handle)
