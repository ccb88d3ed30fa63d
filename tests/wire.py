"""Two wires between services for tests, without a socket: one that carries everything, and one that loses and delays."""

import asyncio
import random
from typing import Any, AsyncContextManager, Literal
from weakref import WeakSet

import httpx

from matinee.app.rpc.connect import Transport, connect
from matinee.app.rpc.door import ServiceDoor
from matinee.app.rpc.problems import KnownErrors
from matinee.app.rpc.serve import serve
from matinee.app.server import HttpServer
from matinee.app.services import ERROR_MODULES, TABLE
from matinee.bench.answering import OnePlace
from matinee.delivery.gateway.api import Asgi
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import NotFound, Unavailable
from matinee.kernel.ids import Ids
from matinee.kernel.network import Answer, Incoming, Network, Outgoing
from matinee.kernel.policy import policy_of
from matinee.kernel.quantities import Instant, Span
from matinee.resilience.guard import Faults
from matinee.resilience.neighbor import Neighbor
from matinee.resilience.spans import Spans

Binding = Literal["direct", "wire", "lossy"]
BINDINGS: tuple[Binding, ...] = ("direct", "wire", "lossy")
SECRET = "the-token-of-this-house"
_LOST = 0.08
"""Below the share that retry budgets allow: more would be an outage, and refused as one."""
_NOBODY_ASKS = NotFound("This wire has no public routes.")


class WireClock:
    """Another clock's time, and what was slept here beside it: a retry's pause is none of the test's business."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slept = 0.0

    def now(self) -> Instant:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic() + self._slept

    async def sleep(self, span: Span) -> None:
        self._slept += span.total_seconds()
        await asyncio.sleep(0)


class MemoryNetwork:
    """Every request goes to one ASGI application."""

    def __init__(self, app: Any) -> None:
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wire.test")

    async def fetch(self, request: Outgoing) -> Answer:
        sent = await self._client.request(
            request.method, request.url, headers=dict(request.headers), content=request.body
        )
        return Answer(sent.status_code, dict(sent.headers), sent.content)

    def stream(self, request: Outgoing) -> AsyncContextManager[Incoming]:
        raise Unavailable("This wire carries calls alone.")

    async def close(self) -> None:
        await self._client.aclose()


class LossyNetwork(MemoryNetwork):
    """Loses requests and answers of what may be repeated, one in twelve, and lets others overtake. Nobody loses twice in
    a row, so that what is asked again is heard."""

    def __init__(self, app: Any, seed: int) -> None:
        super().__init__(app)
        self._random = random.Random(seed)
        self.lost = 0
        self._unlucky = WeakSet[asyncio.Task[Any]]()

    async def fetch(self, request: Outgoing) -> Answer:
        for _ in range(self._random.randrange(3)):
            await asyncio.sleep(0)
        luck = self._random.random() / _LOST
        asking = asyncio.current_task()
        assert asking is not None
        if luck > 1 or asking in self._unlucky or not _may_be_repeated(request.url):
            self._unlucky.discard(asking)
            return await super().fetch(request)
        self._unlucky.add(asking)
        self.lost += 1
        if luck > 0.5:
            raise Unavailable("The request was lost.")
        await super().fetch(request)
        raise Unavailable("The answer was lost.")


class Wire:
    """Services at one end, clients to them at the other."""

    def __init__(self, clock: Clock, *, lossy: bool) -> None:
        self._clock = clock
        self._calls: dict[str, Asgi] = {}
        door = ServiceDoor(self._calls, _no_routes, clock, spans(clock), secret=SECRET)
        self.network = LossyNetwork(door, seed=7) if lossy else MemoryNetwork(door)

    def bind(self, name: str, service: Any) -> Any:
        """A client to this service, which answers from now on."""
        self._calls[name] = serve(TABLE[name].protocol, service, self._clock)
        return client(name, self.network, self._clock)


def client(name: str, carrier: Network, clock: Clock) -> Any:
    neighbor = Neighbor(name, clock, SystemChance(), Faults())
    errors = KnownErrors(ERROR_MODULES)
    place = OnePlace("http://wire.test")
    return connect(TABLE[name].protocol, Transport(name, carrier, place, SECRET, neighbor=neighbor, errors=errors))


async def wait_started(server: HttpServer) -> None:
    """Polls a condition; the pause only lets others go on."""
    while not server.started:
        await asyncio.sleep(0.01)


def spans(clock: Clock) -> Spans:
    return Spans("wire", clock, Ids(clock, SystemChance()))


def _may_be_repeated(url: str) -> bool:
    service, call = url.rsplit("/", 2)[1:]
    return policy_of(getattr(TABLE[service].protocol, call)).idempotent


async def _no_routes(*_arguments: object) -> None:
    raise _NOBODY_ASKS
