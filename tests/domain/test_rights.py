"""The rights desk through its api: what is kept, who is told when rights end, and what stops then."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from matinee.control.catalog.api import NewTitle, NotShownHere, TitleNotFound, Window, Words
from matinee.control.catalog.api.rights import License, RightsChanged
from matinee.control.playback.api import PlaybackPlan, SessionEnded
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import SessionId, TitleId
from matinee.kernel.quantities import Span, days, hours, minutes, seconds
from matinee.wire.beacons import Heartbeat
from matinee.wire.events import RightsEnded, TitleLeaving, unseal
from matinee.wire.releases import Release
from tests.builders import make_new_title, make_viewer, make_window
from tests.house import House, Member


async def _told(house: House) -> list[TitleLeaving | RightsEnded]:
    """But for what the windows' first day changed: before them a film is open everywhere."""
    await house.relay.drain()
    leaving = [d.envelope async for d in house.log.replay(TitleLeaving.topic)]
    ended = [d.envelope async for d in house.log.replay(RightsEnded.topic)]
    told: list[TitleLeaving | RightsEnded] = [unseal(e, TitleLeaving) for e in leaving if e.type == TitleLeaving.type]
    told += [unseal(e, RightsEnded) for e in ended]
    return [each for each in told if len(each.countries) < 200]


async def _film(house: House, *windows: Window) -> TitleId:
    film = await house.add_film()
    if windows:
        await house.rights.set_plan(TitleId(film.title_id), windows)
    return TitleId(film.title_id)


async def _playing(house: House, film: Release | TitleId) -> tuple[Member, PlaybackPlan]:
    member = await house.add_member()
    title_id = film if isinstance(film, str) else film.title_id
    return member, await house.playback.start(house.press_play(member, title_id))


async def _playing_as(house: House, email: str, title_id: TitleId) -> tuple[Member, PlaybackPlan]:
    member = await house.add_member(email)
    return member, await house.playback.start(house.press_play(member, title_id))


async def _beat(house: House, member: Member, session: SessionId) -> None:
    await house.playback.heartbeat(member.account.id, session, Heartbeat(position_ms=1_000))


async def test_what_was_meant_is_read_back_with_what_it_comes_to(house: House) -> None:
    now = house.clock.now()
    title_id = await _film(house)
    windows = [
        Window("DE", now, now + days(10), license="C-7"),
        Window("DE", now + days(20), now + days(30), license="C-7"),
        Window("DE", now + days(25), now + days(40)),
        Window("US", start_on=date(2026, 5, 3), zone="America/Los_Angeles"),
    ]
    await house.rights.set_plan(title_id, windows, [License("C-7", "Studio Seven", exclusive=True)])
    plan = await house.rights.plan(title_id)
    assert list(plan.windows) == windows
    assert plan.licenses == (License("C-7", "Studio Seven", exclusive=True),)
    (german,) = (c for c in plan.coverage if c.country == "DE")
    assert [(g.start, g.end) for g in german.gaps] == [(now + days(10), now + days(20))]
    assert [(o.start, o.end, o.windows) for o in german.overlaps] == [(now + days(25), now + days(30), (1, 2))]


async def test_who_edits_an_old_plan_is_told_and_changes_nothing(house: House) -> None:
    title_id = await _film(house)
    seen = (await house.rights.plan(title_id)).revision
    await house.rights.set_plan(title_id, [Window("DE")], revision=seen)
    with pytest.raises(RightsChanged):
        await house.rights.set_plan(title_id, [Window("FR")], revision=seen)
    assert (await house.rights.plan(title_id)).windows == (Window("DE"),)


async def test_a_window_names_a_license_that_is_there(house: House) -> None:
    title_id = await _film(house)
    with pytest.raises(InvalidInput, match="Window 1: there is no license"):
        await house.rights.set_plan(title_id, [Window("DE", license="C-7")])
    with pytest.raises(InvalidInput, match="listed twice"):
        await house.rights.set_plan(title_id, [], [License("C-7", "One"), License("C-7", "Other")])
    assert await _told(house) == []


async def test_the_end_of_a_window_is_told_before_and_when_it_comes_each_once(house: House) -> None:
    ends = house.clock.now() + days(10)
    title_id = await _film(house, Window("DE", end=ends), Window("FR", end=ends), Window("US"))
    await house.rights.look()
    assert await _told(house) == []
    house.clock.advance(days(4))
    for _ in range(3):
        await asyncio.gather(*(house.rights.look() for _ in range(4)))
        house.clock.advance(minutes(1))
    soon = TitleLeaving(title_id, ends, ("DE", "FR"))
    assert await _told(house) == [soon]
    house.clock.advance(days(7))
    for _ in range(3):
        await asyncio.gather(*(house.rights.look() for _ in range(4)))
    assert await _told(house) == [soon, RightsEnded(title_id, ("DE", "FR"), ends)]


async def test_after_an_outage_over_the_end_it_is_told_late_and_not_twice(house: House) -> None:
    ends = house.clock.now() + days(30)
    title_id = await _film(house, make_window(end=ends))
    await house.rights.look()
    house.clock.advance(days(90))
    await house.rights.look()
    house.clock.advance(seconds(-60))  # a clock that was set back
    await house.rights.look()
    house.clock.advance(days(1))
    await house.rights.look()
    assert await _told(house) == [RightsEnded(title_id, ("*",), ends)]


async def test_windows_that_follow_one_another_are_no_end(house: House) -> None:
    middle = house.clock.now() + days(1)
    await _film(house, Window("DE", end=middle), Window(start=middle))
    await house.rights.look()
    house.clock.advance(days(2))
    await house.rights.look()
    assert [told.countries for told in await _told(house)] == []


async def test_local_midnights_end_country_by_country(house: House) -> None:
    house.clock.at = datetime(2026, 5, 2, 12, tzinfo=UTC)
    title_id = await _film(house, Window(end_on=date(2026, 5, 3)))
    await house.rights.look()
    house.clock.at = datetime(2026, 5, 2, 15, 30, tzinfo=UTC)
    await house.rights.look()
    ended = [told for told in await _told(house) if isinstance(told, RightsEnded)]
    gone = {country for told in ended for country in told.countries}
    assert {"JP", "KR", "NZ"} <= gone
    assert not {"DE", "US", "IN"} & gone
    assert (await house.catalog.visible(make_viewer(country="DE"), [title_id], at=house.clock.now()))[title_id].visible


async def test_an_edit_by_which_it_ends_is_told_at_once_and_only_where_it_does(house: House) -> None:
    title_id = await _film(house, Window("DE"), Window("FR"))
    await house.rights.set_plan(title_id, [Window("FR"), Window("DE", end=house.clock.now())])
    await house.catalog.set_rights(title_id, [])  # open everywhere again
    (told,) = await _told(house)
    assert told == RightsEnded(title_id, ("DE",), house.clock.now(), "changed")


@pytest.mark.parametrize("how", ["its window ends", "an operator ends it", "it is withdrawn"])
async def test_a_session_ends_at_its_heartbeat_with_the_reason(house: House, how: str) -> None:
    title_id = await _film(house, make_window(end=house.clock.now() + hours(1)))
    member, plan = await _playing(house, title_id)
    await _beat(house, member, plan.session_id)
    if how == "its window ends":
        house.clock.advance(hours(1))
    elif how == "an operator ends it":
        await house.rights.set_plan(title_id, [make_window(end=house.clock.now())])
    else:
        await house.catalog.withdraw(title_id)
    await house.settle()
    with pytest.raises(SessionEnded) as ended:
        await _beat(house, member, plan.session_id)
    assert ended.value.members["reason"] == "rights"
    with pytest.raises(SessionEnded):
        await house.playback.renew(member.account.id, plan.session_id, make_viewer())
    await house.settle()
    assert (await house.playback.session(member.account.id, plan.session_id)).end_reason == "rights"
    assert await house.catalog.search(make_viewer(), "Film", at=house.clock.now()) == []
    assert (await house.catalog.titles(make_viewer(), at=house.clock.now())).titles == ()


@pytest.mark.parametrize("how", ["the series is withdrawn", "the series is removed", "its last episode is withdrawn"])
async def test_what_plays_of_a_series_ends_with_it(house: House, how: str) -> None:
    series = await house.catalog.create(replace(make_new_title("Harbor Lights"), type="series"))
    episode = NewTitle("episode", {"en": Words("One")}, rating="NR", belongs_to=series, season=1, episode=1)
    part = TitleId((await house.add_film(episode)).title_id)
    trailer = replace(make_new_title("Soon"), type="trailer", belongs_to=series)
    shown = TitleId((await house.add_film(trailer)).title_id)
    plans = [await _playing(house, part), (await _playing_as(house, "bo@example.org", shown))]
    if how == "the series is withdrawn":
        await house.catalog.withdraw(series)
    elif how == "the series is removed":
        await house.catalog.remove(series)
    else:
        await house.catalog.withdraw(part)
    await house.settle()
    for member, plan in plans:
        with pytest.raises(SessionEnded) as ended:
            await _beat(house, member, plan.session_id)
        assert ended.value.members["reason"] == "rights"


async def test_a_window_that_ends_for_a_lower_plan_ends_what_plays_with_it(house: House) -> None:
    ends = house.clock.now() + hours(1)
    title_id = await _film(house, make_window(end=ends), make_window(plan_rank=2))
    low, high = await house.add_member(), await house.add_member("bo@example.org")
    viewer = make_viewer(plan_rank=0)
    lower = await house.playback.start(house.press_play(low, title_id, viewer=viewer))
    higher = await house.playback.start(house.press_play(high, title_id))
    house.clock.advance(hours(1))
    with pytest.raises(SessionEnded):
        await _beat(house, low, lower.session_id)
    await _beat(house, high, higher.session_id)


async def test_what_is_asked_of_all_windows_binds_no_value_for_each_title(house: House) -> None:
    bound: list[int] = []

    def count(_c: object, _u: object, _s: str, parameters: Sequence[object], *_: object) -> None:
        bound.append(len(parameters))

    async def most() -> int:
        bound.clear()
        sa.event.listen(sa.Engine, "before_cursor_execute", count)
        try:
            now = house.clock.now()
            await house.catalog.openings(["DE"], since=now, at=now, until=now + days(1))
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", count)
        return max(bound)

    await _film(house, make_window())
    one = await most()
    for _ in range(3):
        await _film(house, make_window())
    assert await most() == one


async def test_a_session_goes_on_where_the_end_was_put_off(house: House) -> None:
    title_id = await _film(house, make_window(end=house.clock.now() + hours(1)))
    member, plan = await _playing(house, title_id)
    await house.rights.set_plan(title_id, [make_window(end=house.clock.now() + hours(2))])
    house.clock.advance(hours(1))
    await _beat(house, member, plan.session_id)
    await house.playback.renew(member.account.id, plan.session_id, make_viewer())
    house.clock.advance(hours(1))
    await house.rights.look()
    await house.settle()
    with pytest.raises(SessionEnded):
        await _beat(house, member, plan.session_id)


async def test_a_session_of_another_country_goes_on(house: House) -> None:
    title_id = await _film(house, Window("DE"), Window("FR"))
    member, plan = await _playing(house, title_id)
    await house.rights.set_plan(title_id, [Window("DE")])
    await house.settle()
    await _beat(house, member, plan.session_id)


async def test_what_is_over_everywhere_leaves_the_index_and_comes_back_with_new_rights(house: House) -> None:
    title_id = await _film(house, make_window(end=house.clock.now() + days(1)))
    await house.rights.look()
    house.clock.advance(days(2))
    await house.rights.look()
    await house.settle()
    late = make_viewer()
    assert await house.catalog.search(late, "Film", at=house.clock.now() - days(2)) == []
    await house.rights.set_plan(title_id, [make_window()])
    await house.settle()
    assert [t.id for t in await house.catalog.search(late, "Film", at=house.clock.now())] == [title_id]


async def test_viewers_are_told_when_a_title_opens_and_when_it_leaves(house: House) -> None:
    now = house.clock.now()
    later = await _film(house, make_window(start=now + days(3)))
    leaving = await _film(house, make_window(end=now + days(6)))
    staying = await _film(house, make_window(end=now + days(60)))
    film = await house.add_film(make_new_title(rating="R"))
    adult = TitleId(film.title_id)
    await house.rights.set_plan(adult, [make_window(start=now + days(3))])
    ids = [later, leaving, staying, adult]
    found = await house.rights.dates(make_viewer(maturity=7), ids)
    assert found.keys() <= {later, leaving}
    found = await house.rights.dates(make_viewer(), ids)
    assert found[later].available_from == now + days(3)
    assert found[leaving].leaving_at == now + days(6)
    assert staying not in found


async def test_who_is_refused_for_the_territory_is_told_so_and_a_child_is_not(house: House) -> None:
    film = await house.add_film(make_new_title(rating="R"))
    title_id = TitleId(film.title_id)
    await house.rights.set_plan(title_id, [Window("JP"), Window("DE", start=house.clock.now() + days(1))])
    member = await house.add_member()
    async with house.client(member) as client:
        soon = await client.get(f"/api/v1/titles/{title_id}/metadata")
    assert soon.status_code == 404
    assert soon.json()["type"].endswith("not-shown-here")
    assert soon.json()["reason"] == "window"
    assert "available_from" in soon.json()
    with pytest.raises(NotShownHere, match="the country you are in"):
        await house.catalog.title(make_viewer(country="FR"), title_id, at=house.clock.now())
    with pytest.raises(TitleNotFound) as hidden:
        await house.catalog.title(make_viewer(country="FR", maturity=7), title_id, at=house.clock.now())
    assert not isinstance(hidden.value, NotShownHere)


@pytest.mark.parametrize(
    ("viewer", "says"),
    [
        (make_viewer(country="DE"), "Yes"),
        (make_viewer(country="DE", plan_rank=0), "higher plan"),
        (make_viewer(country="FR"), "no window names FR"),
        (make_viewer(country="JP"), "next begins"),
        (make_viewer(country="DE", maturity=7), "rating"),
    ],
)
async def test_the_desk_explains_who_can_watch_now(house: House, viewer, says: str) -> None:  # type: ignore[no-untyped-def]  # a Viewer, as parametrize has it
    film = await house.add_film(make_new_title(rating="R"))
    title_id = TitleId(film.title_id)
    windows = [make_window(country="DE", plan_rank=1), make_window(country="JP", start=house.clock.now() + days(1))]
    await house.rights.set_plan(title_id, windows)
    found = await house.rights.explain(viewer, title_id)
    assert says in found.sentence
    assert found.window == (0 if found.verdict.visible else None)


async def test_the_calendar_lists_by_country_and_what_ends_soon(house: House) -> None:
    now = house.clock.now()
    await _film(house, Window("DE", end=now + days(3)), Window("FR"))
    await _film(house, make_window(end=now + days(50)))

    async def rows(**asked: object) -> list[tuple[str, str]]:
        span: Span = days(100)
        page = await house.rights.calendar(since=now - span, until=now + span, **asked)  # type: ignore[arg-type]  # named as the calendar has them
        return [(row.name, row.country) for row in page.rows]

    assert await rows() == [("Film 1", "DE"), ("Film 1", "FR"), ("Film 2", "*")]
    assert await rows(country="FR") == [("Film 1", "FR"), ("Film 2", "FR")]
    assert await rows(ending_days=7) == [("Film 1", "DE")]
    first = await house.rights.calendar(since=now, until=now + days(1), limit=2)
    rest = await house.rights.calendar(since=now, until=now + days(1), limit=2, cursor=first.next_cursor)
    assert [row.country for row in (*first.rows, *rest.rows)] == ["DE", "FR", "*"]


async def test_a_film_that_is_deleted_takes_its_rights_along(house: House) -> None:
    title_id = await _film(house, make_window(end=house.clock.now() + days(1)))
    await house.rights.set_plan(title_id, [], [License("C", "L")])
    await house.catalog.remove(title_id)
    with pytest.raises(TitleNotFound):
        await house.rights.plan(title_id)
    await house.rights.look()
