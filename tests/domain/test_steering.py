"""Steering through its api, on real engines: appliances report, are told what to hold, and are chosen from."""

from dataclasses import replace

import pytest

from matinee.kernel.errors import InvalidInput, MatineeError
from matinee.kernel.ids import ReleaseId
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import b64url
from matinee.wire.health import HealthReport, contents_digest
from matinee.wire.releases import FILL_TIER, Release
from matinee.wire.tickets import EdgeTicket, verify
from tests.builders import make_new_title, make_release, make_report
from tests.house import EDGE_RING, House, ready_event


async def _ready(house: House) -> Release:
    """A release the studio has finished and no edge holds."""
    title_id = await house.catalog.create(make_new_title())
    release = replace(make_release(), title_id=title_id, release_id=house.ids.new())
    await house.store_release(release)
    await house.report(appliance="origin-1", kind="origin")
    return release


async def test_an_appliance_is_ordered_to_hold_what_is_ready(house: House) -> None:
    release = await _ready(house)
    answer = await house.report()
    (order,) = answer.orders.orders
    assert (order.release_id, order.sources) == (release.release_id, ("http://origin-1.test",))
    ticket = verify(order.ticket, EdgeTicket, EDGE_RING.keys, now=house.clock.now())
    assert ticket.release == release.release_id
    assert FILL_TIER in ticket.tiers
    assert answer.keys == {"edge": b64url(EDGE_RING.keys["edge"])}


async def test_the_origin_is_told_to_fetch_nothing(house: House) -> None:
    await _ready(house)
    answer = await house.report(appliance="origin-1", kind="origin")
    assert answer.orders.orders == ()


async def test_the_first_edge_that_holds_a_release_places_it_and_that_is_said_once(house: House) -> None:
    release = await _ready(house)
    await house.report()
    assert await house.events("releases") == ["release.ready"]
    house.holds.append(release.release_id)
    for appliance in ("flash-1", "flash-2", "flash-1"):
        await house.report(appliance=appliance)
    assert await house.events("releases") == ["release.ready", "release.placed"]


async def test_an_address_that_could_hide_something_is_refused(house: House) -> None:
    for url in ("http://a.test/ https://evil.test", "javascript:alert(1)", "http://a.test;script-src *", "//a.test"):
        with pytest.raises(InvalidInput, match="where viewers could reach"):
            await house.steering.report(replace(make_report("flash-1"), url=url))
    assert await house.steering.appliances() == []


async def test_the_origin_alone_places_nothing(house: House) -> None:
    release = await _ready(house)
    await house.steering.report(make_report("origin-1", kind="origin", releases=[release.release_id]))
    assert await house.events("releases") == ["release.ready"]


async def test_a_repeated_event_orders_once(house: House) -> None:
    release = await _ready(house)
    await house.announce(ready_event(release))
    await house.settle()
    assert len((await house.report()).orders.orders) == 1


async def test_purging_orders_forgetting_and_ends_the_order_to_hold(house: House) -> None:
    release = await _ready(house)
    await house.steering.purge(ReleaseId(release.release_id), reason="rights ended")
    answer = await house.report()
    assert answer.orders.orders == ()
    (stone,) = answer.tombstones.stones
    assert (stone.release_id, stone.reason) == (release.release_id, "rights ended")
    assert (await house.report(tombstones=stone.sequence)).tombstones.stones == ()


async def test_tombstones_come_in_order_and_once_each(house: House) -> None:
    releases = [await _ready(house) for _ in range(3)]
    for release in (*releases, releases[0]):
        await house.steering.purge(ReleaseId(release.release_id), reason="moved")
    stones = (await house.report()).tombstones.stones
    assert [s.release_id for s in stones] == [r.release_id for r in releases]
    assert [s.sequence for s in stones] == sorted({s.sequence for s in stones})


async def test_a_purged_release_is_not_wanted_again_by_a_repeated_event(house: House) -> None:
    release = await _ready(house)
    await house.steering.purge(ReleaseId(release.release_id), reason="moved")
    await house.announce(ready_event(release))
    await house.settle()
    assert (await house.report()).orders.orders == ()


async def test_an_orders_number_is_never_given_twice(house: House) -> None:
    first = await _ready(house)
    (order,) = (await house.report()).orders.orders
    await house.steering.purge(ReleaseId(first.release_id), reason="moved")
    await _ready(house)
    (later,) = (await house.report()).orders.orders
    assert later.sequence > order.sequence


async def test_players_are_sent_to_edges_first_and_the_origin_last(house: House) -> None:
    film = await house.add_film()
    release = ReleaseId(film.release_id)
    assert [e.pathway for e in await house.steering.rank(release)] == ["flash-1", "origin-1"]
    unknown = ReleaseId(house.ids.new())
    assert [e.pathway for e in await house.steering.rank(unknown)] == ["origin-1"]


async def test_silence_takes_an_appliance_out_and_a_word_brings_it_back(house: House) -> None:
    film = await house.add_film()
    house.clock.advance(seconds(6))
    assert await house.steering.rank(ReleaseId(film.release_id)) == []
    assert [a.healthy for a in await house.steering.appliances()] == [False, False]
    await house.report()
    assert [e.pathway for e in await house.steering.rank(ReleaseId(film.release_id))] == ["flash-1"]


async def test_the_time_of_a_report_is_when_it_was_heard(house: House) -> None:
    lost_in_time = make_report(releases=(), at=house.clock.now().replace(year=1999))
    await house.steering.report(lost_in_time)
    (status,) = await house.steering.appliances()
    assert status.healthy
    assert status.last_seen_at == house.clock.now()


async def test_the_fleet_shows_where_an_appliance_is_now(house: House) -> None:
    await house.report()
    moved = replace(make_report(), url="http://elsewhere.test")
    await house.steering.report(moved)
    (status,) = await house.steering.appliances()
    assert status.url == "http://elsewhere.test"


def _holding(*releases: str, told: bool = True) -> HealthReport:
    report = make_report("flash-1", releases=releases if told else ())
    return replace(report, digest=contents_digest(releases), releases_told=told)


async def test_a_report_that_leaves_out_what_was_acknowledged_is_as_good_as_a_whole_one(house: House) -> None:
    release = await _ready(house)
    answer = await house.steering.report(_holding(release.release_id))
    assert answer.contents_known == contents_digest([release.release_id])
    answer = await house.steering.report(_holding(release.release_id, told=False))
    assert answer.contents_known == contents_digest([release.release_id])
    flash = next(each for each in await house.steering.appliances() if each.id == "flash-1")
    assert flash.releases == (release.release_id,)
    assert "flash-1" in [edge.pathway for edge in await house.steering.rank(ReleaseId(release.release_id))]


async def test_a_report_that_leaves_out_what_nobody_knows_is_asked_for_all(house: House) -> None:
    with pytest.raises(MatineeError, match="with all releases"):
        await house.steering.report(_holding("a", told=False))
    assert await house.steering.appliances() == []
    await house.steering.report(_holding("a"))
    with pytest.raises(MatineeError, match="with all releases"):
        await house.steering.report(_holding("a", "b", told=False))
    assert [each.releases for each in await house.steering.appliances()] == [("a",)]


async def test_a_report_whose_digest_is_not_of_what_it_names_is_refused_and_changes_nothing(house: House) -> None:
    await house.steering.report(_holding("a"))
    with pytest.raises(InvalidInput, match="its digest is not theirs"):
        await house.steering.report(replace(_holding("a"), releases=("a", "b")))
    assert [each.releases for each in await house.steering.appliances()] == [("a",)]


async def test_agents_that_know_no_digests_are_acknowledged_none(house: House) -> None:
    assert (await house.report()).contents_known == ""
