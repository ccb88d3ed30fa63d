"""Purge through steering's doors: ordered, kept with who and why, pushed, acknowledged; and who does not acknowledge is fenced."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from matinee.control.steering.api import Asker, PurgeOrder, ReleasePurged
from matinee.control.steering.service import SteeringService
from matinee.kernel.errors import NotFound
from matinee.kernel.ids import ApplianceId, ReleaseId, TitleId
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import to_json
from matinee.wire.purge import TombstonesAsked, is_signed_by
from matinee.wire.releases import Release
from tests.builders import make_new_title, make_report
from tests.house import AGENT_TOKEN, EDGE_RING, PURGE_KEY, House

API = "/api/v1"
FILE = "hd/v1/12.m4s"


async def films(house: House, releases: int = 1) -> list[Release]:
    """Of one title, each held by `flash-1`."""
    first = await house.add_film()
    more = [replace(first, release_id=house.ids.new()) for _ in range(releases - 1)]
    for release in more:
        await another(house, release)
    return [first, *more]


async def another(house: House, release: Release) -> None:
    await house.store_release(release)
    await house.place(release)


async def desk(house: House) -> httpx.AsyncClient:
    return house.client(await house.add_member("op@example.org", operator=True))


def agent(house: House) -> httpx.AsyncClient:
    client = house.client()
    client.headers["authorization"] = f"Bearer {AGENT_TOKEN}"
    client.headers["content-type"] = "application/json"
    return client


async def pathways(house: House, release: Release) -> list[str]:
    return [edge.pathway for edge in await house.steering.rank(ReleaseId(release.release_id))]


async def test_a_title_is_purged_with_all_its_releases_and_nobody_is_sent_to_them(house: House) -> None:
    mine = await films(house, 2)
    other = await house.add_film()
    async with await desk(house) as client:
        body = {"title_id": mine[0].title_id, "reason": "rights ended"}
        answer = (await client.post(f"{API}/edge/purge", json=body)).json()["data"]
    assert len(answer["tombstones"]) == len({*answer["tombstones"]}) == 2
    assert answer["number"] == min(answer["tombstones"])
    for release in mine:
        with pytest.raises(ReleasePurged):
            await house.steering.rank(ReleaseId(release.release_id))
    assert await pathways(house, other) == ["flash-1", "origin-1"]
    stones = (await house.report()).tombstones.stones
    assert {stone.release_id for stone in stones} == {release.release_id for release in mine}
    assert all(is_signed_by(stone, PURGE_KEY.public) for stone in stones)
    assert [stone.after for stone in stones] == [0, stones[0].sequence]


async def test_the_trailers_of_a_title_go_with_it(house: House) -> None:
    (film,) = await films(house)
    trailer = replace(make_new_title("Trailer"), type="trailer", belongs_to=TitleId(film.title_id))
    shown = await house.add_film(trailer)
    await house.steering.order_purge(PurgeOrder("rights ended", "op", TitleId(film.title_id)))
    for release in (film, shown):
        with pytest.raises(ReleasePurged):
            await house.steering.rank(ReleaseId(release.release_id))


async def test_a_release_of_that_title_that_comes_later_is_served(house: House) -> None:
    (old,) = await films(house)
    await house.steering.order_purge(PurgeOrder("wrong cut", "op", TitleId(old.title_id)))
    new = replace(old, release_id=house.ids.new())
    await another(house, new)
    await house.report(tombstones=1)
    assert "flash-1" in await pathways(house, new)


async def test_who_ordered_what_when_and_why_is_kept_for_the_service_s_own_purges_too(house: House) -> None:
    first, second = await films(house, 2)
    operator = await house.add_member("op@example.org", operator=True)
    async with house.client(operator) as client:
        body = {"release_id": first.release_id, "reason": "wrong cut"}
        assert (await client.post(f"{API}/edge/purge", json=body)).status_code == 201
        await house.steering.purge(ReleaseId(second.release_id), reason="Its title was deleted.")
        listed = (await client.get(f"{API}/edge/purges")).json()["data"]
        page = (await client.get(f"{API}/edge/purges?limit=1")).json()["data"]
        rest = (await client.get(f"{API}/edge/purges?limit=1&cursor={page['next_cursor']}")).json()["data"]
    own, ordered = listed["purges"]
    assert (ordered["by"], ordered["reason"], ordered["release_id"]) == (
        operator.account.id,
        "wrong cut",
        first.release_id,
    )
    assert (own["by"], own["reason"]) == ("", "Its title was deleted.")
    assert [page["purges"], rest["purges"]] == [[own], [ordered]]


async def test_purging_twice_is_one_purge_and_the_first_reason_stays(house: House) -> None:
    (film,) = await films(house)
    order = PurgeOrder("wrong cut", "op", release_id=ReleaseId(film.release_id))
    first = await house.steering.order_purge(order)
    again = await house.steering.order_purge(replace(order, reason="once more", by="another"))
    assert (again.number, again.reason, again.by) == (first.number, "wrong cut", "op")
    with pytest.raises(NotFound):
        await house.steering.order_purge(PurgeOrder("again", "op", TitleId(film.title_id)))


async def test_it_is_seen_who_has_acknowledged_and_who_has_not(house: House) -> None:
    (film,) = await films(house)
    await house.report(appliance="flash-2")
    purge = await house.steering.order_purge(PurgeOrder("x", "op", release_id=ReleaseId(film.release_id)))
    assert (purge.acknowledged, purge.waiting, purge.fenced) == (0, 3, 0)
    await house.report(tombstones=purge.number)
    found = await house.steering.purge_status(purge.number)
    states = {each.appliance_id: each.state for each in found.appliances}
    assert states == {"flash-1": "acknowledged", "flash-2": "waiting", "origin-1": "waiting"}


async def test_who_has_not_acknowledged_in_half_a_minute_is_offered_to_nobody_until_it_has(house: House) -> None:
    gone, stays = (await films(house))[0], await house.add_film()
    purge = await house.steering.order_purge(PurgeOrder("x", "op", release_id=ReleaseId(gone.release_id)))
    house.clock.advance(seconds(29))
    await house.edges_report()
    assert await pathways(house, stays) == ["flash-1", "origin-1"]
    house.clock.advance(seconds(2))
    await house.report(appliance="origin-1", kind="origin", tombstones=purge.number)
    await house.report()
    assert await pathways(house, stays) == ["origin-1"]
    said = await house.steering.explain(TitleId(stays.title_id), Asker())
    assert [(o.pathway, o.reason) for o in said.passed_over] == [
        ("flash-1", f"It is fenced: purge {purge.number} is not acknowledged.")
    ]
    by_name = {str(each.id): each for each in await house.steering.appliances()}
    assert (by_name["flash-1"].healthy, by_name["origin-1"].healthy) == (False, True)
    assert "not acknowledged" in by_name["flash-1"].fenced
    assert (await house.steering.purge_status(purge.number)).fenced == 1
    await house.report(tombstones=purge.number)
    assert await pathways(house, stays) == ["flash-1", "origin-1"]


async def test_an_appliance_that_was_away_is_fenced_until_it_has_caught_up(house: House) -> None:
    gone, stays = (await films(house))[0], await house.add_film()
    await house.steering.purge(ReleaseId(gone.release_id), reason="x")
    house.clock.advance(seconds(3600))
    await house.report(appliance="origin-1", kind="origin", tombstones=1)
    await house.report()
    assert await pathways(house, stays) == ["origin-1"]
    await house.report(tombstones=1)
    assert await pathways(house, stays) == ["flash-1", "origin-1"]


async def test_while_bad_copies_of_a_file_are_fetched_anew_nobody_is_sent_to_them(house: House) -> None:
    film, other = (await films(house))[0], await house.add_film()
    purge = await house.steering.order_purge(
        PurgeOrder("bad block", "op", release_id=ReleaseId(film.release_id), path=FILE, refetch=True)
    )
    assert await pathways(house, film) == ["origin-1"]
    assert await pathways(house, other) == ["flash-1", "origin-1"]
    await house.report(tombstones=purge.number)
    assert await pathways(house, film) == ["flash-1", "origin-1"]


async def test_of_one_bad_copy_only_its_appliance_is_passed_over(house: House) -> None:
    (film,) = await films(house)
    await house.report(appliance="flash-2")
    order = PurgeOrder("bad block", "op", release_id=ReleaseId(film.release_id), path=FILE, refetch=True)
    with pytest.raises(NotFound, match="No appliance"):
        await house.steering.order_purge(replace(order, appliance_id=ApplianceId("flash-9")))
    await house.steering.order_purge(replace(order, appliance_id=ApplianceId("flash-1")))
    assert await pathways(house, film) == ["flash-2", "origin-1"]


async def test_a_file_purged_for_good_leaves_its_release_where_it_is(house: House) -> None:
    (film,) = await films(house)
    purge = await house.steering.order_purge(
        PurgeOrder("offends", "op", release_id=ReleaseId(film.release_id), path=FILE)
    )
    assert await pathways(house, film) == ["flash-1", "origin-1"]
    (stone,) = (await house.report()).tombstones.stones
    assert (stone.sequence, stone.path, stone.refetch) == (purge.number, FILE, False)
    assert len((await house.report()).orders.orders) == 1


async def test_a_question_held_open_is_answered_when_there_is_something_to_purge(house: House) -> None:
    (film,) = await films(house)
    asked = asyncio.ensure_future(house.steering.tombstones(TombstonesAsked("flash-1", 0)))
    await asyncio.sleep(0)
    await house.steering.order_purge(PurgeOrder("x", "op", release_id=ReleaseId(film.release_id)))
    async with asyncio.timeout(5):
        news = await asked
    assert [stone.release_id for stone in news.tombstones.stones] == [film.release_id]
    assert news.purge_key == PURGE_KEY.public


async def test_asking_for_what_comes_after_a_number_acknowledges_it(house: House) -> None:
    (film,) = await films(house)
    purge = await house.steering.order_purge(PurgeOrder("x", "op", release_id=ReleaseId(film.release_id)))
    house.clock.advance(seconds(0.01))
    waiting = asyncio.ensure_future(house.steering.tombstones(TombstonesAsked("flash-1", purge.number)))
    async with asyncio.timeout(5):
        while (await house.steering.purge_status(purge.number)).acknowledged == 0:
            await asyncio.sleep(0)
    waiting.cancel()


async def test_another_instance_s_purge_is_heard_of_with_the_next_reports(house: House) -> None:
    (film,) = await films(house)
    elsewhere = SteeringService(house.database, house.cache, house.clock, EDGE_RING, purge_key=PURGE_KEY)
    waiting = asyncio.ensure_future(elsewhere.tombstones(TombstonesAsked("flash-1", 0)))
    await asyncio.sleep(0)
    await house.steering.purge(ReleaseId(film.release_id), reason="x")
    house.clock.advance(seconds(0.6))
    await elsewhere.report(make_report("flash-2"))
    async with asyncio.timeout(5):
        assert len((await waiting).tombstones.stones) == 1
    with pytest.raises(ReleasePurged):
        await elsewhere.rank(ReleaseId(film.release_id))


async def test_who_finds_no_place_to_wait_is_told_when_to_ask_again(house: House) -> None:
    await films(house)
    news = await house.steering.tombstones(TombstonesAsked("flash-1", 0), places=0)
    assert news.tombstones.stones == ()
    assert news.again_after_s > 0


async def test_a_stranger_cannot_wait_and_only_operators_purge(house: House) -> None:
    (film,) = await films(house)
    member = await house.add_member()
    body = {"release_id": film.release_id, "reason": "x"}
    async with house.client(member) as viewer, house.client() as anyone, agent(house) as edge:
        assert (await viewer.post(f"{API}/edge/purge", json=body)).status_code == 403
        assert (await anyone.post(f"{API}/edge/purge", json=body)).status_code == 401
        assert (await viewer.get(f"{API}/edge/purges")).status_code == 403
        question = to_json(TombstonesAsked("flash-1", 0))
        refused = await anyone.post(f"{API}/edge/agent/tombstones", content=question)
        assert refused.status_code == 401
        unknown = await edge.post(f"{API}/edge/agent/tombstones", content=to_json(TombstonesAsked("never-seen", 0)))
        assert unknown.status_code == 404
    assert await pathways(house, film) == ["flash-1", "origin-1"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": "x"}, 400),
        ({"reason": "", "release_id": "{release}"}, 400),
        ({"reason": "x", "release_id": "{release}", "path": "../../etc/passwd"}, 400),
        ({"reason": "x", "release_id": "{release}", "path": "release.json"}, 400),
        ({"reason": "x", "release_id": "../../etc"}, 400),
        ({"reason": "x", "title_id": "01a1fcc8-d294-7b94-9f37-1e199d59939e"}, 404),
        ({"reason": "x", "release_id": "01a1fcc8-d294-7b94-9f37-1e199d59939e"}, 404),
        ({"reason": "x", "release_id": "01a1fcc8-d294-7b94-9f37-1e199d59939e", "path": FILE}, 404),
        ({"release_id": "{release}"}, 400),
    ],
)
async def test_an_order_that_names_nothing_changes_nothing(house: House, body: dict[str, Any], status: int) -> None:
    (film,) = await films(house)
    sent = {name: text.replace("{release}", film.release_id) for name, text in body.items()}
    async with await desk(house) as client:
        assert (await client.post(f"{API}/edge/purge", json=sent)).status_code == status
        assert (await client.get(f"{API}/edge/purges")).json()["data"]["purges"] == []
        assert (await client.get(f"{API}/edge/purges/17")).status_code == 404
        assert (await client.get(f"{API}/edge/purges?limit=0")).status_code == 400
        assert (await client.get(f"{API}/edge/purges?cursor=x")).status_code == 400
    assert await pathways(house, film) == ["flash-1", "origin-1"]
