"""Films are there before their hour and play from it on; and only where somebody may see them. On real engines."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from matinee.control.catalog.api import Window
from matinee.control.steering.api import AgentAnswer
from matinee.control.steering.service import SteeringService
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.quantities import Instant, days, hours, minutes, seconds
from matinee.wire.encoding import to_plain
from matinee.wire.releases import Release
from tests.builders import make_device, make_new_title, make_release, make_report, release_json
from tests.house import EDGE_RING, House, ready_event

_MB = 1_000_000
_FILM = 10 * _MB


async def _film(house: House, *windows: Window) -> Release:
    title_id = await house.catalog.create(make_new_title())
    if windows:
        await house.catalog.set_rights(title_id, windows)
    release = replace(make_release(), title_id=title_id, release_id=house.ids.new())
    await house.blobs.put(f"releases/{release.release_id}/release.json", release_json(release))
    await house.announce(replace(ready_event(release), size_bytes=_FILM))
    await house.settle()
    return release


async def _says(
    house: House,
    name: str = "a",
    *,
    holds: Sequence[str] = (),
    countries: tuple[str, ...] = (),
    room: int = 100 * _FILM,
    site: str = "berlin",
) -> AgentAnswer:
    await house.report(appliance="origin-1", kind="origin")
    report = make_report(name, kind="flash", at=house.clock.now(), releases=holds)
    return await house.steering.report(replace(report, site=site, capacity_bytes=room, countries=countries))


def _held(answer: AgentAnswer) -> set[str]:
    return {order.release_id for order in answer.orders.orders}


async def _later(house: House, at: Instant, **said: object) -> set[str]:
    """What it is to hold by then. Rights are asked about beside a report, and count for the one after it."""
    house.clock.at = at
    await _says(house, **said)  # type: ignore[arg-type]  # the parameters of `_says`, named as there
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "rights"))
    return _held(await _says(house, **said))  # type: ignore[arg-type]  # as above


async def _first_edge(house: House, film: Release) -> str:
    (first, *_) = await house.steering.rank(ReleaseId(film.release_id))
    return first.pathway


async def test_a_premiere_is_there_before_its_hour_is_refused_until_then_and_plays_without_a_fill(house: House) -> None:
    member = await house.add_member()
    opens = house.clock.now() + days(10)
    film = await _film(house, Window("DE", start=opens))
    assert await _later(house, opens - days(4)) == set(), "nobody may see it for days"
    assert await _later(house, opens - days(3) + minutes(2)) == {film.release_id}
    holds = [film.release_id]
    await _says(house, holds=holds)
    await house.settle()
    assert await _first_edge(house, film) == "a"
    body = {"title_id": film.title_id, "device": to_plain(make_device())}
    async with house.client(member) as client:
        for at, status in ((opens - days(1), 404), (opens - seconds(1), 404), (opens, 200)):
            await _later(house, at, holds=holds)
            played = await client.post("/api/v1/play", json=body)
            assert played.status_code == status, played.text
        manifest = await client.get(played.json()["data"]["manifests"]["dash"])
    assert "http://a.test" in manifest.text
    (order,) = (await _says(house, holds=holds)).orders.orders
    assert order.release_id == film.release_id, "what it has had for days"
    assert await _first_edge(house, film) == "a"


async def test_a_premiere_displaces_what_is_there_and_stays_for_two_days(house: House) -> None:
    opens = house.clock.now() + days(5)
    others = [(await _film(house)).release_id for _ in range(4)]
    film = await _film(house, Window(start=opens))
    room = 2 * _FILM
    first = await _later(house, house.clock.now(), room=room)
    assert len(first & set(others)) == 2
    before = await _later(house, opens - days(2), room=room, holds=sorted(first))
    assert film.release_id in before
    holds = sorted(before)
    assert film.release_id in await _later(house, opens + days(1), room=room, holds=holds)


async def test_only_what_may_be_seen_in_its_countries_is_planned_for_a_site(house: House) -> None:
    here, there = await _film(house, Window("DE")), await _film(house, Window("US"))
    everywhere, soon = await _film(house), await _film(house, Window("DE", start=house.clock.now() + days(2)))
    over = await _film(house, Window("DE", end=house.clock.now() - hours(1)))
    ids = {each.release_id for each in (here, everywhere, soon)}
    assert _held(await _says(house, "de", site="berlin", countries=("DE",))) == ids
    us = _held(await _says(house, "us", site="boston", countries=("US", "CA")))
    assert us == {there.release_id, everywhere.release_id}
    both = _held(await _says(house, "both", site="between", countries=("US", "DE")))
    assert both == ids | {there.release_id}
    anybody = _held(await _says(house, "any", site="exchange"))
    assert anybody == ids | {there.release_id}
    assert over.release_id not in anybody


async def test_when_rights_change_plans_follow_within_a_minute(house: House) -> None:
    film = await _film(house)
    assert _held(await _says(house, countries=("DE",))) == {film.release_id}
    await house.catalog.set_rights(TitleId(film.title_id), [Window("US")])
    assert await _later(house, house.clock.now() + seconds(61), countries=("DE",)) == set()
    await house.catalog.set_rights(TitleId(film.title_id), [])
    assert await _later(house, house.clock.now() + seconds(61), countries=("DE",)) == {film.release_id}


async def test_an_appliance_gives_up_at_its_own_midnight_what_ends_with_a_local_day(house: House) -> None:
    film = await _film(house, Window(end_on=date(2026, 11, 25)))
    berlin, tokyo = datetime(2026, 11, 24, 23, tzinfo=UTC), datetime(2026, 11, 24, 15, tzinfo=UTC)
    for country, midnight in (("JP", tokyo), ("DE", berlin)):
        assert await _later(house, midnight - minutes(3), countries=(country,)) == {film.release_id}
        assert await _later(house, midnight + minutes(1), countries=(country,)) == set()


async def test_while_catalog_does_not_answer_plans_stay_as_they_are(house: House) -> None:
    film = await _film(house, Window("US"))

    class Away:
        async def openings(self, *_of: object, **_at: object) -> None:
            raise Unavailable("catalog is away")

    assert _held(await _says(house, countries=("DE",))) == set()
    other = SteeringService(house.database, house.cache, house.clock, EDGE_RING, catalog=Away())  # type: ignore[arg-type]  # the one call it gets
    report = replace(
        make_report("a", kind="flash", at=house.clock.now()), site="berlin", capacity_bytes=7 * _FILM, countries=("DE",)
    )
    assert _held(await other.report(report)) == set()
    assert _held(await other.report(replace(report, appliance_id="new", site="paris"))) == set(), (
        "not even a first plan"
    )
    assert film.release_id not in _held(await other.report(report))


async def test_countries_that_are_none_are_refused(house: House) -> None:
    for countries in (("de",), ("Germany",), ("",), ("DE",) * 301):
        with pytest.raises(InvalidInput, match="two capital letters"):
            await _says(house, countries=countries)
