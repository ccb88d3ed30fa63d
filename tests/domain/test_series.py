"""Series through their apis: an episode is played as a film is, and seen as its series is."""

from dataclasses import replace

import pytest

from matinee.control.catalog.api import NewTitle, NotYetPlayable, TitleNotFound, Words
from matinee.control.viewing.api import Watched
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import ProfileId, TitleId
from matinee.kernel.quantities import hours, seconds
from tests.builders import make_new_title, make_viewer, make_window
from tests.house import House

VIEWER = make_viewer()


async def make_series(house: House, *, rating: str = "G", name: str = "Harbor Lights") -> TitleId:
    return await house.catalog.create(replace(make_new_title(name, rating=rating), type="series"))


def new_episode(series: TitleId, episode: int, *, season: int = 1, rating: str = "NR") -> NewTitle:
    return NewTitle(
        "episode",
        {"en": Words(f"Part {episode}", f"What happens in part {episode}.")},
        rating=rating,
        belongs_to=series,
        season=season,
        episode=episode,
    )


async def add_episode(house: House, series: TitleId, episode: int, *, season: int = 1, rating: str = "NR") -> TitleId:
    house.clock.advance(seconds(1))
    release = await house.add_film(new_episode(series, episode, season=season, rating=rating))
    return TitleId(release.title_id)


async def test_a_series_is_there_as_long_as_an_episode_is(house: House) -> None:
    series = await make_series(house)

    async def state() -> str:
        return (await house.catalog.desk_title(series)).title.state

    assert await state() == "preparing"
    with pytest.raises(NotYetPlayable):
        await house.catalog.publish(series)
    first, second = await add_episode(house, series, 1), await add_episode(house, series, 2)
    assert await state() == "available"
    await house.catalog.withdraw(first)
    assert await state() == "available"
    await house.catalog.withdraw(second)
    assert await state() == "preparing"
    await house.catalog.publish(second)
    assert await state() == "available"
    await house.catalog.remove(second)
    assert await state() == "preparing"


async def test_a_series_that_is_withdrawn_stays_so_when_an_episode_comes_and_takes_its_episodes_along(
    house: House,
) -> None:
    series = await make_series(house)
    first = await add_episode(house, series, 1)
    await house.catalog.withdraw(series)
    second = await add_episode(house, series, 2)
    seen = await house.catalog.visible(VIEWER, [series, first, second], at=house.clock.now())
    assert {verdict.reason for verdict in seen.values()} == {"withdrawn"}
    await house.catalog.publish(series)
    seen = await house.catalog.visible(VIEWER, [series, first, second], at=house.clock.now())
    assert all(verdict.visible for verdict in seen.values())


async def test_an_episode_is_in_no_row_and_found_by_no_search_and_its_series_is(house: House) -> None:
    series = await make_series(house)
    await add_episode(house, series, 1)
    page = await house.catalog.titles(VIEWER, at=house.clock.now())
    assert [title.id for title in page.titles] == [series]
    assert await house.catalog.search(VIEWER, "part", at=house.clock.now()) == []
    (found,) = await house.catalog.search(VIEWER, "harbor", at=house.clock.now())
    assert found.id == series


async def test_who_may_not_see_the_series_sees_no_episode_whatever_that_is_rated_itself(house: House) -> None:
    series = await make_series(house, rating="PG-13")
    mild, strong = await add_episode(house, series, 1, rating="G"), await add_episode(house, series, 2, rating="R")
    plain = await add_episode(house, series, 3)

    async def seen_by(age: int) -> list[bool]:
        viewer = make_viewer(maturity=age)
        found = await house.catalog.visible(viewer, [mild, strong, plain], at=house.clock.now())
        return [found[i].visible for i in (mild, strong, plain)]

    assert [await seen_by(age) for age in (7, 13, 18)] == [
        [False, False, False],
        [True, False, True],
        [True, True, True],
    ]


async def test_the_rights_of_a_series_hold_for_its_episodes_and_those_of_an_episode_as_well(house: House) -> None:
    series = await make_series(house)
    first, second = await add_episode(house, series, 1), await add_episode(house, series, 2)
    now = house.clock.now()
    await house.catalog.set_rights(series, [make_window(country="DE", end=now + hours(9))])
    await house.catalog.set_rights(second, [make_window(start=now + hours(1), end=now + hours(5))])
    seen = await house.catalog.visible(VIEWER, [first, second], at=now)
    assert (seen[first].visible, seen[second].reason, seen[second].available_from) == (True, "window", now + hours(1))
    abroad = await house.catalog.visible(make_viewer(country="FR"), [first, second], at=now + hours(2))
    assert {verdict.reason for verdict in abroad.values()} == {"territory"}
    later = now + hours(2)
    assert [(await house.catalog.playable(VIEWER, i, at=later)).until for i in (first, second)] == [
        now + hours(9),
        now + hours(5),
    ]


async def test_an_episode_needs_a_series_and_its_place_in_it(house: House) -> None:
    film = TitleId((await house.add_film()).title_id)
    series = await make_series(house)
    with pytest.raises(InvalidInput, match="series"):
        await house.catalog.create(new_episode(film, 1))
    with pytest.raises(InvalidInput, match="season"):
        await house.catalog.create(replace(new_episode(series, 1), season=None))


async def test_a_new_master_of_an_episode_leaves_it_an_episode(house: House) -> None:
    series = await make_series(house)
    first = await add_episode(house, series, 1)
    await house.catalog.describe(first, make_new_title("Renamed"))
    title = (await house.catalog.desk_title(first)).title
    assert (title.type, title.season, title.episode, title.in_language("en").name) == ("episode", 1, 1, "Renamed")


async def test_the_page_of_a_series_has_its_seasons_and_play_takes_both_ids(house: House) -> None:
    series = await make_series(house)
    third = await add_episode(house, series, 1, season=2)
    second, first = await add_episode(house, series, 2), await add_episode(house, series, 1)
    member = await house.add_member()
    async with house.client(member) as client:
        body = (await client.get(f"/api/v1/titles/{series}/metadata")).json()["data"]
        assert [
            (s["season_num"], [(e["num"], e["id"], e["title"]) for e in s["episodes"]]) for s in body["seasons"]
        ] == [
            (1, [(1, first, "Part 1"), (2, second, "Part 2")]),
            (2, [(1, third, "Part 1")]),
        ]
        assert (body["type"], body["seasons"][0]["episodes"][0]["duration_secs"]) == ("series", 60)
        assert (await client.get(f"/api/v1/titles/{first}/metadata")).status_code == 404

        async def played(**ids: str) -> tuple[int, str]:
            answer = await client.post("/api/v1/play", json={**ids, "on_limit": "end_oldest"})
            return answer.status_code, answer.json().get("data", {}).get("title", {}).get("id", "")

        assert await played(title_id=series, episode_id=second) == (200, second)
        assert await played(title_id=second) == (200, second)
        assert await played(title_id=series) == (200, first)
        film = (await house.add_film()).title_id
        assert (await played(title_id=film, episode_id=second))[0] == 404
        assert (await played(title_id=series, episode_id=film))[0] == 404


async def test_an_episode_that_was_begun_brings_its_series_into_the_row_and_its_mark_to_the_page(house: House) -> None:
    series = await make_series(house)
    first, second = await add_episode(house, series, 1), await add_episode(house, series, 2)
    member = await house.add_member()
    profile = ProfileId(member.profile.id)
    for part, position in ((first, 30_000), (second, 15_000)):
        house.clock.advance(seconds(10))
        await house.viewing.record(profile, Watched(part, position, 60_000, house.clock.now()))
    (placed,) = await house.discovery.continue_watching(VIEWER, profile)
    assert (placed.title.id, placed.progress) == (series, 0.25)
    async with house.client(member) as client:
        found = (await client.get(f"/api/v1/titles/{series}/progress")).json()["data"]
        assert [(each["id"], each["progress"]) for each in found] == [(second, 0.25), (first, 0.5)]
        assert (await client.get(f"/api/v1/titles/{second}/progress")).status_code == 200
    await house.catalog.withdraw(series)
    assert await house.discovery.continue_watching(VIEWER, profile) == []
    with pytest.raises(TitleNotFound):
        await house.discovery.episodes(VIEWER, profile, series)
