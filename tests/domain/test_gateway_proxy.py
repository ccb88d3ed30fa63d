"""What passes through the gateway to a service in a process of its own, and back: over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from matinee.app.server import HttpServer, bind
from matinee.bench.answering import OnePlace
from matinee.delivery.gateway.api import GatewayConfig, Receive, Scope, Send
from matinee.delivery.gateway.model.routing import Route, RouteTable
from matinee.delivery.gateway.service.proxy import Proxy
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.context import deadline_monotonic
from matinee.kernel.errors import NotFound
from matinee.kernel.network import SystemNetwork
from matinee.resilience.guard import Faults
from matinee.resilience.neighbor import Neighbor
from matinee.wire.inside import DEADLINE_MS
from tests.wire import SECRET, spans, wait_started

_HUNDRED_GIGABYTES, _BYTES_PER_SECOND = 100e9, 50e6
"""A large master, read twice from a slow disk."""


@dataclass
class Members:
    """Answers with two cookies, and remembers what it was sent."""

    asked: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self.asked.append((scope["path"], [(n.decode(), v.decode()) for n, v in scope["headers"]]))
        cookies = [(b"set-cookie", b"one=1; Path=/"), (b"set-cookie", b"two=2; Path=/")]
        await send({"type": "http.response.start", "status": 200, "headers": [*cookies, (b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class Way:
    client: httpx.AsyncClient
    members: Members


@pytest.fixture
async def way() -> AsyncIterator[Way]:
    members, clock, network = Members(), SystemClock(), SystemNetwork()
    listener = bind("127.0.0.1", 0)
    server = HttpServer(members)
    answering = asyncio.create_task(server.run_on(listener))
    await wait_started(server)
    table = RouteTable([Route(frozenset({"GET"}), "/sessions", "members")], below="/api/v1")
    place = OnePlace(f"http://127.0.0.1:{listener.getsockname()[1]}")
    proxy: Any = Proxy(
        table,
        place,
        network,
        clock,
        spans(clock),
        secret=SECRET,
        own=_own,
        neighbor=neighbor,
        processes=["members"],
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://house.test") as client:
        yield Way(client, members)
    await network.close()
    server.should_exit = True
    await answering


def neighbor(name: str) -> Neighbor:
    return Neighbor(name, SystemClock(), SystemChance(), Faults(), way="http")


async def _own(*_: object) -> None:
    raise NotFound("Nothing here.")


async def test_what_may_take_long_has_all_its_time_behind_the_gateway(way: Way) -> None:
    allowed_s = GatewayConfig().deadline_intake.total_seconds()
    deadline = deadline_monotonic.set(SystemClock().monotonic() + allowed_s)
    await way.client.get("/api/v1/sessions")
    deadline_monotonic.reset(deadline)
    passed_on_ms = int(dict(way.members.asked[-1][1])[DEADLINE_MS])
    assert passed_on_ms > 2 * _HUNDRED_GIGABYTES / _BYTES_PER_SECOND * 1000


async def test_every_cookie_of_an_answer_arrives(way: Way) -> None:
    answer = await way.client.get("/api/v1/sessions")
    assert answer.headers.get_list("set-cookie") == ["one=1; Path=/", "two=2; Path=/"]


async def test_a_header_in_several_lines_arrives_as_one_list(way: Way) -> None:
    lines = [("accept-language", "ja"), ("cookie", "a=1"), ("accept-language", "en;q=0.5"), ("cookie", "b=2")]
    await way.client.get("/api/v1/sessions", headers=lines)
    ((_, headers),) = way.members.asked
    assert dict(headers)["accept-language"] == "ja, en;q=0.5"
    assert dict(headers)["cookie"] == "a=1; b=2"


async def test_the_metrics_of_a_service_are_asked_of_it_and_of_no_other(way: Way) -> None:
    assert (await way.client.get("/metrics/members")).status_code == 200
    assert [path for path, _ in way.members.asked] == ["/metrics"]
    with pytest.raises(NotFound):
        await way.client.get("/metrics/nobody")
