"""Visibility: one policy, in which every condition must hold and maturity speaks first."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.catalog.api import EVERYWHERE, Artwork, Rights, Viewer, Words, card
from matinee.control.catalog.api.ratings import RatingSystem
from matinee.control.catalog.model.visibility import judge, visible_until
from matinee.kernel.quantities import Instant, hours
from tests.builders import NOON, SECOND, make_rights, make_title, make_viewer, make_window
from tests.strategies import few, instants, rights, viewers


@few
@given(viewers(), rights(), instants())
def test_what_is_visible_meets_every_condition(viewer: Viewer, held: Rights, at: Instant) -> None:
    if not judge(viewer, held, at=at).visible:
        return
    assert held.maturity <= viewer.maturity
    assert held.state == "available"
    assert not held.windows or any(
        w.country in (EVERYWHERE, viewer.country)
        and (w.start is None or w.start <= at)
        and (w.end is None or at < w.end)
        and w.plan_rank <= viewer.plan_rank
        for w in held.windows
    )


@few
@given(viewers(), rights(), instants())
def test_what_is_not_visible_has_a_reason_and_what_is_has_none(viewer: Viewer, held: Rights, at: Instant) -> None:
    verdict = judge(viewer, held, at=at)
    assert verdict.visible is (verdict.reason == "ok")
    assert verdict.available_from is None or (verdict.reason == "window" and verdict.available_from > at)


@few
@given(rights(), instants())
def test_a_child_is_told_nothing_but_that_it_is_too_young(held: Rights, at: Instant) -> None:
    verdict = judge(make_viewer(maturity=-1), held, at=at)
    assert (verdict.reason, verdict.available_from) == ("maturity", None)


@few
@given(viewers(), rights(), instants())
def test_more_maturity_or_a_larger_plan_never_hides_anything(viewer: Viewer, held: Rights, at: Instant) -> None:
    if judge(viewer, held, at=at).visible:
        assert judge(Viewer(viewer.country, 18, 2), held, at=at).visible


@few
@given(viewers(), rights(), instants())
def test_a_trailer_is_seen_with_its_title_by_nobody_too_young_and_never_where_the_title_will_not_come(
    viewer: Viewer, held: Rights, at: Instant
) -> None:
    film = judge(viewer, held, at=at)
    trailer = judge(viewer, make_rights(maturity=0, belongs_to=held), at=at)
    assert trailer.visible is (film.visible or film.reason == "plan" or film.available_from is not None)
    if not trailer.visible:
        assert trailer == film
    else:
        assert held.maturity <= viewer.maturity
        assert held.state == "available"
    for state in ("preparing", "withdrawn"):
        assert not judge(viewer, make_rights(state=state, belongs_to=held), at=at).visible


@few
@given(viewers(), rights(), instants(), instants(), st.booleans())
def test_what_is_visible_stays_so_until_its_end_and_no_longer(
    viewer: Viewer, held: Rights, at: Instant, later: Instant, is_trailer: bool
) -> None:
    shown = make_rights(belongs_to=held) if is_trailer else held
    if not judge(viewer, shown, at=at).visible:
        return
    until = visible_until(viewer, shown, at=at)
    assert until is None or until > at
    if later >= at and (until is None or later < until):
        assert judge(viewer, shown, at=later).visible
    if until is not None:
        assert not judge(viewer, shown, at=until).visible


def test_windows_that_follow_one_another_are_as_good_as_one() -> None:
    first = make_window(end=NOON + hours(1))
    second = make_window(country="DE", start=NOON + hours(1), end=NOON + hours(3))
    after_a_gap = make_window(start=NOON + hours(4), end=NOON + hours(9))
    held = make_rights(windows=[after_a_gap, second, first])
    assert visible_until(make_viewer(country="DE"), held, at=NOON) == NOON + hours(3)
    assert visible_until(make_viewer(country="JP"), held, at=NOON) == NOON + hours(1)
    assert visible_until(make_viewer(), make_rights(), at=NOON) is None


@given(st.text(max_size=10))
def test_a_rating_nobody_knows_is_for_adults(text: str) -> None:
    system = RatingSystem()
    if text.upper() not in system.ages:
        assert system.age(text) == 18
    assert system.age(text) in system.levels


def test_windows_are_half_open() -> None:
    held = make_rights(windows=[make_window(start=NOON, end=NOON + hours(1))])
    seen = [judge(make_viewer(), held, at=at).visible for at in (NOON - SECOND, NOON, NOON + hours(1) - SECOND)]
    assert seen == [False, True, True]
    assert not judge(make_viewer(), held, at=NOON + hours(1)).visible


def test_windows_that_meet_leave_no_gap_and_no_overlap() -> None:
    middle = NOON + hours(1)
    held = make_rights(windows=[make_window(start=NOON, end=middle), make_window(start=middle, end=middle + hours(1))])
    assert all(judge(make_viewer(), held, at=at).visible for at in (NOON, middle - SECOND, middle, middle + SECOND))


def test_a_window_lasts_as_long_on_the_night_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    twice = [datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold).astimezone(UTC) for fold in (0, 1)]
    held = make_rights(windows=[make_window(start=twice[0], end=twice[1])])
    assert twice[1] - twice[0] == hours(1)
    assert [judge(make_viewer(), held, at=at).visible for at in (*twice, twice[0] + hours(0.5))] == [True, False, True]


def test_available_from_is_the_next_opening_here() -> None:
    windows = [
        make_window(country="DE", start=NOON + hours(3)),
        make_window(country="DE", start=NOON + hours(2)),
        make_window(country="JP", start=NOON + hours(1)),
        make_window(country="DE", start=NOON - hours(9), end=NOON - hours(8)),
    ]
    assert judge(make_viewer(), make_rights(windows=windows), at=NOON).available_from == NOON + hours(2)


@pytest.mark.parametrize("state", ["preparing", "withdrawn"])
def test_only_what_is_available_is_seen(state: str) -> None:
    held = make_rights(state=state)  # type: ignore[arg-type]  # one of the literals, from the parameters
    assert judge(make_viewer(), held, at=NOON).reason == state


def test_a_card_speaks_the_viewers_language_and_points_to_pictures_by_address() -> None:
    words = {"ja": Words("紙の港", "話"), "en": Words("Paper Harbour", "A story")}
    art = (Artwork("poster", "artwork/1/p.jpg"), Artwork("backdrop", "artwork/1/b.jpg"))
    title = make_title(words=words, artwork=art)
    shown = card(title, "ja-JP", 0.5)
    assert (shown.name, shown.synopsis, shown.duration_s, shown.progress) == ("紙の港", "話", 60, 0.5)
    assert shown.poster_url == f"/api/v1/artwork/{title.id}/p.jpg"
    assert shown.artwork_url == shown.backdrop_url == f"/api/v1/artwork/{title.id}/b.jpg"
    assert card(make_title(), "en").poster_url is None
