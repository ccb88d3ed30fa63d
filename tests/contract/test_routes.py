"""The feeds of routes, by the contract; and what the speaker does with peers that are wrong, silent or greedy."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from matinee.engines.routes.in_loop import InLoopRoutes
from matinee.engines.routes.messages import KEEPALIVE, OPEN, Keepalive, Notification
from matinee.engines.routes.port import Announced, Attributes, BgpSettings, EndOfTable, Neighbor, PeerUp, Withdrawn
from matinee.engines.routes.speaker import BgpSpeaker
from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.quantities import minutes, seconds
from tests import bgp
from tests.bgp import RawPeer, greeting
from tests.contract.hand_clock import HandClock
from tests.contract.routes_bench import ROUTER_ID, US, Bench, settings, speaking
from tests.contract.routes_conformance import FAR, ISP, NEAR, OTHER, ROUTE, Ear, Peers, RoutesConformance, running

TABLE = [f"10.{number}.0.0/16" for number in range(10)]


class TestInLoopRoutes(RoutesConformance):
    @asynccontextmanager
    async def listening(self) -> AsyncIterator[tuple[Ear, Peers]]:
        feed = InLoopRoutes()
        async with running(feed) as ear:
            await asyncio.sleep(0)
            yield ear, _ToldPeers(feed)


class _ToldPeers:
    def __init__(self, feed: InLoopRoutes) -> None:
        self._feed = feed

    async def connect(self, peer: str, asn: int) -> None:
        self._feed.connect(peer, asn)

    async def announce(self, peer: str, prefixes: Iterable[str], attributes: Attributes) -> None:
        self._feed.announce(peer, prefixes, attributes)

    async def withdraw(self, peer: str, prefixes: Iterable[str]) -> None:
        self._feed.withdraw(peer, prefixes)

    async def drop(self, peer: str) -> None:
        self._feed.drop(peer)


async def test_who_begins_to_listen_in_the_loop_hears_what_holds_already() -> None:
    feed = InLoopRoutes()
    feed.connect(NEAR, ISP)
    feed.announce(NEAR, ["10.1.2.3/8", "2001:DB8::1/32"], ROUTE)
    async with running(feed) as ear:
        await ear.hears(PeerUp(NEAR, ISP), EndOfTable(NEAR, "ipv6"))
        assert ear.table() == {(NEAR, "10.0.0.0/8"): ROUTE, (NEAR, "2001:db8::/32"): ROUTE}


# ---- the speaker


class TestBgpSpeaker(RoutesConformance):
    @asynccontextmanager
    async def listening(self) -> AsyncIterator[tuple[Ear, Peers]]:
        async with speaking() as bench:
            yield bench.ear, _RawPeers(bench)


class _RawPeers:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._peers: dict[str, RawPeer] = {}

    async def connect(self, peer: str, asn: int) -> None:
        self._peers[peer] = await self._bench.establish(peer, asn=asn)
        await self._peers[peer].update(bgp.END_IPV4, bgp.END_IPV6)

    async def announce(self, peer: str, prefixes: Iterable[str], attributes: Attributes) -> None:
        await self._peers[peer].update(bgp.announcement(prefixes, attributes))

    async def withdraw(self, peer: str, prefixes: Iterable[str]) -> None:
        await self._peers[peer].update(bgp.withdrawal(prefixes))

    async def drop(self, peer: str) -> None:
        self._peers.pop(peer).close()


async def test_it_says_who_it_is_and_never_announces() -> None:
    async with speaking() as bench:
        peer = await bench.connect()
        said = await peer.establish(greeting(ISP))
        assert (said.asn, said.hold_seconds, said.router_id) == (US, 9, int(ip_address(ROUTER_ID)))
        assert (said.families, said.as4) == (bgp.BOTH, True)


async def test_bytes_may_come_one_at_a_time() -> None:
    async with speaking() as bench:
        peer = await bench.establish()
        for byte in bgp.framed(2, bgp.announcement(["10.0.0.0/8"], ROUTE)):
            await peer.say(bytes((byte,)))
        await bench.ear.hears(Announced(NEAR, ("10.0.0.0/8",), ROUTE))


# ---- silence


async def test_a_peer_that_is_silent_for_the_hold_time_is_told_so_and_its_routes_are_gone() -> None:
    clock = HandClock()
    async with speaking(clock=clock) as bench:
        peer = await bench.establish()
        await peer.update(bgp.announcement(["10.0.0.0/8"], ROUTE))
        await bench.ear.hears(Announced(NEAR, ("10.0.0.0/8",), ROUTE))
        clock.advance(seconds(9))
        assert "9 s" in (await bench.ear.hears_down(NEAR)).reason
        assert await peer.last_words() == Notification(4, 0)
        assert bench.ear.table() == {}


async def test_who_says_that_it_lives_stays_and_is_told_the_same_every_third_of_the_hold_time() -> None:
    clock = HandClock()
    async with speaking(clock=clock) as bench:
        peer = await bench.establish()
        for number in range(6):
            clock.advance(seconds(3))
            assert await peer.hear() == (KEEPALIVE, b"")
            # The announcement shows that the keepalive before it was taken.
            await peer.say(Keepalive())
            await peer.update(bgp.announcement([TABLE[number]], ROUTE))
            await bench.ear.hears(Announced(NEAR, (TABLE[number],), ROUTE))
        assert len(bench.ear.table()) == 6


async def test_the_shorter_of_both_hold_times_counts() -> None:
    clock = HandClock()
    async with speaking(clock=clock) as bench:
        await bench.establish(hold_seconds=3)
        clock.advance(seconds(3))
        assert "3 s" in (await bench.ear.hears_down(NEAR)).reason


async def test_a_connection_that_says_nothing_does_not_stay() -> None:
    clock = HandClock()
    async with speaking(clock=clock) as bench:
        peer = await bench.connect()
        heard = await peer.hear()
        assert heard is not None
        assert heard[0] == OPEN
        clock.advance(seconds(9))
        assert await peer.last_words() == Notification(4, 0)
        await bench.establish()


async def test_bytes_that_never_become_a_message_are_no_sign_of_life() -> None:
    clock = HandClock()
    async with speaking(clock=clock) as bench:
        peer = await bench.establish()
        await peer.say(b"\xff" * 10)
        clock.advance(seconds(5))
        await peer.say(b"\xff" * 6)
        clock.advance(seconds(4))
        await bench.ear.hears_down(NEAR)


# ---- too much


async def test_who_announces_more_than_it_may_is_parted_with_and_not_heard_for_a_while() -> None:
    clock = HandClock()
    async with speaking(settings(prefixes_max=9), clock) as bench:
        peer = await bench.establish()
        await peer.update(bgp.announcement(TABLE, ROUTE))
        assert "more than 9 prefixes" in (await bench.ear.hears_down(NEAR)).reason
        assert await peer.last_words() == Notification(6, 1)
        assert bench.ear.table() == {}
        impatient = await bench.connect()
        assert await impatient.last_words() == Notification(6, 5)
        clock.advance(minutes(5))
        peer = await bench.establish()
        await peer.update(bgp.announcement(TABLE[:9], ROUTE))
        await bench.ear.until(lambda: len(bench.ear.table()) == 9)


async def test_what_was_withdrawn_or_said_twice_does_not_count() -> None:
    async with speaking(settings(prefixes_max=6)) as bench:
        peer = await bench.establish()
        await peer.update(bgp.announcement(TABLE[:5], ROUTE), bgp.announcement(TABLE[:5], ROUTE))
        await peer.update(bgp.withdrawal(TABLE[:4]), bgp.announcement(TABLE[5:], ROUTE))
        await bench.ear.until(lambda: len(bench.ear.table()) == 6)
        await peer.update(bgp.announcement(["2001:db8::/32"], Attributes((ISP,), None, "igp", "2001:db8::1")))
        assert "more than 6" in (await bench.ear.hears_down(NEAR)).reason


# ---- wrong


@pytest.mark.parametrize(
    ("said", "told"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: edge\r\n\r\n", Notification(1, 1), id="another protocol"),
        pytest.param(bytes(4000), Notification(1, 1), id="zeros"),
        pytest.param(bgp.framed(9, b""), Notification(1, 3, b"\x09"), id="a kind there is not"),
        pytest.param(bgp.framed(2, bgp.END_IPV4), Notification(5, 1), id="an update before a word"),
        pytest.param(bgp.framed(4, b""), Notification(5, 1), id="a keepalive before a word"),
        pytest.param(bgp.framed(1, b"\x03" + bytes(9)), Notification(2, 1, b"\0\4"), id="another version"),
    ],
)
async def test_a_peer_that_does_not_speak_as_it_should_is_told_what_was_wrong(said: bytes, told: Notification) -> None:
    async with speaking() as bench:
        peer = await bench.connect()
        await peer.say(said)
        assert await peer.last_words() == told
        assert bench.ear.events == []
        await bench.establish()


async def test_garbage_in_a_session_ends_it_with_its_routes_and_another_peer_notices_nothing() -> None:
    async with speaking() as bench:
        broken, good = await bench.establish(NEAR), await bench.establish(FAR, asn=OTHER)
        for peer in (broken, good):
            await peer.update(bgp.announcement(["10.0.0.0/8"], ROUTE))
        await broken.say(b"\0" * 100)
        assert await broken.last_words() == Notification(1, 1)
        await bench.ear.hears_down(NEAR)
        await good.update(bgp.announcement(["11.0.0.0/8"], ROUTE))
        await bench.ear.until(lambda: set(bench.ear.table()) == {(FAR, "10.0.0.0/8"), (FAR, "11.0.0.0/8")})


async def test_an_update_in_the_middle_of_a_word_or_a_second_open_ends_the_session() -> None:
    async with speaking() as bench:
        early = await bench.connect()
        await early.say(greeting(ISP), bgp.framed(2, bgp.END_IPV4))
        assert await early.last_words() == Notification(5, 2)
        twice = await bench.establish()
        await twice.say(greeting(ISP))
        assert await twice.last_words() == Notification(5, 3)
        await bench.ear.hears_down(NEAR)


async def test_routes_with_bad_attributes_are_gone_and_the_session_stays() -> None:
    async with speaking() as bench:
        peer = await bench.establish()
        bad = bgp.body(attributes=bgp.attribute(0x40, 1, b"\x07"), prefixes=bgp.nlri(["10.0.0.0/8"]))
        await peer.update(bgp.announcement(["10.0.0.0/8", "11.0.0.0/8"], ROUTE), bad)
        await bench.ear.hears(Withdrawn(NEAR, ("10.0.0.0/8",)))
        assert bench.ear.table() == {(NEAR, "11.0.0.0/8"): ROUTE}
        await peer.update(bgp.announcement(["10.0.0.0/8"], ROUTE))
        await bench.ear.until(lambda: len(bench.ear.table()) == 2)


async def test_another_system_than_expected_is_no_neighbor() -> None:
    async with speaking(settings(Neighbor(NEAR, ISP))) as bench:
        peer = await bench.connect()
        await peer.say(greeting(OTHER))
        assert await peer.last_words() == Notification(2, 2)
        assert bench.ear.events == []
        await bench.establish()


async def test_a_peer_that_wants_to_be_believed_for_ever_is_refused() -> None:
    async with speaking() as bench:
        peer = await bench.connect()
        await peer.say(greeting(ISP, hold_seconds=0))
        assert await peer.last_words() == Notification(2, 6)


async def test_a_speaker_of_our_own_system_needs_an_identifier_of_its_own() -> None:
    async with speaking() as bench:
        peer = await bench.connect()
        await peer.say(greeting(US, router_id=int(ip_address(ROUTER_ID))))
        assert await peer.last_words() == Notification(2, 3)


async def test_a_stranger_hears_nothing() -> None:
    async with speaking(settings(Neighbor(FAR))) as bench:
        peer = await bench.connect(NEAR)
        assert await peer.hear() is None


async def test_what_a_peer_says_when_it_leaves_is_the_reason() -> None:
    async with speaking() as bench:
        peer = await bench.establish()
        await peer.say(Notification(6, 2, b"\x0bmaintenance"))
        assert "administrative shutdown: “maintenance”" in (await bench.ear.hears_down(NEAR)).reason


async def test_who_stops_listening_tells_its_peers() -> None:
    async with speaking() as bench:
        peer = await bench.establish()
    assert await peer.last_words() == Notification(6, 2)


# ---- settings


async def test_a_port_that_is_taken_is_named() -> None:
    async with speaking() as bench:
        taken = BgpSettings(US, ROUTER_ID, (Neighbor(NEAR),), listen_port=bench.port)
        with pytest.raises(Unavailable, match=str(bench.port)):
            await BgpSpeaker(taken, SystemClock()).run(Ear())


async def test_an_ipv4_neighbor_is_known_where_both_families_are_listened_to() -> None:
    both = BgpSettings(US, ROUTER_ID, (Neighbor(NEAR),), listen_address="::", listen_port=0)
    try:
        async with speaking(both) as bench:
            await bench.establish()
            assert bench.ear.of(NEAR)
    except Unavailable as error:
        pytest.skip(f"no IPv6 here: {error.sentence}")


@pytest.mark.parametrize(
    "neighbors",
    [(Neighbor("isp.example"),), (Neighbor(NEAR), Neighbor("::ffff:127.0.0.1")), (Neighbor("fe80::1%eth0"),)],
)
def test_neighbors_that_cannot_be_told_apart_or_found_are_refused(neighbors: tuple[Neighbor, ...]) -> None:
    with pytest.raises(InvalidInput):
        BgpSpeaker(settings(*neighbors), SystemClock())


@pytest.mark.parametrize("router_id", ["", "edge-1", "0.0.0.0", "::1"])
def test_a_router_id_that_is_none_is_refused(router_id: str) -> None:
    with pytest.raises(InvalidInput):
        BgpSpeaker(BgpSettings(US, router_id, ()), SystemClock())
