"""What every feed of routes must tell. Subclasses give `listening`: a feed that runs, and its peers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import AsyncContextManager, Protocol

import pytest

from matinee.engines.routes.port import (
    Announced,
    Attributes,
    EndOfTable,
    PeerDown,
    PeerUp,
    RouteEvent,
    RouteFeed,
    Withdrawn,
)

NEAR, FAR = "127.0.0.1", "127.0.0.2"
ISP, OTHER = 64512, 4_200_000_001
ROUTE = Attributes((ISP, 64999), 200, "igp", "192.0.2.1", ("64512:100", "4200000001:1:2"))
ROUTE6 = Attributes((ISP,), None, "incomplete", "2001:db8::1")


class Ear:
    """What was heard, and a way to wait for it."""

    def __init__(self) -> None:
        self.events: list[RouteEvent] = []
        self._came = asyncio.Event()

    def __call__(self, event: RouteEvent) -> None:
        self.events.append(event)
        self._came.set()

    def of(self, peer: str) -> list[RouteEvent]:
        return [event for event in self.events if event.peer == peer]

    async def hears(self, *wanted: RouteEvent) -> None:
        await self.until(lambda: all(event in self.events for event in wanted))

    async def hears_down(self, peer: str, times: int = 1) -> PeerDown:
        """The end of a session of this peer, and of all routes it brought."""
        await self.until(lambda: len(self._downs(peer)) >= times)
        return self._downs(peer)[times - 1]

    async def hears_up(self, peer: str, times: int = 1) -> None:
        await self.until(lambda: sum(isinstance(event, PeerUp) for event in self.of(peer)) >= times)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                self._came.clear()
                await self._came.wait()

    def _downs(self, peer: str) -> list[PeerDown]:
        return [event for event in self.of(peer) if isinstance(event, PeerDown)]

    def table(self) -> dict[tuple[str, str], Attributes]:
        """What somebody would hold who does as the port says."""
        held: dict[tuple[str, str], Attributes] = {}
        for event in self.events:
            if isinstance(event, Announced):
                held.update({(event.peer, prefix): event.attributes for prefix in event.prefixes})
            elif isinstance(event, Withdrawn):
                for prefix in event.prefixes:
                    held.pop((event.peer, prefix), None)
            elif isinstance(event, PeerDown):
                held = {key: value for key, value in held.items() if key[0] != event.peer}
        return held


class Peers(Protocol):
    """The other side of a feed: neighbors by their addresses."""

    async def connect(self, peer: str, asn: int) -> None:
        """A session, and the end of both tables."""
        ...

    async def announce(self, peer: str, prefixes: Iterable[str], attributes: Attributes) -> None: ...

    async def withdraw(self, peer: str, prefixes: Iterable[str]) -> None: ...

    async def drop(self, peer: str) -> None: ...


@asynccontextmanager
async def running(feed: RouteFeed) -> AsyncIterator[Ear]:
    ear = Ear()
    task = asyncio.create_task(feed.run(ear))
    try:
        yield ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class RoutesConformance:
    def listening(self) -> AsyncContextManager[tuple[Ear, Peers]]:
        """NEAR and FAR are known to it, whatever system they say they are."""
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    async def test_who_connects_is_told_with_its_system_and_the_end_of_its_tables(self) -> None:
        async with self.listening() as (ear, peers):
            await peers.connect(FAR, OTHER)
            await ear.hears(PeerUp(FAR, OTHER), EndOfTable(FAR, "ipv4"), EndOfTable(FAR, "ipv6"))
            assert ear.events[0] == PeerUp(FAR, OTHER)

    async def test_what_is_announced_is_told_with_its_attributes(self) -> None:
        async with self.listening() as (ear, peers):
            await peers.connect(NEAR, ISP)
            await peers.announce(NEAR, ["198.51.100.0/24", "0.0.0.0/0"], ROUTE)
            await peers.announce(NEAR, ["2001:db8::/32"], ROUTE6)
            await ear.hears(
                Announced(NEAR, ("198.51.100.0/24", "0.0.0.0/0"), ROUTE), Announced(NEAR, ("2001:db8::/32",), ROUTE6)
            )

    async def test_what_is_withdrawn_is_gone_and_the_rest_stays(self) -> None:
        async with self.listening() as (ear, peers):
            await peers.connect(NEAR, ISP)
            await peers.announce(NEAR, ["192.0.2.0/25", "192.0.2.128/25"], ROUTE)
            await peers.withdraw(NEAR, ["192.0.2.0/25"])
            await ear.hears(Withdrawn(NEAR, ("192.0.2.0/25",)))
            assert ear.table() == {(NEAR, "192.0.2.128/25"): ROUTE}

    async def test_ipv6_is_withdrawn_as_well(self) -> None:
        async with self.listening() as (ear, peers):
            await peers.connect(NEAR, ISP)
            await peers.announce(NEAR, ["2001:db8::/32", "::/0"], ROUTE6)
            await peers.withdraw(NEAR, ["::/0"])
            await ear.hears(Withdrawn(NEAR, ("::/0",)))
            assert ear.table() == {(NEAR, "2001:db8::/32"): ROUTE6}

    async def test_a_prefix_that_is_announced_again_has_its_new_attributes(self) -> None:
        async with self.listening() as (ear, peers):
            longer = Attributes((ISP, ISP, 64999), 10, "egp", "192.0.2.9")
            await peers.connect(NEAR, ISP)
            await peers.announce(NEAR, ["10.0.0.0/8"], ROUTE)
            await peers.announce(NEAR, ["10.0.0.0/8"], longer)
            await ear.hears(Announced(NEAR, ("10.0.0.0/8",), longer))
            assert ear.table() == {(NEAR, "10.0.0.0/8"): longer}

    async def test_a_session_that_ends_takes_that_peers_routes_along_and_nobody_elses(self) -> None:
        async with self.listening() as (ear, peers):
            await peers.connect(NEAR, ISP)
            await peers.connect(FAR, OTHER)
            for peer in (NEAR, FAR):
                await peers.announce(peer, ["10.0.0.0/8"], ROUTE)
                await ear.hears(Announced(peer, ("10.0.0.0/8",), ROUTE))
            await peers.drop(NEAR)
            assert (await ear.hears_down(NEAR)).reason
            assert ear.table() == {(FAR, "10.0.0.0/8"): ROUTE}
            await peers.announce(FAR, ["11.0.0.0/8"], ROUTE)
            await ear.hears(Announced(FAR, ("11.0.0.0/8",), ROUTE))

    async def test_who_comes_back_announces_anew(self) -> None:
        async with self.listening() as (ear, peers):
            await peers.connect(NEAR, ISP)
            await peers.announce(NEAR, ["10.0.0.0/8"], ROUTE)
            await peers.drop(NEAR)
            await ear.hears_down(NEAR)
            await peers.connect(NEAR, ISP)
            await ear.hears_up(NEAR, times=2)
            assert ear.table() == {}
            await peers.announce(NEAR, ["11.0.0.0/8"], ROUTE)
            await ear.until(lambda: ear.table() == {(NEAR, "11.0.0.0/8"): ROUTE})

    async def test_who_stops_listening_is_left_with_no_routes(self) -> None:
        async with self.listening() as (ear, peers):
            await peers.connect(NEAR, ISP)
            await peers.announce(NEAR, ["10.0.0.0/8"], ROUTE)
            await ear.hears(Announced(NEAR, ("10.0.0.0/8",), ROUTE))
        assert isinstance(ear.events[-1], PeerDown)
        assert ear.table() == {}
