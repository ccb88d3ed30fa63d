"""What operators see of what is watched: over HTTP, on real engines."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from matinee.control.steering import jobs
from matinee.kernel.quantities import days
from matinee.wire.accounts import Accounts, Streamed
from tests.builders import make_new_title, make_release, make_report
from tests.house import House, ready_event

_FILM = 10_000_000


async def _films(house: House, count: int) -> list[str]:
    made = []
    for _ in range(count):
        title_id = await house.catalog.create(make_new_title())
        release = replace(make_release(), title_id=title_id, release_id=house.ids.new())
        await house.announce(replace(ready_event(release), size_bytes=_FILM))
        await house.settle()
        made.append(release.release_id)
    return made


async def _stands(house: House, name: str, site: str, *holds: str) -> None:
    report = make_report(name, kind="flash", at=house.clock.now(), releases=holds)
    await house.steering.report(replace(report, site=site, capacity_bytes=100 * _FILM))


async def _streams(house: House, name: str, played: Mapping[str, float]) -> None:
    day = house.clock.now().date().isoformat()
    counts = tuple(Streamed(day, release_id, "hd", int(n * _FILM)) for release_id, n in played.items())
    await house.steering.account(Accounts(name, "b1", 1, house.clock.now(), counts))


async def _asked(house: House, query: str = "") -> Any:  # JSON's own shape has no narrower type
    operator = await house.add_member(f"{house.ids.new()}@example.org", operator=True)
    async with house.client(operator) as client:
        return (await client.get(f"/api/v1/edge/heat{query}")).json()


async def _watched(house: House) -> list[str]:
    films = await _films(house, 3)
    await _stands(house, "l-1", "lisbon", films[0], films[1])
    await _stands(house, "l-2", "lisbon", films[0])
    await _stands(house, "porto", "", films[1])
    await _streams(house, "l-1", {films[0]: 6.0, films[1]: 1.0})
    await _streams(house, "l-2", {films[0]: 2.0})
    await _streams(house, "porto", {films[1]: 4.0})
    return films


async def test_the_most_streamed_comes_first_with_who_holds_it_everywhere_and_by_site(house: House) -> None:
    films = await _watched(house)
    everywhere = (await _asked(house, "?days=2"))["data"]
    told = [
        (each["release_id"], each["bytes"], each["playings_a_day"], each["held"]) for each in everywhere["releases"]
    ]
    assert told == [
        (films[0], 8 * _FILM, 4.0, {"count": 2, "appliances": ["l-1", "l-2"]}),
        (films[1], 5 * _FILM, 2.5, {"count": 2, "appliances": ["l-1", "porto"]}),
        (films[2], 0, 0.0, {"count": 0, "appliances": []}),
    ]
    assert [(each["site"], each["bytes"]) for each in everywhere["sites"]] == [
        ("lisbon", 9 * _FILM),
        ("porto", 4 * _FILM),
    ]
    porto = (await _asked(house, "?site=porto"))["data"]["releases"][0]
    assert (porto["release_id"], porto["bytes"], porto["held"]["appliances"]) == (films[1], 4 * _FILM, ["porto"])


async def test_what_is_expected_is_told_once_a_night_has_passed(house: House) -> None:
    films = await _watched(house)
    assert (await _asked(house))["data"]["night"] == ""
    house.clock.at = (house.clock.now() + days(1)).replace(hour=2)
    await _stands(house, "l-1", "lisbon", films[0], films[1])
    await jobs.counts(house.steering)()
    heat = (await _asked(house))["data"]
    assert heat["night"] == "2026-11-21"
    forecasts = {each["release_id"]: each["forecast"] for each in heat["releases"]}
    assert forecasts[films[0]] > forecasts[films[1]] > forecasts[films[2]] > 0
    today = (await _asked(house, "?days=1"))["data"]["releases"]
    assert {each["bytes"] for each in today} == {0}, "that was yesterday"


@pytest.mark.parametrize(
    ("query", "status", "word"), [("?days=0", 400, "90"), ("?days=91", 400, "90"), ("?site=atlantis", 404, "site")]
)
async def test_what_cannot_be_answered_is_refused_with_what_can(
    house: House, query: str, status: int, word: str
) -> None:
    await _watched(house)
    answer = await _asked(house, query)
    assert answer["status"] == status
    assert word in answer["detail"]


async def test_heat_is_for_operators_alone(house: House) -> None:
    member = await house.add_member()
    async with house.client(member) as client:
        assert (await client.get("/api/v1/edge/heat")).status_code == 403
    async with house.client() as client:
        assert (await client.get("/api/v1/edge/heat")).status_code == 401
