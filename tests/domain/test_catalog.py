"""Catalog through its api, on real engines: releases become current, viewers see what they may."""

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from matinee.control.catalog.api import (
    Artwork,
    NewTitle,
    NothingToRollBack,
    NotYetPlayable,
    Playable,
    Title,
    TitleNotFound,
    Viewer,
    Words,
)
from matinee.control.catalog.service import CatalogService
from matinee.engines.database.port import Work
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.quantities import days, hours, seconds
from matinee.wire.events import ReleasePlaced, ReleaseRemoved, seal
from matinee.wire.releases import Marker, Release
from tests.builders import make_new_title, make_release, make_viewer, make_window
from tests.house import House, ready_event

VIEWER = make_viewer()


async def _versions(house: House, count: int, *, placed: bool = True) -> list[Release]:
    """Several releases of one title, oldest first."""
    title_id = await house.catalog.create(make_new_title())
    made = []
    for _ in range(count):
        house.clock.advance(seconds(1))
        intro = (Marker("intro", 1_000, 3_000),)
        release = replace(make_release(), title_id=title_id, release_id=house.ids.new(), markers=intro)
        await house.store_release(release)
        if placed:
            await house.place(release)
        made.append(release)
    return made


async def _current(house: House, title_id: str) -> str | None:
    found = await house.catalog.desk()
    return next(d.title.current_release for d in found if d.title.id == title_id)


async def test_the_same_external_id_finds_the_same_title_again(house: House) -> None:
    new = make_new_title(external_id="reel-7")
    ids = await asyncio.gather(*(house.catalog.create(new) for _ in range(10)))
    assert len(set(ids)) == 1
    assert await house.catalog.create(make_new_title(external_id="reel-8")) != ids[0]


async def test_a_known_title_is_called_what_is_said_of_it_last(house: House) -> None:
    before = make_new_title("Paper Harbor", external_id="reel-7")
    title_id = TitleId((await house.add_film(before)).title_id)
    after = replace(
        make_new_title(rating="R", genres=("noir", "noir"), external_id="reel-7"),
        words={"fr": Words("Port de papier", "Une lampe."), "en": Words("Harbor of Paper", "A lamp.")},
        year=2031,
        cast=("Ben Example",),
    )
    assert await house.catalog.create(after) == title_id
    await house.settle()
    title = await house.catalog.title(VIEWER, title_id, at=house.clock.now())
    assert title.in_language("en") == Words("Harbor of Paper", "A lamp.")
    assert (title.original_language, title.year, title.cast) == ("fr", 2031, ("Ben Example",))
    assert (title.rating, title.maturity, title.genres, title.state) == ("R", 17, ("noir",), "available")
    found = await house.catalog.search(VIEWER, "papier", at=house.clock.now())
    assert [t.id for t in found] == [title_id]
    with pytest.raises(TitleNotFound):
        await house.catalog.title(make_viewer(maturity=7), title_id, at=house.clock.now())


async def test_a_title_is_described_anew_by_its_id_and_found_by_its_makers_name_as_before(house: House) -> None:
    title_id = await house.catalog.create(make_new_title(external_id="reel-7"))
    await house.catalog.describe(title_id, make_new_title("Harbor of Paper", rating="R", genres=("noir", "noir")))
    found = (await house.catalog.desk_title(title_id)).title
    assert (found.in_language("").name, found.rating, found.genres) == ("Harbor of Paper", "R", ("noir",))
    assert await house.catalog.create(make_new_title(external_id="reel-7")) == title_id
    with pytest.raises(InvalidInput):
        await house.catalog.describe(title_id, make_new_title(words={"en": Words("  ")}))
    with pytest.raises(TitleNotFound):
        await house.catalog.describe(TitleId("nobody"), make_new_title())


async def test_saying_the_same_of_a_title_again_is_no_news(house: House) -> None:
    new = make_new_title(external_id="reel-7")
    await house.catalog.create(new)
    told = await house.events("titles")
    await house.catalog.create(new)
    assert await house.events("titles") == told == ["title.changed"]


async def test_a_title_without_a_name_is_refused(house: House) -> None:
    with pytest.raises(InvalidInput):
        await house.catalog.create(make_new_title(words={"en": Words("  ")}))


async def test_a_release_becomes_current_when_an_edge_holds_it(house: House) -> None:
    (release,) = await _versions(house, 1, placed=False)
    with pytest.raises(TitleNotFound):
        await house.catalog.title(VIEWER, TitleId(release.title_id), at=house.clock.now())
    await house.place(release)
    title = await house.catalog.title(VIEWER, TitleId(release.title_id), at=house.clock.now())
    assert title.current_release == release.release_id
    assert title.duration_ms == release.duration_ms
    assert await house.catalog.playable(VIEWER, title.id, at=house.clock.now()) == Playable(title, release)
    assert await house.events("titles") == ["title.changed", "release.published"]


async def test_markers_that_were_found_show_where_the_maker_wrote_none_of_their_kind(house: House) -> None:
    (release,) = await _versions(house, 1)
    title_id = TitleId(release.title_id)
    kinds = {marker.kind for marker in release.markers}
    assert "intro" in kinds
    assert "recap" not in kinds
    recap, intro = Marker("recap", 0, 20_000), Marker("intro", 30_000, 50_000)

    async def shown() -> tuple[Marker, ...]:
        found = await house.catalog.playable(VIEWER, title_id, at=house.clock.now())
        return found.release.markers

    await house.catalog.note_markers(title_id, release.source_sha256, [recap, intro])
    assert recap in await shown()
    assert intro not in await shown()
    await house.catalog.note_markers(title_id, "another master", [recap])
    assert await shown() == release.markers
    with pytest.raises(TitleNotFound):
        await house.catalog.note_markers(TitleId(house.ids.new()), release.source_sha256, [recap])


async def test_repeated_events_change_nothing(house: House) -> None:
    (release,) = await _versions(house, 1)
    before = await house.catalog.desk()
    told = await house.events("titles")
    await house.announce(ready_event(release))
    await house.announce(ReleasePlaced(release.title_id, release.release_id))
    await house.settle()
    assert await house.catalog.desk() == before
    assert await house.events("titles") == told


async def test_an_older_release_placed_later_does_not_become_current(house: House) -> None:
    older, newer = await _versions(house, 2, placed=False)
    await house.place(newer)
    await house.place(older)
    assert await _current(house, newer.title_id) == newer.release_id


async def test_an_operator_can_roll_back_and_publish_again(house: House) -> None:
    older, newer = await _versions(house, 2)
    title_id = TitleId(newer.title_id)
    assert await house.catalog.roll_back(title_id) == older.release_id
    assert await _current(house, title_id) == older.release_id
    with pytest.raises(NothingToRollBack):
        await house.catalog.roll_back(title_id)
    await house.catalog.publish(title_id, ReleaseId(newer.release_id))
    assert await _current(house, title_id) == newer.release_id
    house.clock.advance(seconds(1))
    await house.catalog.hand_in(title_id, "the older master", [ReleaseId(older.release_id)])
    assert await _current(house, title_id) == older.release_id
    with pytest.raises(TitleNotFound):
        await house.catalog.hand_in(TitleId(house.ids.new()), "a master", [])


async def test_the_pictures_are_those_of_the_release_that_is_watched(house: House) -> None:
    oldest, older, newer = await _versions(house, 3)
    title_id, at = TitleId(newer.title_id), house.clock.now()

    async def shown() -> list[str]:
        return [picture.key for picture in (await house.catalog.title(VIEWER, title_id, at=at)).artwork]

    first = [Artwork("poster", "artwork/poster-one.jpg"), Artwork("still", "artwork/still.jpg")]
    await house.catalog.add_artwork(title_id, ReleaseId(oldest.release_id), first)
    await house.catalog.add_artwork(title_id, ReleaseId(newer.release_id), first[:1])
    newest = [Artwork("poster", "artwork/poster-two.jpg")]
    await house.catalog.add_artwork(title_id, ReleaseId(newer.release_id), newest)
    await house.catalog.add_artwork(title_id, ReleaseId(house.ids.new()), first[:1])  # it is not even ready
    assert await shown() == ["artwork/poster-two.jpg"]
    await house.catalog.roll_back(title_id)
    assert await _current(house, title_id) == older.release_id
    assert await shown() == ["artwork/poster-one.jpg", "artwork/still.jpg"]


@pytest.mark.parametrize("house", ["direct"], indirect=True)  # its subject is the service, not the way to it
async def test_rolling_back_goes_one_back_from_what_is_current_by_then(house: House) -> None:
    oldest, middle, newest = await _versions(house, 3)
    title_id = TitleId(newest.title_id)

    class Overtaken(CatalogService):
        async def _known(self, title_id: TitleId) -> Title:
            known = await super()._known(title_id)
            await house.catalog.publish(title_id, ReleaseId(middle.release_id))
            return known

    slow = Overtaken(house.database, house.catalog._search, house.catalog._shelf, house.clock, house.ids)
    assert await slow.roll_back(title_id) == oldest.release_id


async def test_a_removed_title_is_forgotten_its_keys_too_and_the_edges_delete_it(house: House) -> None:
    release = await house.add_film(make_new_title("Paper Harbor"))
    title_id, release_id, at = TitleId(release.title_id), ReleaseId(release.release_id), house.clock.now()
    (key,) = await house.drm.keys_for(release_id, ["sd"])
    await house.catalog.note_markers(title_id, release.source_sha256, [Marker("recap", 0, 20_000)])
    await house.catalog.hand_in(title_id, "its master", [release_id])
    for _ in range(2):
        await house.catalog.remove(title_id)
        await house.drm.forget(release_id)
        await house.announce(ReleaseRemoved(title_id, release_id))
    # What was on its way while it was removed changes nothing, and keeps nobody behind it waiting.
    await house.announce(ready_event(release))
    await house.announce(ReleasePlaced(title_id, release_id))
    await house.settle()
    with pytest.raises(TitleNotFound):
        await house.catalog.desk_title(title_id)
    assert await house.catalog.search(VIEWER, "paper", at=at) == []
    answer = await house.report()
    assert [stone.release_id for stone in answer.tombstones.stones] == [release_id]
    assert answer.orders.orders == ()
    assert await house.drm.keys_for(release_id, ["sd"]) != [key]

    def count(work: Work) -> list[int]:
        tables = (
            "title",
            "title_words",
            "title_artwork",
            "title_release",
            "title_edition",
            "title_markers",
            "rights_window",
            "wanted_release",
        )
        return [work.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]

    assert await house.database.read(count) == [0] * 8


async def test_a_repeated_event_does_not_undo_a_roll_back(house: House) -> None:
    older, newer = await _versions(house, 2)
    await house.catalog.roll_back(TitleId(newer.title_id))
    again = ReleasePlaced(newer.title_id, newer.release_id)
    await house.catalog.note(seal(again, ids=house.ids, at=house.clock.now(), source="steering"))
    assert await _current(house, newer.title_id) == older.release_id


async def test_a_release_no_edge_holds_is_not_published(house: House) -> None:
    (release,) = await _versions(house, 1, placed=False)
    with pytest.raises(NotYetPlayable):
        await house.catalog.publish(TitleId(release.title_id), ReleaseId(release.release_id))


async def test_a_title_that_waits_for_its_operator_is_not_published_by_itself(house: House) -> None:
    release = await house.add_film(make_new_title(publish_when_placed=False))
    assert await _current(house, release.title_id) is None
    await house.catalog.publish(TitleId(release.title_id))
    assert await _current(house, release.title_id) == release.release_id


async def test_a_withdrawn_title_is_gone_from_every_surface_and_stays_gone(house: House) -> None:
    (release,) = await _versions(house, 1)
    title_id, at = TitleId(release.title_id), house.clock.now()
    await house.catalog.withdraw(title_id)
    newer = replace(release, release_id=house.ids.new())
    await house.store_release(newer)
    await house.place(newer)
    assert (await house.catalog.visible(VIEWER, [title_id], at=at))[title_id].reason == "withdrawn"
    assert (await house.catalog.titles(VIEWER, at=at)).titles == ()
    assert await house.catalog.search(VIEWER, "Paper", at=at) == []
    assert await house.catalog.several(VIEWER, [title_id], at=at) == {}
    with pytest.raises(TitleNotFound):
        await house.catalog.playable(VIEWER, title_id, at=at)
    await house.catalog.publish(title_id)
    assert [t.id for t in await house.catalog.search(VIEWER, "Paper", at=at)] == [title_id]


async def test_search_finds_words_beginnings_and_mistakes(house: House) -> None:
    film = await house.add_film(make_new_title("Paper Harbour"))
    for text in ("harbour", "harb", "harbuor", "quill", "drama"):
        found = await house.catalog.search(VIEWER, text, at=house.clock.now())
        assert [t.id for t in found] == [film.title_id], text


async def test_search_shows_a_child_nothing_for_adults_however_much_of_it_there_is(house: House) -> None:
    for number in range(8):
        await house.add_film(make_new_title(f"Harbour Night {number}", rating="R"))
    mild = await house.add_film(make_new_title("Harbour Morning", rating="G"))
    found = await house.catalog.search(make_viewer(maturity=7), "harbour", at=house.clock.now(), limit=2)
    assert [t.id for t in found] == [mild.title_id]


async def test_an_unrated_title_is_for_adults(house: House) -> None:
    film = await house.add_film(make_new_title(rating="NR"))
    title_id = TitleId(film.title_id)
    for viewer, seen in ((make_viewer(maturity=17), False), (make_viewer(maturity=18), True)):
        verdicts = await house.catalog.visible(viewer, [title_id], at=house.clock.now())
        assert verdicts[title_id].visible is seen


async def test_rights_open_and_close_a_title_by_country_and_time(house: House) -> None:
    film = await house.add_film()
    title_id, now = TitleId(film.title_id), house.clock.now()
    window = make_window(country="JP", start=now + hours(1), end=now + days(1), plan_rank=1)
    await house.catalog.set_rights(title_id, [window])
    there, here = make_viewer(country="JP"), make_viewer(country="DE")

    async def verdict(viewer: object, at: object) -> tuple[str, object]:
        found = (await house.catalog.visible(viewer, [title_id], at=at))[title_id]  # type: ignore[arg-type]  # spelled out in the calls below
        return found.reason, found.available_from

    assert await verdict(here, now + hours(2)) == ("territory", None)
    assert await verdict(there, now) == ("window", now + hours(1))
    assert await verdict(there, now + hours(1)) == ("ok", None)
    assert await verdict(there, now + days(1)) == ("window", None)
    assert await verdict(make_viewer(country="JP", plan_rank=0), now + hours(1)) == ("plan", None)


async def test_a_window_that_ends_before_it_starts_is_refused(house: House) -> None:
    film, now = await house.add_film(), house.clock.now()
    with pytest.raises(InvalidInput):
        await house.catalog.set_rights(TitleId(film.title_id), [make_window(start=now, end=now)])


async def test_pages_hold_every_title_once_newest_first(house: House) -> None:
    made = []
    for _ in range(5):
        house.clock.advance(seconds(1))
        made.append((await house.add_film()).title_id)
    seen: list[str] = []
    cursor = None
    while True:
        page = await house.catalog.titles(VIEWER, at=house.clock.now(), limit=2, cursor=cursor)
        seen += [t.id for t in page.titles]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == made[::-1]


async def test_titles_speak_the_viewers_language_or_their_own(house: House) -> None:
    words = {"ja": Words("紙の港"), "en": Words("Paper Harbour")}
    film = await house.add_film(make_new_title(words=words))
    title = await house.catalog.title(VIEWER, TitleId(film.title_id), at=house.clock.now())
    assert title.in_language("en-GB").name == "Paper Harbour"
    assert title.in_language("ar").name == "紙の港"


async def _with_trailer(house: House, new: NewTitle | None = None) -> tuple[Release, Release]:
    """A film, and a trailer of it."""
    film = await house.add_film(new)
    belonging = replace(make_new_title("Teaser"), type="trailer", belongs_to=TitleId(film.title_id))
    return film, await house.add_film(belonging)


async def _trailers_for(house: House, viewer: Viewer, film: Release) -> list[str]:
    found = await house.catalog.belonging(viewer, TitleId(film.title_id), at=house.clock.now())
    return [title.id for title in found]


async def test_a_trailer_is_found_at_its_title_and_nowhere_else(house: House) -> None:
    film, trailer = await _with_trailer(house)
    film_id, trailer_id, at = TitleId(film.title_id), TitleId(trailer.title_id), house.clock.now()
    assert await _trailers_for(house, VIEWER, film) == [trailer_id]
    assert (await house.catalog.playable(VIEWER, trailer_id, at=at)).release == trailer
    assert [t.id for t in (await house.catalog.titles(VIEWER, at=at)).titles] == [film_id]
    assert set(await house.catalog.several(VIEWER, [film_id, trailer_id], at=at)) == {film_id}
    await house.catalog.reindex()
    assert await house.catalog.search(VIEWER, "Teaser", at=at) == []


async def test_a_trailer_is_seen_by_whoever_may_see_its_title_now_or_later_or_with_another_plan(house: House) -> None:
    film, trailer = await _with_trailer(house, make_new_title(rating="PG-13"))
    film_id, trailer_id, now = TitleId(film.title_id), TitleId(trailer.title_id), house.clock.now()

    async def is_seen(viewer: Viewer = VIEWER) -> bool:
        verdict = (await house.catalog.visible(viewer, [trailer_id], at=house.clock.now()))[trailer_id]
        assert verdict.visible == bool(await _trailers_for(house, viewer, film))
        return verdict.visible

    assert await is_seen()
    assert not await is_seen(make_viewer(maturity=7)), "what is rated is the film, whatever was said of the trailer"
    await house.catalog.set_rights(film_id, [make_window(start=now + days(1))])
    assert await is_seen()
    await house.catalog.set_rights(film_id, [make_window(plan_rank=9)])
    assert await is_seen()
    await house.catalog.set_rights(film_id, [make_window(end=now)])
    assert not await is_seen()
    await house.catalog.set_rights(film_id, [make_window(country="JP")])
    assert not await is_seen()
    await house.catalog.set_rights(film_id, [])
    await house.catalog.withdraw(film_id)
    assert not await is_seen()
    await house.catalog.publish(film_id)
    assert await is_seen()
    await house.catalog.withdraw(trailer_id)
    assert not await is_seen()


async def test_a_trailer_has_no_rights_of_its_own_and_whoever_sets_them_is_told_whose_to_set(house: House) -> None:
    film, trailer = await _with_trailer(house)
    with pytest.raises(InvalidInput, match=f"This is a trailer, .* Set those of {film.title_id}"):
        await house.catalog.set_rights(TitleId(trailer.title_id), [make_window(country="JP")])
    assert (await house.catalog.desk_title(TitleId(trailer.title_id))).title.windows == ()


async def test_what_belongs_to_a_title_that_is_gone_is_seen_by_nobody(house: House) -> None:
    _, trailer = await _with_trailer(house)
    trailer_id, gone, at = TitleId(trailer.title_id), house.ids.new(), house.clock.now()

    def lose(work: Work) -> None:
        work.execute(sa.text("UPDATE title SET belongs_to = :gone WHERE id = :id"), {"gone": gone, "id": trailer_id})

    await house.database.write(lose)
    await house.catalog.reindex()
    verdict = (await house.catalog.visible(VIEWER, [trailer_id], at=at))[trailer_id]
    assert (verdict.visible, verdict.reason) == (False, "unknown")
    assert await house.catalog.several(VIEWER, [trailer_id], at=at) == {}
    assert await house.catalog.belonging(VIEWER, TitleId(gone), at=at) == []
    assert await house.catalog.search(VIEWER, "Teaser", at=at) == []
    with pytest.raises(TitleNotFound):
        await house.catalog.playable(VIEWER, trailer_id, at=at)
    above = (await house.catalog.desk_title(trailer_id)).title.belongs_to
    assert above is not None
    assert above.title_id == gone


async def test_a_trailer_goes_with_its_title_and_is_of_none_that_is_gone(house: House) -> None:
    film, _ = await _with_trailer(house)
    await house.catalog.remove(TitleId(film.title_id))
    assert await house.catalog.desk() == []
    with pytest.raises(TitleNotFound):
        await house.catalog.create(replace(make_new_title("Late"), type="trailer", belongs_to=TitleId(film.title_id)))
