"""Discovery through its api: a page for the profile, whatever else is broken."""

from collections.abc import Sequence

import pytest

from matinee.control.discovery.api import Preparing
from matinee.control.discovery.service import DiscoveryService
from matinee.control.viewing.api import Watched
from matinee.control.viewing.service import ViewingService
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import ProfileId, TitleId
from matinee.kernel.quantities import seconds
from tests.builders import make_new_title, make_viewer
from tests.house import House, Member, StudioWithWork


class BrokenViewing(ViewingService):
    async def continue_watching(self, profile_id: ProfileId, *, limit: int = 20) -> Sequence[Watched]:
        raise Unavailable("The rows are away.")


class BrokenStudio(StudioWithWork):
    async def preparing(self) -> Sequence[Preparing]:
        raise ConnectionError


async def _films(house: House, count: int = 3) -> list[TitleId]:
    made = []
    for _ in range(count):
        house.clock.advance(seconds(1))
        made.append(TitleId((await house.add_film()).title_id))
    return made


async def _watch(house: House, member: Member, title_id: TitleId) -> None:
    await house.viewing.record(member.profile.id, Watched(title_id, 30_000, 60_000, house.clock.now()))
    house.clock.advance(seconds(1))


async def test_home_shows_what_was_begun_what_is_listed_and_what_is_new(house: House) -> None:
    first, second, third = await _films(house)
    member = await house.add_member()
    await _watch(house, member, second)
    await house.members.list_title(member.profile.id, first)
    house.studio.films.append(Preparing("A film to come", "encoding", 0.4, 7, is_announced=True))
    home = await house.discovery.home(make_viewer(), member.profile.id)
    rows = {row.id: [p.title.id for p in row.items] for row in home.rows}
    assert rows == {
        "continue": [second],
        "my-list": [first],
        "new": [third, second, first],
        "genre-drama": [third, second, first],
    }
    assert home.billboard is not None
    assert home.billboard.title.id == third
    assert home.preparing == (Preparing("A film to come", "encoding", 0.4, 7, is_announced=True),)
    assert [p.progress for row in home.rows if row.id == "continue" for p in row.items] == [0.5]


async def test_what_is_not_announced_is_told_to_operators_alone_and_never_to_a_child(house: House) -> None:
    house.studio.films += [
        Preparing("Announced", "encode", 0.4, 7, is_announced=True),
        Preparing("Announced, harsh", "encode", 0.4, 18, is_announced=True),
        Preparing("Secret", "encode", 0.4, 7),
        Preparing("Secret, harsh", "encode", 0.4, 18),
    ]
    member, operator = await house.add_member(), await house.add_member("op@example.org", operator=True)
    child = await house.add_member("kid@example.org", kids=True, operator=True)

    async def names(who: Member) -> list[str]:
        async with house.client(who) as client:
            page = (await client.get("/api/v1/browse/home")).json()["data"]
        return [film["name"] for film in page["preparing"]]

    assert await names(member) == ["Announced", "Announced, harsh"]
    assert await names(operator) == ["Announced", "Announced, harsh", "Secret", "Secret, harsh"]
    assert await names(child) == ["Announced", "Secret"]


async def test_an_empty_house_has_an_empty_home(house: House) -> None:
    member = await house.add_member()
    home = await house.discovery.home(make_viewer(), member.profile.id)
    assert (home.billboard, home.rows, home.preparing) == (None, (), ())


async def test_home_answers_without_its_neighbors(house: House) -> None:
    films = await _films(house)
    member = await house.add_member()
    broken = DiscoveryService(
        house.catalog, house.pages, house.members, BrokenViewing(house.rows), BrokenStudio(), house.clock
    )
    home = await broken.home(make_viewer(), member.profile.id)
    assert [row.id for row in home.rows] == ["new", "genre-drama"]
    assert [p.title.id for p in home.rows[0].items] == films[::-1]


async def test_a_film_stands_once_in_the_row_of_a_genre_that_it_names_twice(house: House) -> None:
    for name in ("One", "Two"):
        await house.add_film(make_new_title(name, genres=("drama", "drama")))
    member = await house.add_member()
    home = await house.discovery.home(make_viewer(), member.profile.id)
    (row,) = (r for r in home.rows if r.id == "genre-drama")
    assert len(row.items) == 2


async def test_what_was_begun_long_ago_is_still_there_when_many_films_came_since(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matinee.control.discovery.service._TITLES_MAX", 2)
    oldest, *_ = await _films(house, 4)
    member = await house.add_member()
    await _watch(house, member, oldest)
    home = await house.discovery.home(make_viewer(), member.profile.id)
    rows = {row.id: [p.title.id for p in row.items] for row in home.rows}
    assert rows["continue"] == [oldest]
    assert len(rows["new"]) == 2


async def test_no_list_shows_a_child_what_is_not_for_it(house: House) -> None:
    mild = TitleId((await house.add_film(make_new_title("Mild", rating="G"))).title_id)
    harsh = TitleId((await house.add_film(make_new_title("Harsh", rating="R"))).title_id)
    member = await house.add_member(kids=True)
    child, profile = make_viewer(maturity=7), member.profile.id
    for title in (mild, harsh):
        await _watch(house, member, title)
        await house.members.list_title(profile, title)
    home = await house.discovery.home(child, profile)
    assert {p.title.id for row in home.rows for p in row.items} == {mild}
    assert [p.title.id for p in await house.discovery.continue_watching(child, profile)] == [mild]
    assert [p.title.id for p in await house.discovery.watchlist(child, profile)] == [mild]
    assert [p.title.id for p in await house.discovery.watchlist(make_viewer(), profile)] == [harsh, mild]


async def test_my_list_shows_how_far_each_title_was_watched(house: House) -> None:
    first, second = await _films(house, 2)
    member = await house.add_member()
    for title in (first, second):
        await house.members.list_title(member.profile.id, title)
        house.clock.advance(seconds(1))
    await _watch(house, member, first)
    listed = await house.discovery.watchlist(make_viewer(), member.profile.id)
    assert [(p.title.id, p.progress) for p in listed] == [(second, None), (first, 0.5)]
    broken = DiscoveryService(
        house.catalog, house.pages, house.members, BrokenViewing(house.rows), house.studio, house.clock
    )
    assert [p.progress for p in await broken.watchlist(make_viewer(), member.profile.id)] == [None, None]
