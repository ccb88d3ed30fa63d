"""Calls that go by the framework's machinery: whatever is asked, the answer is the framework's, word for word."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest

from matinee.app.callers import CallerDesk
from matinee.app.known_callers import KnownCallers
from matinee.app.settings import Settings
from matinee.control.members.api import OPERATOR
from matinee.control.playback.api import STOPPED
from matinee.control.steering.api import PurgeOrder
from matinee.delivery.gateway.api import Asgi, GatewayConfig
from matinee.delivery.gateway.service import Gateway
from matinee.kernel.errors import NotAllowed, NotSignedIn, Unavailable
from matinee.kernel.ids import ReleaseId
from matinee.kernel.quantities import seconds
from matinee.wire.accounts import Accounts, Said, SessionAccount
from matinee.wire.beacons import Beacon, Heartbeat, Position
from matinee.wire.callers import LIFETIME_SECONDS_MAX, Caller
from matinee.wire.encoding import to_json
from matinee.wire.purge import TombstonesAsked
from matinee.wire.routes import RouteNews
from matinee.wire.tickets import KeyRing, sign
from tests.builders import an_id, make_report
from tests.house import AGENT_TOKEN, RING, House, Member

API = "/api/v1"
AGENT = {"authorization": f"Bearer {AGENT_TOKEN}"}


@asynccontextmanager
async def asking(house: House, app: Asgi) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway in front of `app`."""
    callers = CallerDesk(house.members, house.billing, RING, Settings(data=house.folder, country="DE"), house.clock)
    gateway = Gateway(app, callers, {}, GatewayConfig(), house.clock, house.ids)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://house.test") as client:
        yield client


async def pressed(house: House, member: Member) -> str:
    """A session that plays."""
    film = await house.add_film()
    return (await house.playback.start(house.press_play(member, film.title_id))).session_id


Told = tuple[int, list[tuple[str, str]], bytes]


async def said(client: httpx.AsyncClient, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Told:
    sent = {"x-request-id": "the-same-for-both", "content-type": "application/json", **headers}
    answer = await client.request(method, path, headers=sent, content=body)
    items = [(k, ",".join(sorted(v.split(", "))) if k == "allow" else v) for k, v in answer.headers.multi_items()]
    return answer.status_code, sorted(items), answer.content  # methods are named in any order


BODIES = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"{",
    b'{"position_ms": 1',
    b'{"position_ms": 1}',
    b'{"position_ms": 1, "at": "2026-01-01T00:00:00"}',
    b'{"position_ms": "1", "at": "yesterday"}',
    b'{"position_ms": "1"}',
    b'{"position_ms": -1.5}',
    b'{"position_ms": 1, "more": {"of": "it"}}',
    b'[{"type": "pause", "position_ms": 5}]',
    b'[{"type": "dance", "position_ms": 5}]',
    b'{"appliance_id": "flash-1", "tombstone_sequence": -1}',
    b'{"appliance_id": "flash-1", "tombstone_sequence": 99999999999999999999}',
    b'{"appliance_id": "nobody", "tombstone_sequence": 0}',
    b'{"appliance_id": 7, "tombstone_sequence": "0"}',
    b"\xff\xfe",
    b"[" * 100_000,
]


async def test_what_is_asked_as_it_should_be_is_answered_alike(house: House) -> None:
    member = await house.add_member()
    playing, film, now = await pressed(house, member), await house.add_film(), house.clock.now()
    await house.report(appliance="flash-1")
    order = PurgeOrder("scratched", "op", release_id=ReleaseId(film.release_id), path="hd/v1/1.m4s")
    await house.steering.order_purge(order)  # or the question of what to purge would wait for one
    session, agent = f"{API}/playback/sessions/{playing}", f"{API}/edge/agent"
    served = SessionAccount(playing, film.release_id, 10, 5_000_000, 0, Said(4_000))
    asked: list[tuple[str, Mapping[str, str], object, int]] = [
        (f"{session}/heartbeat", member.headers, Heartbeat(1_000, at=now), 204),
        (f"{session}/events", member.headers, [Beacon("pause", 5_000, now), Beacon("play", 5_000, now)], 204),
        (f"{session}/position", member.headers, Position(1_000, now), 204),
        (f"{agent}/health", AGENT, make_report(at=now, releases=[film.release_id]), 200),
        (f"{agent}/tombstones", AGENT, TombstonesAsked("flash-1", 0), 200),
        (f"{agent}/accounts", AGENT, Accounts("flash-1", "boot-1", 1, now, sessions=(served,)), 200),
        (f"{agent}/routes", AGENT, RouteNews("flash-1", "a life", 0, 1), 200),
    ]
    async with asking(house, house.answering) as lean, asking(house, house.app) as framework:  # type: ignore[arg-type]  # ASGI's dictionaries, typed more narrowly by Litestar
        for path, headers, body, status in asked:
            told = await said(lean, "POST", path, headers, to_json(body))
            assert told == await said(framework, "POST", path, headers, to_json(body)), path
            assert told[0] == status, (path, told)


async def test_whoever_asks_whatever_is_answered_as_the_framework_answers(house: House) -> None:
    member, other = await house.add_member(), await house.add_member("eve@example.org")
    playing, ended = await pressed(house, member), await pressed(house, member)
    await house.playback.end(member.account.id, ended, reason=STOPPED)  # type: ignore[arg-type]  # an id as text
    sessions = [f"{API}/playback/sessions/{each}" for each in (playing, ended, an_id(7), "x", "%2e%2e", "")]
    asked = [(f"{each}/{last}", member.headers) for each in sessions for last in ("heartbeat", "events", "position")]
    asked += [(f"{API}/edge/agent/{last}", AGENT) for last in ("health", "tombstones", "accounts", "routes")]
    async with asking(house, house.answering) as lean, asking(house, house.app) as framework:  # type: ignore[arg-type]  # ASGI's dictionaries, typed more narrowly by Litestar
        for path, right in asked:
            for headers in (right, {}, {"authorization": "Bearer nobodys"}, other.headers):
                for body in BODIES if headers is right else BODIES[6:8]:
                    told = await said(lean, "POST", path, headers, body)
                    assert told == await said(framework, "POST", path, headers, body), (path, headers, body)
        for path in (f"{each}/steering" for each in sessions):
            for query in ("", "?_DASH_pathway=%22flash-1%22&_DASH_throughput=5000000", "?_HLS_pathway=a&x=%ff", "?&&="):
                for headers in (member.headers, other.headers, {}, {"x-matinee-caller": "forged.forged"}):
                    for method in ("GET", "POST", "HEAD", "OPTIONS"):
                        told = await said(lean, method, path + query, headers, b"")
                        assert told == await said(framework, method, path + query, headers, b""), (method, path)


async def test_a_session_that_has_ended_gets_no_document_any_more(house: House) -> None:
    member = await house.add_member()
    playing = await pressed(house, member)
    address = f"{API}/playback/sessions/{playing}/steering"
    async with house.client(member) as client:
        assert (await client.get(address)).json()["PATHWAY-PRIORITY"] == ["flash-1", "origin-1"]
        await house.playback.end(member.account.id, playing, reason=STOPPED)  # type: ignore[arg-type]  # an id as text
        refused = await client.get(address)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "session-ended")
    assert refused.headers["content-type"] == "application/problem+json"


async def test_of_many_that_acknowledge_at_once_only_the_bad_one_is_refused(house: House) -> None:
    film = await house.add_film()
    names = [f"flash-{number}" for number in range(1, 40)]
    for name in names:
        await house.report(appliance=name)
    ordered = await house.steering.order_purge(
        PurgeOrder("scratched", "op", release_id=ReleaseId(film.release_id), path="hd/v1/1.m4s")
    )
    async with asking(house, house.answering) as client:

        async def acknowledge(name: str, number: int, headers: Mapping[str, str] = AGENT) -> int:
            body = to_json(TombstonesAsked(name, number))
            return (await said(client, "POST", f"{API}/edge/agent/tombstones", headers, body))[0]

        first = asyncio.gather(*(acknowledge(name, 0) for name in names))
        assert set(await first) == {200}  # there is news for all
        house.clock.advance(seconds(1))  # an acknowledgment is later than the report
        done = [asyncio.ensure_future(acknowledge(name, ordered.tombstones[-1])) for name in names[:-3]]
        bad = [
            asyncio.ensure_future(acknowledge(names[-3], -1)),
            asyncio.ensure_future(acknowledge(names[-2], ordered.tombstones[-1], {"authorization": "Bearer guessed"})),
            asyncio.ensure_future(acknowledge("nobody", ordered.tombstones[-1])),
        ]
        assert [await each for each in bad] == [400, 401, 404]
        async with asyncio.timeout(30):
            while (told := await house.steering.purge_status(ordered.number)).acknowledged < len(done):
                await asyncio.sleep(0)
        for each in done:
            each.cancel()
    assert {a.appliance_id for a in told.appliances if a.state == "acknowledged"} == set(names[:-3])


def a_caller(
    house: House, *, roles: tuple[str, ...] = (), kid: str = "", lives_s: int = LIFETIME_SECONDS_MAX
) -> Caller:
    ends = int(house.clock.now().timestamp()) + lives_s
    return Caller(kid or RING.current, ends, an_id(1), an_id(2), "DE", 18, "premium", 3, roles)


async def test_a_caller_who_is_remembered_is_refused_once_the_ticket_has_ended(house: House) -> None:
    known, ticket = KnownCallers(RING.keys, house.clock), sign(a_caller(house), RING)
    assert known.caller(ticket) == known.caller(ticket)
    house.clock.advance(seconds(LIFETIME_SECONDS_MAX))
    with pytest.raises(Unavailable):
        known.caller(ticket)


async def test_a_caller_who_is_remembered_is_refused_once_the_key_has_left_the_ring(house: House) -> None:
    keys = dict(RING.keys)
    known, ticket = KnownCallers(keys, house.clock), sign(a_caller(house), RING)
    assert known.caller(ticket).account == an_id(1)
    keys[RING.current] = b"another key of the same name" * 2
    with pytest.raises(NotSignedIn):
        known.caller(ticket)
    del keys[RING.current]
    with pytest.raises(NotSignedIn):
        known.caller(ticket)


async def test_only_a_key_of_the_ring_makes_a_caller_and_only_an_operator_an_operator(house: House) -> None:
    known = KnownCallers(RING.keys, house.clock)
    foreign = KeyRing(RING.current, {RING.current: b"k" * 32})
    for bad in (None, "", "x", "a.b", sign(a_caller(house), foreign)):
        with pytest.raises(NotSignedIn):
            known.caller(bad)
    assert known.operator(sign(a_caller(house, roles=(OPERATOR,)), RING)).roles == (OPERATOR,)
    viewer = sign(a_caller(house), RING)
    for _ in range(2):  # also where the ticket is remembered
        assert known.caller(viewer).roles == ()
        with pytest.raises(NotAllowed):
            known.operator(viewer)


async def test_a_report_of_a_thousand_bytes_in_pieces_is_one_report(house: House) -> None:
    await house.add_film()
    body = to_json(make_report("flash-1", at=house.clock.now()))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 50):
            yield body[start : start + 50]

    async with asking(house, house.answering) as client:
        answer = await client.post(f"{API}/edge/agent/health", headers=AGENT, content=pieces())
    assert answer.status_code == 200, answer.text
    assert "orders" in answer.json()
