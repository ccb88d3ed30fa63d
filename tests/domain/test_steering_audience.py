"""What edges and players tell of those who watch: who is blamed and left, who was served what, and what bytes missed."""

from dataclasses import replace

import pytest

from matinee.control.playback.api import PlaybackPlan
from matinee.control.steering.api import Asker
from matinee.control.steering.service import SteeringService
from matinee.kernel.errors import InvalidInput, NotFound
from matinee.kernel.ids import ReleaseId, SessionId
from matinee.kernel.quantities import seconds
from matinee.wire.accounts import Accounts, Said, SessionAccount
from matinee.wire.beacons import Beacon
from matinee.wire.releases import Release
from tests.builders import make_report
from tests.house import AGENT_TOKEN, EDGE_RING, House, Member

EDGE = "/api/v1/edge"
CLIENT = "203.0.113.9"


async def _fleet(house: House, film: Release, *, site: str = "lisbon") -> None:
    """Two at a site and one elsewhere that say they hold the film and have no errors, and the origin."""
    await house.report(appliance="origin-1", kind="origin")
    for name in ("flash-1", "flash-2"):
        said = make_report(name, at=house.clock.now(), releases=[film.release_id])
        await house.steering.report(replace(said, reach="exchange", site=site))
    await house.steering.report(
        replace(make_report("far-1", at=house.clock.now(), releases=[film.release_id]), site="far")
    )


async def _later(house: House, film: Release, count: int = 1) -> None:
    """Everybody reports again, after less than would be a silence."""
    house.clock.advance(seconds(count))
    await _fleet(house, film)


async def _watch(house: House, film: Release, email: str) -> tuple[Member, PlaybackPlan]:
    member = await house.add_member(email)
    return member, await house.playback.start(house.press_play(member, film.title_id))


async def _blame(house: House, member: Member, plan: PlaybackPlan, *pathways: str) -> None:
    beacons = [Beacon("error", 1_000, house.clock.now(), detail="timeout", pathway=pathway) for pathway in pathways]
    await house.playback.events(member.account.id, plan.session_id, beacons)


async def _offered(house: House, film: Release, session: str = "somebody") -> list[str]:
    return [edge.pathway for edge in await house.steering.rank(ReleaseId(film.release_id), Asker(session))]


def _account(edge: str, number: int, *sessions: SessionAccount, boot: str = "boot-1") -> Accounts:
    return Accounts(edge, boot, number, at=make_report().at, sessions=sessions)


async def test_an_edge_whose_reports_look_fine_is_left_when_members_blame_it_and_comes_back(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    watching = [await _watch(house, film, f"member-{n}@demo.example") for n in range(3)]
    for member, plan in watching[:2]:
        await _blame(house, member, plan, "flash-1")
    assert "flash-1" in await _offered(house, film)
    await _blame(house, *watching[2], "flash-1")
    assert "flash-1" not in await _offered(house, film)
    assert "flash-2" in await _offered(house, film)

    operator = await house.add_member("operator@demo.example", operator=True)
    async with house.client(operator) as client:
        query = {"client": CLIENT, "title": film.title_id}
        told = (await client.get(f"{EDGE}/explain", params=query)).json()["data"]
        reasons = {each["pathway"]: each["reason"] for each in told["passed_over"]}
        assert reasons["flash-1"].startswith("It is blamed: 3 members could not fetch from it")
        found = {each["id"]: each for each in (await client.get(f"{EDGE}/appliances")).json()["data"]}
    assert (found["flash-1"]["healthy"], found["flash-1"]["fenced"]) == (False, reasons["flash-1"])
    assert found["flash-2"]["healthy"]

    for _ in range(20):
        await _later(house, film, 3)
    (back,) = [each for each in await house.steering.appliances() if each.id == "flash-1"]
    assert back.healthy
    assert back.share == 0.1
    firsts = [(await _offered(house, film, f"session-{n}"))[0] for n in range(200)]
    assert 0 < firsts.count("flash-1") < 40


async def test_every_instance_leaves_an_edge_that_was_blamed_at_one(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    elsewhere = SteeringService(house.database, house.cache, house.clock, EDGE_RING)
    assert "flash-1" in [edge.pathway for edge in await elsewhere.rank(ReleaseId(film.release_id))]
    for number in range(3):
        await _blame(house, *await _watch(house, film, f"member-{number}@demo.example"), "flash-1")
    await _later(house, film)
    assert "flash-1" not in [edge.pathway for edge in await elsewhere.rank(ReleaseId(film.release_id))]


async def test_at_a_busy_edge_three_are_too_few_however_many_accounts_its_minute_takes(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    release = ReleaseId(film.release_id)
    for number in (1, 2):
        part = [SessionAccount(f"session-{number}-{n}", film.release_id, 1, 100, 0) for n in range(40)]
        await house.steering.account(_account("flash-1", number, *part))
    left = []
    for number in range(8):
        session = SessionId(house.ids.new())
        await house.steering.rank(release, Asker(session))
        await house.steering.blame("flash-1", session, member=f"member-{number}")
        left.append("flash-1" not in await _offered(house, film))
    assert left == [False] * 7 + [True]


async def test_where_many_were_sent_three_are_too_few_though_it_tells_no_accounts(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    watching = [await _watch(house, film, f"member-{n}@demo.example") for n in range(3)]
    for number in range(200):
        await _offered(house, film, f"session-{number}")
    for member, plan in watching:
        await _blame(house, member, plan, "flash-1", "flash-2")
    assert {"flash-1", "flash-2"} <= set(await _offered(house, film))


@pytest.mark.parametrize("wrong", [{"bytes": 1 << 63}, {"requests": 1 << 62}, {"session": "s" * 65}, {"failed": -1}])
async def test_what_no_session_can_have_had_is_refused(house: House, wrong: dict[str, object]) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    told = replace(SessionAccount("s1", film.release_id, 1, 1, 0), **wrong)  # type: ignore[arg-type]  # fields by name
    with pytest.raises(InvalidInput):
        await house.steering.account(_account("flash-1", 1, told))


async def test_one_member_takes_no_edge_out_with_however_many_sessions(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    member = await house.add_member()
    for _ in range(8):
        plan = await house.playback.start(house.press_play(member, film.title_id, end_oldest=True))
        await _blame(house, member, plan, "flash-1")
    assert "flash-1" in await _offered(house, film)


async def test_blame_counts_from_who_was_sent_there_now_and_of_edges_that_are_there(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    for number in range(4):
        member, plan = await _watch(house, film, f"member-{number}@demo.example")
        old = Beacon("error", 0, house.clock.now() - seconds(90), pathway="flash-1")
        await house.playback.events(member.account.id, plan.session_id, [old])
        await _blame(house, member, plan, "nobody-1", "x" * 500)
        await house.steering.blame("flash-1", SessionId(house.ids.new()), member=f"stranger-{number}")
        await house.playback.end(member.account.id, plan.session_id, reason="stopped")
        await _blame(house, member, plan, "flash-1")
    assert "flash-1" in await _offered(house, film)


async def test_whoever_blames_all_the_world_has_lost_a_network_of_their_own(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    for number in range(4):
        who = await _watch(house, film, f"member-{number}@demo.example")
        await _blame(house, *who, "flash-1", "flash-2", "far-1", "origin-1")
    assert {"flash-1", "flash-2", "far-1", "origin-1"} == set(await _offered(house, film))


async def test_a_session_that_an_edge_failed_is_offered_others_first_though_nobody_else_blames_it(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    member, plan = await _watch(house, film, "ada@demo.example")
    first = (await house.playback.steering(member.account.id, plan.session_id))[0]
    await _blame(house, member, plan, first)
    after = await house.playback.steering(member.account.id, plan.session_id)
    assert after[0] != first
    assert first in after


async def test_a_client_that_had_slow_bytes_from_a_site_is_sent_elsewhere_and_stays_there(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    release, asker = ReleaseId(film.release_id), Asker("session-1", CLIENT, needs_kbps=1_000)
    await house.steering.rank(release, asker)
    for number, edge in enumerate(("flash-1", "flash-2"), 1):
        slow = SessionAccount("session-1", film.release_id, 3, 900, 0, Said(throughput_kbps=200))
        await house.steering.account(_account(edge, number, slow))
    assert (await house.steering.rank(release, asker))[0].pathway == "far-1"
    assert (await house.steering.rank(release, replace(asker, session="another")))[0].pathway != "far-1"
    fast = SessionAccount("session-1", film.release_id, 3, 900, 0, Said(throughput_kbps=9_000))
    for number in range(1, 8):
        await house.steering.account(_account("far-1", number, fast))
        await _later(house, film)
        there = replace(asker, current="far-1", throughput_kbps=9_000)
        assert (await house.steering.rank(release, there))[0].pathway == "far-1"


async def test_a_network_whose_sessions_had_slow_bytes_is_sent_elsewhere_from_the_start(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    release = ReleaseId(film.release_id)
    slow = [SessionAccount(f"session-{n}", film.release_id, 3, 900, 0, Said(throughput_kbps=200)) for n in range(3)]
    for one in slow:
        await house.steering.rank(release, Asker(one.session, CLIENT, needs_kbps=1_000))
    for edge in ("flash-1", "flash-2"):
        await house.steering.account(_account(edge, 1, *slow))
    neighbor = Asker("next door", "203.0.113.77", needs_kbps=1_000)
    assert (await house.steering.rank(release, neighbor))[0].pathway == "far-1"
    assert (await house.steering.rank(release, replace(neighbor, address="198.51.100.7")))[0].pathway != "far-1"


async def test_an_operator_sees_who_served_a_session_what_and_where_it_was_sent_and_why(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    _, plan = await _watch(house, film, "ada@demo.example")
    said = Said(throughput_kbps=8_000, bitrate_kbps=2_400, buffer_ms=900, starved=1)
    told = _account("flash-1", 1, SessionAccount(plan.session_id, film.release_id, 4, 4_000, 1, said))
    async with house.client() as edge:
        sent = {"authorization": f"Bearer {AGENT_TOKEN}"}
        body = {"appliance_id": "flash-1", "boot_id": "boot-1", "number": 1, "at": "2026-11-22T12:00:00Z"}
        assert (await edge.post(f"{EDGE}/agent/accounts", json=body)).status_code == 401
        for _ in range(3):  # an account is told until it is acknowledged
            await house.steering.account(told)
        assert (await edge.post(f"{EDGE}/agent/accounts", json=body, headers=sent)).json() == {"number": 1}
    more = SessionAccount(plan.session_id, film.release_id, 1, 1_000, 0)
    await house.steering.account(_account("flash-1", 2, more))
    await house.steering.account(_account("far-1", 1, more))
    operator = await house.add_member("operator@demo.example", operator=True)
    async with house.client(operator) as client:
        found = (await client.get(f"{EDGE}/sessions/{plan.session_id}")).json()["data"]
        assert (await client.get(f"{EDGE}/sessions/{house.ids.new()}")).status_code == 404
    near, far = found["edges"]
    assert (near["appliance_id"], near["requests"], near["bytes"], near["failed"]) == ("flash-1", 5, 5_000, 1)
    assert (near["throughput_kbps"], near["bitrate_kbps"], near["buffer_ms"], near["starved"]) == (8_000, 2_400, 900, 1)
    assert near["outcomes"] == {"hit": 5_000}
    assert (far["appliance_id"], far["outcomes"]) == ("far-1", {"other": 1_000})
    (offer,) = found["offers"]
    assert set(offer["pathways"][:2]) == {"flash-1", "flash-2"}
    assert (offer["place"], offer["outcome"], found["release_id"]) == ("lisbon", "hit", film.release_id)


async def test_bytes_are_summed_by_day_site_and_what_became_of_them_each_once(house: House) -> None:
    film = await house.add_film()
    await _fleet(house, film)
    _, plan = await _watch(house, film, "ada@demo.example")
    one = SessionAccount(plan.session_id, film.release_id, 4, 4_000, 0)
    for account in (
        _account("flash-1", 1, one),
        _account("flash-1", 1, one),
        _account("far-1", 1, replace(one, bytes=300)),
        _account("flash-1", 1, replace(one, bytes=50), boot="boot-2"),
        _account("origin-1", 1, replace(one, session="unheard of", bytes=7)),
    ):
        await house.steering.account(account)
    # Nobody at the site holds it any more: what comes from elsewhere is for want of content.
    for name in ("flash-1", "flash-2"):
        await house.steering.report(replace(make_report(name), reach="exchange", site="lisbon"))
    _, later = await _watch(house, film, "bob@demo.example")
    await house.steering.account(_account("far-1", 2, replace(one, session=later.session_id, bytes=900)))
    operator = await house.add_member("operator@demo.example", operator=True)
    async with house.client(operator) as client:
        days = {each["site"]: each for each in (await client.get(f"{EDGE}/misses")).json()["data"]["days"]}
        assert (await client.get(f"{EDGE}/misses", params={"days": 0})).status_code == 400
    assert {key: days["lisbon"][key] for key in ("hit", "content", "health", "other", "unknown")} == {
        "hit": 4_050,
        "content": 900,
        "health": 0,
        "other": 300,
        "unknown": 0,
    }
    assert days[""]["unknown"] == 7
    house.clock.advance(seconds(3 * 86_400))
    assert (await house.steering.misses(days=3)).days == ()
    assert len((await house.steering.misses(days=4)).days) == 2
    house.clock.advance(seconds(88 * 86_400))
    await house.steering.look_at_counts()
    assert (await house.steering.misses(days=365)).days == ()


async def test_members_may_not_look_and_an_edge_that_never_reported_is_not_believed(house: House) -> None:
    with pytest.raises(NotFound):
        await house.steering.account(_account("stranger-1", 1))
    async with house.client(await house.add_member()) as client:
        for path in ("misses", f"sessions/{house.ids.new()}"):
            assert (await client.get(f"{EDGE}/{path}")).status_code == 403
