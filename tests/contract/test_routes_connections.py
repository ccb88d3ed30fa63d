"""The speaker and a neighbor that is connected to it more than once, or that it connects to."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from matinee.engines.routes.messages import KEEPALIVE, OPEN, Keepalive, Notification
from matinee.engines.routes.port import Announced, Neighbor, PeerUp, Withdrawn
from matinee.kernel.network import free_port
from matinee.kernel.quantities import seconds
from tests import bgp
from tests.bgp import RawPeer, greeting
from tests.contract.hand_clock import HandClock
from tests.contract.routes_bench import HIGHER, LOWER, settings, speaking
from tests.contract.routes_conformance import ISP, NEAR, ROUTE

# ---- twice


async def test_a_second_connection_of_a_peer_that_has_a_session_is_closed_and_the_first_stays() -> None:
    async with speaking() as bench:
        first = await bench.establish()
        second = await bench.connect()
        await second.say(greeting(ISP, router_id=LOWER))
        assert await second.last_words() == Notification(6, 7)
        await first.update(bgp.announcement(["10.0.0.0/8"], ROUTE))
        await bench.ear.hears(Announced(NEAR, ("10.0.0.0/8",), ROUTE))


async def test_a_second_connection_waits_until_the_first_has_shown_what_it_is() -> None:
    async with speaking() as bench:
        first = await bench.connect()
        assert await first.hear() is not None
        second = await bench.connect()
        assert await second.last_words() == Notification(6, 5)


class Door:
    """Where a speaker connects to: each connection in its turn."""

    def __init__(self) -> None:
        self.port = 0
        self._came: asyncio.Queue[RawPeer] = asyncio.Queue()
        self._server: asyncio.Server | None = None

    async def open(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._take, NEAR, port)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        assert self._server is not None
        self._server.close()

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._came.put_nowait(RawPeer(reader, writer))

    async def next(self) -> RawPeer:
        async with asyncio.timeout(20):
            return await self._came.get()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    await door.open()
    yield door
    door.close()


@pytest.mark.parametrize(("router_id", "stays"), [(LOWER, "ours"), (HIGHER, "theirs")])
async def test_of_two_connections_made_at_once_the_one_of_the_higher_identifier_stays(
    door: Door, router_id: int, stays: str
) -> None:
    async with speaking(settings(Neighbor(NEAR, port=door.port, connects=True))) as bench:
        ours, theirs = await door.next(), await bench.connect()
        for each in (ours, theirs):
            heard = await each.hear()
            assert heard is not None
            assert heard[0] == OPEN
        await ours.say(greeting(ISP, router_id=router_id))
        assert await ours.hear() == (KEEPALIVE, b"")
        await theirs.say(greeting(ISP, router_id=router_id))
        kept, gone = (ours, theirs) if stays == "ours" else (theirs, ours)
        assert await gone.last_words() == Notification(6, 7)
        await kept.say(Keepalive())
        await kept.update(bgp.announcement(["10.0.0.0/8"], ROUTE))
        await bench.ear.hears(Announced(NEAR, ("10.0.0.0/8",), ROUTE))
        assert not any(event for event in bench.ear.events if isinstance(event, Withdrawn))
        kept.close()


# ---- connecting


async def test_it_connects_and_connects_again_after_a_pause(door: Door) -> None:
    clock = HandClock()
    async with speaking(settings(Neighbor(NEAR, ISP, door.port, connects=True)), clock) as bench:
        ended_at = clock.monotonic()
        for number, pause in enumerate((0, 1, 2, 4), 1):
            with _moving(clock):
                peer = await door.next()
            assert clock.monotonic() - ended_at >= pause
            await peer.establish(greeting(ISP))
            await bench.ear.hears_up(NEAR, number)
            peer.close()
            await bench.ear.hears_down(NEAR, number)
            ended_at = clock.monotonic()


async def test_a_neighbor_that_is_not_there_yet_is_found_when_it_is() -> None:
    clock, door = HandClock(), Door()
    port = free_port()
    async with speaking(settings(Neighbor(NEAR, ISP, port, connects=True)), clock) as bench:
        await door.open(port)
        with _moving(clock):
            peer = await door.next()
        await peer.establish(greeting(ISP))
        await bench.ear.hears(PeerUp(NEAR, ISP))
        peer.close()
    door.close()


@contextmanager
def _moving(clock: HandClock) -> Iterator[None]:
    """Time goes by, a tenth of a second each turn of the loop."""

    async def move() -> None:
        while True:
            clock.advance(seconds(0.1))
            await asyncio.sleep(0)

    task = asyncio.create_task(move())
    try:
        yield
    finally:
        task.cancel()
