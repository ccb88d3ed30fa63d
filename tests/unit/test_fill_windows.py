"""When an appliance may fill itself: by the clock on its wall, also in the nights on which clocks are set."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.delivery.edge.api import FillWindow
from matinee.delivery.edge.model.windows import bytes_allowed, next_night, night_at, night_bytes_max
from matinee.kernel.errors import InvalidInput

MB = 1_000_000


def make_window(
    zone: str = "Europe/Berlin", opens: time = time(2), hours: float = 12, rate: int = MB, night: int = 10**12
) -> FillWindow:
    return FillWindow(zone, opens, timedelta(hours=hours), rate, night)


def utc(*parts: int) -> datetime:
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_a_window_opens_by_local_time() -> None:
    winter = next_night(make_window(), utc(2026, 1, 10))
    summer = next_night(make_window(), utc(2026, 7, 10, 1))
    assert (winter.opens, summer.opens) == (utc(2026, 1, 10, 1), utc(2026, 7, 11, 0))


def test_a_night_that_crosses_midnight_has_the_date_on_which_it_began() -> None:
    window = make_window(opens=time(22), hours=8)
    night = night_at(window, utc(2026, 1, 11, 3))
    assert night is not None
    assert (night.date, night.opens, night.closes) == (date(2026, 1, 10), utc(2026, 1, 10, 21), utc(2026, 1, 11, 5))


def test_a_window_is_open_from_its_opening_until_before_its_closing() -> None:
    window = make_window(zone="UTC", opens=time(2), hours=1)
    moments = [utc(2026, 1, 1, 1, 59), utc(2026, 1, 1, 2), utc(2026, 1, 1, 2, 59), utc(2026, 1, 1, 3)]
    assert [night_at(window, at) is not None for at in moments] == [False, True, True, False]


def test_an_opening_hour_that_is_skipped_opens_as_much_later() -> None:
    # In Berlin, 02:30 did not exist on 29 March 2026: the clock went from 02:00 (+01:00) to 03:00 (+02:00).
    night = next_night(make_window(opens=time(2, 30), hours=4), utc(2026, 3, 29))
    assert (night.opens, night.closes) == (utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 5, 30))


def test_an_opening_hour_that_comes_twice_opens_the_first_time_only() -> None:
    window = make_window(opens=time(2, 30), hours=1)
    first = next_night(window, utc(2026, 10, 25))
    assert first.opens == utc(2026, 10, 25, 0, 30)
    assert next_night(window, first.closes).date == date(2026, 10, 26)


def test_so_much_may_be_fetched_as_the_rate_the_window_and_the_night_leave() -> None:
    window = make_window(zone="UTC", rate=MB, night=2000 * MB)
    opens = utc(2026, 1, 1, 2)

    def allowed(since_s: float, until_s: float, fetched: int) -> int:
        since, until = opens + timedelta(seconds=since_s), opens + timedelta(seconds=until_s)
        return bytes_allowed(window, since=since, until=until, fetched_tonight=fetched)

    assert allowed(0, 100, 0) == 100 * MB
    assert allowed(0, 100, 1950 * MB) == 50 * MB
    assert allowed(0, 100, 3000 * MB) == 0
    assert allowed(12 * 3600 - 10, 12 * 3600 + 90, 0) == 10 * MB
    assert allowed(-100, 0, 0) == 0
    assert allowed(100, 0, 0) == 0


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Nowhere", 8), ("../etc", 8), ("UTC", 0), ("UTC", 23)])
def test_a_window_that_makes_no_sense_is_refused(zone: str, hours: float) -> None:
    with pytest.raises(InvalidInput):
        make_window(zone=zone, hours=hours)


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "UTC")
windows = st.builds(
    make_window,
    zone=st.sampled_from(ZONES),
    opens=st.times().map(lambda at: at.replace(tzinfo=None)),
    hours=st.integers(1, 22 * 60).map(lambda minutes: minutes / 60),
    rate=st.integers(1, 10**9),
    night=st.integers(0, 10**13),
)
# The year's two changes of the clock lie in it, in each of the zones that has any.
moments = st.integers(0, 365 * 24 * 60).map(lambda minute: utc(2026, 1, 1) + timedelta(minutes=minute))


@given(windows, moments)
def test_the_next_night_is_whole_and_comes_within_a_day_or_so(window: FillWindow, at: datetime) -> None:
    night = next_night(window, at)
    assert at <= night.opens <= at + timedelta(hours=26)
    assert night.closes - night.opens == window.length
    assert night_at(window, night.opens) == night
    assert next_night(window, night.closes).date == night.date + timedelta(days=1)


@given(windows, moments, st.lists(st.integers(1, 200), min_size=1, max_size=30))
def test_whoever_takes_what_is_allowed_never_exceeds_a_night_nor_its_rate(
    window: FillWindow, at: datetime, steps: list[int]
) -> None:
    fetched: dict[date, int] = {}
    for step in steps:
        until = at + timedelta(minutes=step)
        night = night_at(window, at)
        done = fetched.get(night.date, 0) if night else 0
        taken = bytes_allowed(window, since=at, until=until, fetched_tonight=done)
        assert taken <= window.bytes_per_second_max * step * 60
        if night is None:
            assert taken == 0
        else:
            fetched[night.date] = done + taken
        at = until
    assert all(taken <= night_bytes_max(window) for taken in fetched.values())
