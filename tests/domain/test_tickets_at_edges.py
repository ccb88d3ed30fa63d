"""Tickets from the moment play is pressed to the edge that judges them: the control plane's services and a real server.

One clock for all, which tests move; an edge says how it goes when a test says so, a `beat` at a time.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from matinee.app.doors import Doors
from matinee.app.secrets import open_secrets
from matinee.app.turning import KEPT_AFTER, KNOWN_BEFORE, SIGNS_FOR
from matinee.control.playback.api import PlaybackPlan, SessionEnded
from matinee.control.playback.service.signing import TicketNames
from matinee.delivery.edge.api import Instructions, ServingSettings
from matinee.delivery.edge.service.holdings import Holdings
from matinee.delivery.edge.service.serving import Serving
from matinee.engines.media_server.sendfile import SendfileServer
from matinee.kernel.chance import SystemChance
from matinee.kernel.files import SystemFiles
from matinee.kernel.ids import ProfileId, SessionId, TitleId
from matinee.kernel.network import Outgoing, SystemNetwork
from matinee.kernel.quantities import hours, minutes, seconds
from matinee.wire.beacons import Beacon, Heartbeat
from matinee.wire.clients import network_of
from matinee.wire.encoding import from_json, to_json, to_plain
from matinee.wire.health import HealthReport
from matinee.wire.releases import Release
from matinee.wire.tickets import EdgeTicket, Ring, verify
from tests.builders import make_viewer, make_window
from tests.house import AGENT_TOKEN, EDGE_RING, HandClock, House, Member, open_house

FILE = "hd/v720/seg-1.m4s"
_TICKET = re.compile(r"\.test/v1/([^/]+)/")


@dataclass
class Edge:
    """One that serves, and speaks with steering without a wire between."""

    serving: Serving
    house: House
    network: SystemNetwork
    root: Path

    async def report(self, report: HealthReport) -> Instructions:
        answer = await self.house.steering.report(report)
        return Instructions(answer.orders, answer.tombstones, answer.keys, revocations=answer.revocations)

    async def routes(self, news: object) -> object:
        raise AssertionError("nobody announces anything to it")

    async def beat(self) -> None:
        """A second: what was decided reaches the edge."""
        await self.house.settle()
        self.house.clock.advance(seconds(1))
        holdings = Holdings(self.root, SystemFiles())
        await holdings.look()
        assert await self.serving.consult(self, "storage", holdings) is not None  # type: ignore[arg-type]  # as much of a Control as is asked

    async def answers(self, release: Release, ticket: str) -> int:
        path = f"http://127.0.0.1:{self.serving.port}/v1/{ticket}/{release.release_id}/{FILE}"
        return (await self.network.fetch(Outgoing("GET", path))).status


@dataclass
class Cinema:
    house: House
    edge: Edge
    film: Release
    member: Member

    async def play(self, *, end_oldest: bool = False) -> PlaybackPlan:
        command = self.house.press_play(self.member, self.film.title_id, end_oldest=end_oldest)
        return await self.house.playback.start(command)

    async def ticket(self, session: SessionId, client: str | None = None) -> str:
        """The one in the manifest that a player would fetch now."""
        manifest = await self.house.playback.dash(self.member.account.id, session, client=client)
        found = _TICKET.search(manifest)
        assert found is not None
        return found[1]

    async def opens(self, ticket: str) -> bool:
        status = await self.edge.answers(self.film, ticket)
        assert status in (200, 403)
        return status == 200

    def read(self, ticket: str) -> EdgeTicket:
        return verify(ticket, EdgeTicket, EDGE_RING.keys, now=self.house.clock.now())


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def open_cinema(
    stack: AsyncExitStack,
    folder: Path,
    *,
    names: TicketNames | None = None,
    clock: HandClock | None = None,
    ring: Ring = EDGE_RING,
) -> Cinema:
    clock = clock or HandClock()
    house = await stack.enter_async_context(open_house(folder, clock, names=names, ring=ring))
    film = await house.add_film()
    file = folder / "edge" / film.release_id / FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a segment")
    network = SystemNetwork()
    stack.push_async_callback(network.close)
    serving = edge_of(folder, clock)
    await serving.load()
    await serving.start()
    stack.push_async_callback(serving.stop)
    edge = Edge(serving, house, network, folder / "edge")
    await edge.beat()
    return Cinema(house, edge, film, await house.add_member(plan="basic"))


def edge_of(folder: Path, clock: HandClock) -> Serving:
    settings = ServingSettings("oca-1", "http://oca-1.test", "127.0.0.1", 0, folder / "state")
    server = SendfileServer(clock)
    return Serving(settings, folder / "edge", server, SystemFiles(), clock, SystemChance())


# ---- revoked


async def test_a_stream_that_makes_room_for_another_is_refused_by_the_edge_with_its_next_word(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path)
    first = await cinema.ticket((await cinema.play()).session_id)
    assert await cinema.opens(first)
    second = await cinema.ticket((await cinema.play(end_oldest=True)).session_id)
    await cinema.edge.beat()
    assert [await cinema.opens(each) for each in (first, second)] == [False, True]


async def test_a_silent_stream_whose_place_was_taken_does_not_go_on_fetching(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path)
    silent = await cinema.ticket((await cinema.play()).session_id)
    cinema.house.clock.advance(seconds(50))
    await cinema.edge.beat()
    assert await cinema.opens(silent)
    await cinema.play()
    await cinema.edge.beat()
    assert not await cinema.opens(silent)


async def test_what_plays_on_a_device_ends_when_it_is_signed_out(stack: AsyncExitStack, tmp_path: Path) -> None:
    cinema = await open_cinema(stack, tmp_path)
    async with cinema.house.client(cinema.member) as television:
        played = await television.post("/api/v1/play", json={"title_id": cinema.film.title_id})
        session = SessionId(played.json()["data"]["session_id"])
        ticket = await cinema.ticket(session)
        assert await cinema.opens(ticket)
        assert (await television.delete("/api/v1/sessions/current")).status_code < 300
    await cinema.edge.beat()
    assert not await cinema.opens(ticket)
    with pytest.raises(SessionEnded, match="signed out"):
        await cinema.house.playback.heartbeat(cinema.member.account.id, session, Heartbeat(0))


async def test_a_changed_password_ends_what_plays_on_every_device(stack: AsyncExitStack, tmp_path: Path) -> None:
    cinema = await open_cinema(stack, tmp_path)
    async with cinema.house.client(cinema.member) as television:
        played = await television.post("/api/v1/play", json={"title_id": cinema.film.title_id})
    ticket = await cinema.ticket(SessionId(played.json()["data"]["session_id"]))
    await cinema.house.members.set_password(cinema.member.account.id, "another-one-of-velvet")
    await cinema.edge.beat()
    assert not await cinema.opens(ticket)


async def test_whom_an_operator_ends_is_refused_and_who_stops_by_itself_is_not_told_about(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path)
    ended = (await cinema.play()).session_id
    thrown_out = await cinema.ticket(ended)
    await cinema.house.playback.end(cinema.member.account.id, ended, reason="operator")
    stopping = (await cinema.play()).session_id
    stopped = await cinema.ticket(stopping)
    await cinema.house.playback.events(
        cinema.member.account.id, stopping, [Beacon("stop", 0, cinema.house.clock.now())]
    )
    await cinema.edge.beat()
    assert [await cinema.opens(each) for each in (thrown_out, stopped)] == [False, True]
    assert list(cinema.edge.serving.state.revoked) == [ended]


async def test_a_revocation_is_forgotten_everywhere_when_the_last_ticket_has_ended(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path)
    session = (await cinema.play()).session_id
    last = cinema.read(await cinema.ticket(session)).exp
    await cinema.house.playback.end(cinema.member.account.id, session, reason="operator")
    await cinema.edge.beat()
    assert cinema.edge.serving.state.revoked[session] >= last
    asks_anew = replace(make_report_of(cinema), revocation_sequence=0)
    assert len((await cinema.house.steering.report(asks_anew)).revocations.entries) == 1
    cinema.house.clock.advance(hours(3))
    assert (await cinema.house.steering.report(asks_anew)).revocations.entries == ()
    another = (await cinema.play()).session_id
    await cinema.house.playback.end(cinema.member.account.id, another, reason="operator")
    await cinema.edge.beat()
    assert list(cinema.edge.serving.state.revoked) == [another]


async def test_many_revocations_come_in_parts_in_order_and_an_edge_that_is_ahead_is_told_all(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path)
    ids = [SessionId(cinema.house.ids.new()) for _ in range(2100)]
    until = cinema.house.clock.now() + hours(2)
    for session in (*ids, ids[0]):
        await cinema.house.steering.revoke(session, until=until)
    report = make_report_of(cinema)
    told: list[str] = []
    acknowledged = 0
    while news := (
        await cinema.house.steering.report(replace(report, revocation_sequence=acknowledged))
    ).revocations.entries:
        assert len(news) <= 2000
        told += [each.session for each in news]
        acknowledged = news[-1].sequence
    assert told == ids
    restored = await cinema.house.steering.report(replace(report, revocation_sequence=acknowledged + 1000))
    assert restored.revocations.entries[0].session == ids[0]


def make_report_of(cinema: Cinema) -> HealthReport:
    plain = {"appliance_id": "oca-1", "kind": "storage", "url": "http://oca-1.test", "sequence": 1, "boot_id": "b"}
    of_an_earlier_build = {**plain, "at": "2026-11-21T12:00:00Z", "releases": [], "bytes_held": 0, "bytes_free": 9}
    return from_json(to_json(of_an_earlier_build | {"load": 0.0}), HealthReport)


async def test_an_appliance_that_acknowledges_a_number_that_cannot_be_is_told_so(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path)
    async with cinema.house.client() as agent:
        for number, status in ((-1, 400), (1 << 60, 400), (0, 200)):
            said = to_plain(replace(make_report_of(cinema), revocation_sequence=number))
            answer = await agent.post(
                "/api/v1/edge/agent/health", json=said, headers={"authorization": f"Bearer {AGENT_TOKEN}"}
            )
            assert answer.status_code == status
        assert answer.json()["revocations"] == {"entries": [], "version": 1}


# ---- how long, where and for whom


async def test_a_ticket_lasts_as_long_as_what_remains_of_the_film_and_two_hours(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path)
    session = (await cinema.play()).session_id
    now = cinema.house.clock.now()
    assert cinema.read(await cinema.ticket(session)).exp == (now + seconds(60) + hours(2)).timestamp()
    await cinema.house.playback.heartbeat(cinema.member.account.id, session, Heartbeat(20_000))
    goes_on_at = await cinema.house.viewing.resume_ms(
        ProfileId(cinema.member.profile.id), TitleId(cinema.film.title_id)
    )
    assert goes_on_at > 0
    ends = now + seconds(60 - goes_on_at / 1000) + hours(2)
    assert cinema.read(await cinema.ticket(session)).exp == ends.timestamp()


async def test_a_ticket_ends_with_the_rights_and_so_does_the_session(stack: AsyncExitStack, tmp_path: Path) -> None:
    cinema = await open_cinema(stack, tmp_path)
    ends = cinema.house.clock.now() + minutes(30)
    title = (await cinema.house.catalog.desk())[0].title.id
    await cinema.house.catalog.set_rights(title, [make_window(country="DE", end=ends)])
    session = (await cinema.play()).session_id
    ticket = await cinema.ticket(session)
    assert cinema.read(ticket).exp == ends.timestamp()
    assert await cinema.opens(ticket)
    cinema.house.clock.advance(minutes(30))
    await cinema.edge.beat()
    assert not await cinema.opens(ticket)
    with pytest.raises(SessionEnded, match="rights to this film have ended"):
        await cinema.ticket(session)


async def test_after_a_pause_that_outlasts_its_ticket_a_fresh_manifest_plays_on(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path)
    session = (await cinema.play()).session_id
    before = await cinema.ticket(session)
    cinema.house.clock.advance(hours(3))
    await cinema.edge.beat()
    assert not await cinema.opens(before)
    assert await cinema.opens(await cinema.ticket(session))
    assert await cinema.house.playback.renew(cinema.member.account.id, session, make_viewer())


async def test_tickets_name_neither_country_nor_client_unless_that_is_asked_for(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path)
    ticket = cinema.read(await cinema.ticket((await cinema.play()).session_id, "198.51.100.7"))
    assert (ticket.country, ticket.client) == (None, None)


async def test_a_ticket_for_the_network_of_who_asks_opens_nothing_from_elsewhere(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    cinema = await open_cinema(stack, tmp_path, names=TicketNames(country=True, client=True))
    session = (await cinema.play()).session_id
    # The edge is asked from loopback; whose address playback is told is the gateway's to find out.
    here, elsewhere = await cinema.ticket(session, "127.0.0.1"), await cinema.ticket(session, "198.51.100.7")
    assert [cinema.read(each).client for each in (here, elsewhere)] == ["4:7f0000", network_of("198.51.100.7")]
    assert {cinema.read(each).country for each in (here, elsewhere)} == {"DE"}
    assert [await cinema.opens(each) for each in (here, elsewhere)] == [True, False]
    nobody_knows = await cinema.ticket(session, None)
    assert cinema.read(nobody_knows).client is None


async def test_the_gateways_word_of_who_asks_stands_in_the_ticket(stack: AsyncExitStack, tmp_path: Path) -> None:
    cinema = await open_cinema(stack, tmp_path, names=TicketNames(client=True))
    async with cinema.house.client(cinema.member) as browser:
        played = await browser.post("/api/v1/play", json={"title_id": cinema.film.title_id})
        lies = {"x-forwarded-for": "198.51.100.7", "x-matinee-client": "198.51.100.7"}
        manifest = await browser.get(played.json()["data"]["manifests"]["dash"], headers=lies)
    (ticket,) = set(_TICKET.findall(manifest.text))
    assert cinema.read(ticket).client == network_of("127.0.0.1")


# ---- keys


async def test_a_key_turns_under_a_playing_session_and_edges_have_the_next_before_it_signs(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    clock = HandClock()
    doors = Doors(clock=clock)
    stack.push_async_callback(doors.network.close)
    ring = (await open_secrets(tmp_path / "secrets", doors)).edge_ring
    others = (await open_secrets(tmp_path / "secrets", doors)).edge_ring  # as another process has it
    clock.advance(SIGNS_FOR - KNOWN_BEFORE)
    cinema = await open_cinema(stack, tmp_path, clock=clock, ring=ring)
    (first,) = ring.keys
    playing = await cinema.ticket((await cinema.play(end_oldest=True)).session_id)

    await ring.turn()
    await others.look()
    (following,) = set(ring.keys) - {first}
    await cinema.edge.beat()
    assert set(cinema.edge.serving.state.keys) == {first, following}
    assert (ring.current, others.current) == (first, first)
    assert await cinema.opens(playing)

    clock.advance(KNOWN_BEFORE)
    assert (ring.current, others.current) == (following, following)
    fresh = await cinema.ticket((await cinema.play(end_oldest=True)).session_id)
    assert verify(fresh, EdgeTicket, others.keys, now=clock.now()).kid == following
    assert [await cinema.opens(each) for each in (playing, fresh)] == [True, True]

    clock.advance(KEPT_AFTER)
    await ring.turn()
    await cinema.edge.beat()
    assert set(cinema.edge.serving.state.keys) == {following} == set(ring.keys)


async def test_two_processes_that_turn_the_keys_at_once_agree_before_the_next_one_signs(tmp_path: Path) -> None:
    clock = HandClock()
    doors = Doors(clock=clock)
    one, other = [(await open_secrets(tmp_path / "secrets", doors)).edge_ring for _ in range(2)]
    clock.advance(SIGNS_FOR - KNOWN_BEFORE)
    await asyncio.gather(one.turn(), other.turn())
    clock.advance(KNOWN_BEFORE / 2)
    for ring in (one, other):
        await ring.turn()
    assert dict(one.keys) == dict(other.keys)
    assert len(one.keys) == 2
    clock.advance(KNOWN_BEFORE)
    assert one.current == other.current
    await doors.network.close()
