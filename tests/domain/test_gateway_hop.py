"""The gateway's own call, the request it passes on: a service that is slow or away takes nothing of the others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from prometheus_client import REGISTRY

from matinee.app.server import HttpServer, bind
from matinee.delivery.gateway.api import BodyTooLarge, Message, Receive, Scope, Send
from matinee.delivery.gateway.model.routing import Route, RouteTable
from matinee.delivery.gateway.service.proxy import Proxy
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.context import deadline_monotonic
from matinee.kernel.errors import NotFound
from matinee.kernel.network import SystemNetwork, free_port
from matinee.resilience.breaker import BreakerLimits, State
from matinee.resilience.guard import Faults
from matinee.resilience.neighbor import Neighbor, NeighborBusy, NeighborLimits, NeighborResting, NoAnswer
from tests.wire import SECRET, spans, wait_started

PLACES = 3
_SECONDS = 20


@dataclass
class Service:
    """Does what a test says: by default reads what it is sent, and answers."""

    act: Callable[[Receive, Send], Awaitable[None]] | None = None
    asked: int = 0
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.act is not None:
            await self.act(receive, send)
            return
        self.bodies.append((await receive()).get("body", b""))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


class Owners:
    """Instances by service, in turns."""

    def __init__(self) -> None:
        self.urls: dict[str, list[str]] = {}
        self.failed: list[str] = []

    async def find(self, service: str) -> str:
        url = self.urls[service].pop(0)
        self.urls[service].append(url)
        return url

    def note_failure(self, service: str, url: str) -> None:
        self.failed.append(url)


class Answer:
    """What came back of one request, as it comes."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.has_begun = asyncio.Event()

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        self.has_begun.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


@dataclass
class Front:
    proxy: Proxy
    owners: Owners
    members: Service
    catalog: Service

    async def ask(
        self, path: str, answer: Answer | None = None, *, method: str = "GET", receive: Receive | None = None
    ) -> Answer:
        answer = answer or Answer()
        deadline_monotonic.set(SystemClock().monotonic() + _SECONDS)
        headers = [(b"content-length", b"4")] if method == "POST" else []
        scope = {"type": "http", "method": method, "path": f"/api/v1/{path}", "headers": headers, "scheme": "http"}
        await self.proxy(scope, receive or _four_bytes, answer.send)
        return answer


async def _four_bytes() -> Message:
    return {"type": "http.request", "body": b"body", "more_body": False}


@pytest.fixture
async def front(request: pytest.FixtureRequest) -> AsyncIterator[Front]:
    members, catalog, owners = Service(), Service(), Owners()
    clock, network = SystemClock(), SystemNetwork()
    routes = [Route(frozenset({"GET", "POST"}), f"/{name}", name) for name in ("members", "catalog")]

    limits = getattr(request, "param", NeighborLimits(places=PLACES))

    def neighbor(name: str) -> Neighbor:
        return Neighbor(name, clock, SystemChance(), Faults(), limits, way="http")

    async with AsyncExitStack() as open_:
        for name, service in (("members", members), ("catalog", catalog)):
            owners.urls[name] = [await open_.enter_async_context(_answering(service))]
        proxy = Proxy(
            RouteTable(routes, below="/api/v1"),
            owners,
            network,
            clock,
            spans(clock),
            secret=SECRET,
            own=_own,
            neighbor=neighbor,
            processes=["members", "catalog"],
        )
        yield Front(proxy, owners, members, catalog)
        await network.close()


@pytest.fixture
async def hanging_up() -> AsyncIterator[str]:
    """A place where something is read of whatever is sent, and nothing answered."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def _answering(service: Service) -> AsyncIterator[str]:
    listener = bind("127.0.0.1", 0)
    server = HttpServer(service)
    answering = asyncio.create_task(server.run_on(listener))
    await wait_started(server)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await answering


async def _own(*_: object) -> None:
    raise NotFound("Nothing here.")


async def test_a_service_that_hangs_takes_its_own_places_and_nobody_elses(front: Front) -> None:
    let_go = asyncio.Event()

    async def hang(_receive: Receive, send: Send) -> None:
        await let_go.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    front.members.act = hang
    waiting = [asyncio.create_task(front.ask("members")) for _ in range(PLACES)]
    await _until(lambda: front.members.asked == PLACES)
    with pytest.raises(NeighborBusy):
        await front.ask("members")
    assert (await front.ask("catalog")).body == b"ok"
    let_go.set()
    assert [answer.sent[0]["status"] for answer in await asyncio.gather(*waiting)] == [204] * PLACES
    front.members.act = None
    assert (await front.ask("members")).body == b"ok", "the places are free again"


async def test_an_answer_that_has_begun_holds_no_place(front: Front) -> None:
    let_go = asyncio.Event()

    async def stream(_receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
        await send({"type": "http.response.body", "body": b"o", "more_body": True})
        await let_go.wait()
        await send({"type": "http.response.body", "body": b"ne"})

    front.members.act = stream
    answers = [Answer() for _ in range(PLACES)]
    streaming = [asyncio.create_task(front.ask("members", answer)) for answer in answers]
    for answer in answers:
        await answer.has_begun.wait()
    front.members.act = None
    assert (await front.ask("members")).body == b"ok"
    let_go.set()
    assert [answer.body for answer in await asyncio.gather(*streaming)] == [b"one"] * PLACES


async def test_a_service_that_breaks_off_again_and_again_is_left_alone_and_the_others_are_not(
    front: Front, hanging_up: str
) -> None:
    front.owners.urls["members"] = [hanging_up]
    for _ in range(10):
        with pytest.raises(NoAnswer):
            await front.ask("members", method="POST")
    asked = len(front.owners.failed)
    with pytest.raises(NeighborResting):
        await front.ask("members", method="POST")
    assert len(front.owners.failed) == asked
    assert (await front.ask("catalog")).body == b"ok"


async def test_where_nobody_takes_the_connection_another_place_is_asked_and_the_body_is_whole(front: Front) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    front.owners.urls["members"].insert(0, nobody)
    assert (await front.ask("members", method="POST")).body == b"ok"
    assert front.members.bodies == [b"body"]
    assert front.owners.failed == [nobody]


async def test_what_was_sent_and_not_answered_is_not_sent_again(front: Front, hanging_up: str) -> None:
    front.owners.urls["members"].insert(0, hanging_up)
    with pytest.raises(NoAnswer):
        await front.ask("members", method="POST")
    assert front.members.asked == 0


async def test_what_stopped_at_the_side_of_the_viewer_is_no_fault_of_the_service(front: Front) -> None:
    async def too_large() -> Message:
        raise BodyTooLarge(3)

    for _ in range(20):
        with pytest.raises(BodyTooLarge):
            await front.ask("members", method="POST", receive=too_large)
    assert (await front.ask("members")).body == b"ok"
    assert front.owners.failed == []


@pytest.mark.parametrize("front", [NeighborLimits(breaker=BreakerLimits(open_seconds=0))], indirect=True)
async def test_nor_is_it_a_sign_that_the_service_is_well_again(front: Front, hanging_up: str) -> None:
    front.owners.urls["members"] = [hanging_up]
    for _ in range(10):
        with pytest.raises(NoAnswer):
            await front.ask("members", method="POST")

    async def too_large() -> Message:
        raise BodyTooLarge(3)

    for _ in range(5):
        with pytest.raises(BodyTooLarge):
            await front.ask("members", method="POST", receive=too_large)
    state = REGISTRY.get_sample_value("matinee_breaker_state", {"service": "members", "way": "http"})
    assert state == State.HALF_OPEN.value


async def test_its_time_is_noted_beside_that_of_other_calls(front: Front) -> None:
    before = _noted("catalog")
    await front.ask("catalog")
    assert _noted("catalog") == before + 1


def _noted(service: str) -> float:
    labels = {"service": service, "call": "http", "how": "remote"}
    return REGISTRY.get_sample_value("matinee_call_seconds_count", labels) or 0.0


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(_SECONDS):
        while not is_so():
            await asyncio.sleep(0.01)
