"""Where and when titles open, for those who bring films near before anybody may see them."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.catalog.api import EVERYWHERE, Openings, Rights, Viewer, Window
from matinee.control.catalog.model.openings import openings
from matinee.control.catalog.model.visibility import judge
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant, days
from tests.builders import NOON

FILM, TRAILER = TitleId("film"), TitleId("trailer")


def asked(
    *windows: Window, countries: tuple[str, ...] = ("DE",), parts: dict[TitleId, TitleId] | None = None
) -> Openings:
    return openings({FILM: windows}, parts or {}, countries, since=NOON - days(2), at=NOON, until=NOON + days(3))


def test_a_film_opens_at_its_hour_and_is_barred_while_that_is_far() -> None:
    near, far = NOON + days(2), NOON + days(4)
    assert asked(Window("DE", start=near)) == Openings((), {FILM: near})
    assert asked(Window("DE", start=far)) == Openings((FILM,), {})


def test_a_film_that_opened_the_day_before_yesterday_opens_no_more_after_two_days() -> None:
    assert asked(Window("DE", start=NOON - days(1))).opens == {FILM: NOON - days(1)}
    assert asked(Window("DE", start=NOON - days(2))) == Openings()


def test_another_country_or_an_end_bars_it() -> None:
    assert asked(Window("AT")).barred == (FILM,)
    assert asked(Window("AT"), countries=("DE", "AT")).barred == ()
    assert asked(Window("AT"), countries=()).barred == ()
    assert asked(Window(EVERYWHERE, end=NOON)).barred == (FILM,)


def test_a_window_that_follows_another_without_a_gap_is_no_opening() -> None:
    turn = NOON + days(1)
    assert asked(Window("DE", end=turn), Window("DE", start=turn)).opens == {}
    gap = asked(Window("DE", end=turn), Window("DE", start=turn + days(1)))
    assert gap.opens == {FILM: turn + days(1)}


def test_a_trailer_is_for_whoever_waits_for_its_film() -> None:
    parts = {TRAILER: FILM}
    assert asked(Window("DE", start=NOON + days(30)), parts=parts).barred == (FILM,)
    assert asked(Window("DE", end=NOON), parts=parts).barred == (FILM, TRAILER)
    assert asked(Window("AT"), parts=parts).barred == (FILM, TRAILER)


instants = st.none() | st.integers(-100, 100).map(lambda n: NOON + timedelta(hours=n))
windows = st.lists(
    st.builds(Window, st.sampled_from(["DE", "AT", EVERYWHERE]), instants, instants).filter(
        lambda w: w.start is None or w.end is None or w.start < w.end
    ),
    min_size=1,
    max_size=4,
)


@given(windows, st.integers(0, 71))
def test_nothing_is_barred_that_the_one_policy_shows_within_the_lead(found: list[Window], after: int) -> None:
    rights, viewer = Rights(FILM, "available", 0, tuple(found)), Viewer("DE", 18, 9)
    told = asked(*found)
    if judge(viewer, rights, at=NOON + timedelta(hours=after)).visible:
        assert told.barred == ()
    for opens in told.opens.values():
        assert judge(viewer, rights, at=opens).visible
        assert not judge(viewer, rights, at=_right_before(opens)).visible


def _right_before(at: Instant) -> Instant:
    return at - timedelta(microseconds=1)
