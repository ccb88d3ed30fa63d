"""The embedded server by a process for each core: one interpreter keeps one core busy, however many threads it has.

The processes share nothing but memory for their counts, and know only what they are told: `trust` and `deny` return when
it holds in all of them. Who dies is replaced and told everything; when we die, all of them end.
"""

import asyncio
from collections.abc import Mapping, Sequence

from matinee.engines.media_server.core_counts import SharedBoard
from matinee.engines.media_server.core_keeper import CoreKeeper
from matinee.engines.media_server.core_orders import Begin, Order, spelled
from matinee.engines.media_server.counters import total
from matinee.engines.media_server.gate import denied_name
from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.listening import SharedPort
from matinee.engines.media_server.port import MediaServerConfig, Sent, Served
from matinee.engines.media_server.sent import Gathered
from matinee.engines.media_server.tls import tls_context
from matinee.kernel.clock import Clock
from matinee.kernel.processes import Processes
from matinee.kernel.quantities import Span, seconds

_ANSWERS_WITHIN = seconds(3)
"""A process that has not carried out an order by then is ended and replaced. We wait meanwhile, and so does our loop."""


class PerCoreServer:
    """Implements `MediaServer`."""

    def __init__(
        self,
        clock: Clock,
        processes: Processes,
        limits: ServerLimits | None = None,
        answers_within: Span = _ANSWERS_WITHIN,
    ) -> None:
        self._clock = clock
        self._processes = processes
        self._limits = limits or ServerLimits()
        self._answers_within = answers_within
        self._config: MediaServerConfig | None = None
        self._keys: dict[str, bytes] = {}
        self._denied: set[str] = set()
        self._revoked: dict[str, int] = {}
        self._said = 0
        self._sent = Gathered()
        self._port: SharedPort | None = None
        self._board: SharedBoard | None = None
        self._keepers: list[CoreKeeper] = []

    async def start(self, config: MediaServerConfig) -> None:
        if self._keepers:
            raise RuntimeError("the server runs already")
        if config.certificate is not None:
            tls_context(config.certificate, config.private_key)  # says what is wrong with it before anyone is started
        count = max(1, config.workers)
        self._keys = dict(config.keys)
        self._config = config
        port = self._port = SharedPort(config.host, config.port, count)
        board = self._board = SharedBoard.made(count)
        self._keepers = [self._keeper(row, port, board) for row in range(count)]
        try:
            for outcome in await asyncio.gather(*(each.start() for each in self._keepers), return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
        except BaseException:
            await self.stop()
            raise

    @property
    def port(self) -> int:
        return self._port.port if self._port is not None else 0

    def deny(self, release: str, path: str | None = None) -> None:
        name = denied_name(release, path)
        self._denied.add(name)
        self._tell(deny=(name,))

    def revoke(self, sessions: Mapping[str, int]) -> None:
        now = self._clock.now().timestamp()
        known = {**self._revoked, **sessions}
        self._revoked = {session: until for session, until in known.items() if until > now}
        self._tell(revoke=dict(sessions))

    def trust(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self._tell(keys=spelled(self._keys))

    def served(self) -> Served:
        return total(self._board.rows if self._board is not None else [])

    def sent(self) -> Sequence[Sent]:
        """What the processes have said so far; each is asked for what it has sent since, and nobody waits for that."""
        order = Order(self._next(), tell_sent=True)
        for each in self._keepers:
            each.tell(order)
        return self._sent.taken()

    async def stop(self) -> None:
        if self._port is None or self._board is None or not self._keepers:
            return
        await asyncio.gather(*(each.stop() for each in self._keepers))
        self._keepers = []
        self._board.close()
        self._port.close()

    def _tell(
        self,
        *,
        keys: dict[str, str] | None = None,
        deny: tuple[str, ...] = (),
        revoke: dict[str, int] | None = None,
    ) -> None:
        """Returns when it holds in every process: all are told before the first is waited for."""
        order = Order(self._next(), keys=keys, deny=deny, revoke=revoke or {})
        for each in self._keepers:
            each.tell(order)
        until = self._clock.monotonic() + self._answers_within.total_seconds()
        for each in self._keepers:
            each.wait_for(order.number, until)

    def _all_that_holds(self, row: int) -> Order:
        assert self._config is not None
        certificate, private_key = self._config.certificate, self._config.private_key
        begin = Begin(
            root=str(self._config.root.absolute()),
            row=row,
            certificate=str(certificate.absolute()) if certificate is not None else None,
            private_key=str(private_key.absolute()) if private_key is not None else None,
            limits=self._limits,
        )
        return Order(self._next(), begin, spelled(self._keys), tuple(self._denied), self._revoked)

    def _next(self) -> int:
        self._said += 1
        return self._said

    def _keeper(self, row: int, port: SharedPort, board: SharedBoard) -> CoreKeeper:
        return CoreKeeper(
            row, port, board, self._all_that_holds, self._sent.add, self._answers_within, self._processes, self._clock
        )
