"""Windows as they were meant, in each country: local midnights, what is refused, and what they come to, by the hour."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.catalog.api import Rights, Window
from matinee.control.catalog.model.coverage import beginnings, coverage, endings, lost
from matinee.control.catalog.model.openings import openings
from matinee.control.catalog.model.visibility import judge, visible_until
from matinee.control.catalog.model.windows import ALL_COUNTRIES, WINDOWS_MAX, check, holding_in, is_open
from matinee.control.catalog.model.zones import ZONES, begins, is_zone, zone_of
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant, days, hours, seconds
from tests.builders import NOON, an_id, make_viewer
from tests.examples import of as examples_of
from tests.strategies import COUNTRIES

TITLE = TitleId(an_id(1))
FIRST, LAST = NOON - days(4), NOON + days(4)


def utc(text: str) -> Instant:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "day", "at"),
    [
        ("DE", date(2026, 5, 3), "2026-05-02T22:00"),
        ("DE", date(2026, 1, 3), "2026-01-02T23:00"),
        ("JP", date(2026, 5, 3), "2026-05-02T15:00"),
        ("US", date(2026, 5, 3), "2026-05-03T04:00"),
        ("KI", date(2026, 5, 3), "2026-05-02T12:00"),  # the first to have a day, in Tarawa
        ("AS", date(2026, 5, 3), "2026-05-03T11:00"),  # the last
        ("NP", date(2026, 5, 3), "2026-05-02T18:15"),
        ("CU", date(2026, 3, 8), "2026-03-08T05:00"),  # midnight is skipped: the day begins at one
        ("CU", date(2026, 11, 1), "2026-11-01T04:00"),  # midnight comes twice: the first
        ("LB", date(2026, 3, 29), "2026-03-28T22:00"),
        ("WS", date(2011, 12, 30), "2011-12-30T10:00"),  # a day that Samoa left out: the next begins
        ("WS", date(2011, 12, 31), "2011-12-30T10:00"),
        ("XX", date(2026, 5, 3), "2026-05-03T00:00"),
    ],
)
def test_a_local_day_begins_at_its_first_instant(country: str, day: date, at: str) -> None:
    assert begins(day, zone_of(country)) == utc(at)


@given(st.sampled_from(sorted(ZONES)), st.dates(date(1990, 1, 1), date(2035, 1, 1)))
@examples_of(200)
def test_no_instant_before_the_beginning_of_a_day_belongs_to_it(country: str, day: date) -> None:
    zone = ZoneInfo(zone_of(country))
    at = begins(day, zone_of(country))
    assert at.astimezone(zone).date() >= day > (at - seconds(1)).astimezone(zone).date()
    assert begins(day + timedelta(days=1), zone_of(country)) >= at


def test_every_country_of_the_machines_zone_table_has_one_of_its_zones() -> None:
    tables = [Path(folder) / "zone.tab" for folder in TZPATH if (Path(folder) / "zone.tab").exists()]
    if not tables:
        pytest.skip("this machine has no zone.tab")
    lines = [line.split("\t") for line in tables[0].read_text().splitlines() if not line.startswith("#")]
    theirs: dict[str, set[str]] = {}
    for line in lines:
        theirs.setdefault(line[0], set()).add(line[2])
    assert {c for c in theirs if ZONES.get(c) not in theirs[c]} == set()
    assert all(map(is_zone, ZONES.values()))


def test_a_release_at_local_midnight_goes_around_the_world() -> None:
    rights = Rights(TITLE, "available", 0, (Window(start_on=date(2026, 5, 3), end_on=date(2026, 5, 5)),))
    seen = {c: judge(make_viewer(country=c), rights, at=utc("2026-05-02T16:00")) for c in ("JP", "DE", "US")}
    assert [seen[c].visible for c in ("JP", "DE", "US")] == [True, False, False]
    assert seen["DE"].available_from == utc("2026-05-02T22:00")
    assert visible_until(make_viewer(country="DE"), rights, at=utc("2026-05-03T12:00")) == utc("2026-05-04T22:00")
    assert judge(make_viewer(country="US"), rights, at=utc("2026-05-05T03:59")).visible
    assert not judge(make_viewer(country="US"), rights, at=utc("2026-05-05T04:00")).visible


def test_a_window_may_name_whose_midnight_is_meant() -> None:
    (window,) = holding_in([Window("US", start_on=date(2026, 5, 3), zone="America/Los_Angeles")], "US")
    assert window.start == utc("2026-05-03T07:00")


def test_appliances_hold_a_film_from_the_first_midnight_to_the_last() -> None:
    windows = {TITLE: (Window(start_on=date(2026, 5, 3), end_on=date(2026, 5, 4)),)}

    def barred(countries: Sequence[str], at: str) -> bool:
        found = openings(windows, {}, countries, since=utc(at) - days(1), at=utc(at), until=utc(at) + hours(1))
        return bool(found.barred)

    assert barred(["DE"], "2026-05-02T20:30")
    assert not barred(["DE"], "2026-05-02T21:30")
    assert barred([], "2026-05-02T08:30")
    assert not barred([], "2026-05-02T10:30")
    assert not barred([], "2026-05-04T10:30")
    assert barred([], "2026-05-04T12:30")
    assert barred(["DE", "FR"], "2026-05-03T22:00")


@pytest.mark.parametrize(
    ("windows", "says"),
    [
        ([Window(start=NOON, end=NOON)], "ends before it starts"),
        ([Window("DE", start_on=date(2026, 5, 3), end_on=date(2026, 5, 3))], "ends before it starts"),
        ([Window(start=utc("2026-05-03T06:00"), end_on=date(2026, 5, 3))], "ends before it starts in"),
        ([Window("ZZ")], "not a country"),
        ([Window("XX")], "not a country"),
        ([Window("DEU")], "not a country"),
        ([Window("DE", start_on=date(2026, 5, 3), zone="Mars/Olympus")], "not a time zone"),
        ([Window("DE", start_on=date(2026, 5, 3), zone="../../etc/passwd")], "not a time zone"),
        ([Window("DE", zone="Europe/Berlin")], "whose midnight"),
        ([Window("DE", start=NOON, start_on=date(2026, 5, 3))], "given twice"),
        ([Window("DE", start=NOON.replace(tzinfo=None))], "its offset"),
        ([Window("DE", end_on=date(9999, 12, 31))], "a year from"),
        ([Window("DE", plan_rank=-1)], "rank is 0 to"),
        ([Window("DE"), Window("FR"), Window("DE")], "Window 3 is the same as window 1"),
        ([Window("DE", end=NOON + hours(n)) for n in range(WINDOWS_MAX + 1)], "at most 1000"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_is_wrong(windows: list[Window], says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(windows)
    assert says in refused.value.sentence


def test_a_window_from_an_instant_to_a_local_day_is_refused_only_where_it_is_empty_somewhere() -> None:
    check([Window(start=utc("2026-05-01T00:00"), end_on=date(2026, 5, 3))])
    check([Window("US", start=utc("2026-05-03T03:00"), end_on=date(2026, 5, 3))])


def _bounds() -> st.SearchStrategy[Instant | None]:
    return st.none() | st.integers(-60, 60).map(lambda h: NOON + hours(h))


def _days() -> st.SearchStrategy[date | None]:
    return st.none() | st.integers(-2, 2).map(lambda d: (NOON + days(d)).date())


def _some_windows() -> st.SearchStrategy[list[Window]]:
    at_instants = st.builds(
        Window,
        country=st.sampled_from((*COUNTRIES, "*")),
        start=_bounds(),
        end=_bounds(),
        plan_rank=st.integers(0, 2),
        offline=st.booleans(),
    )
    at_midnights = st.builds(
        Window,
        country=st.sampled_from((*COUNTRIES, "*")),
        plan_rank=st.integers(0, 2),
        offline=st.booleans(),
        start_on=_days(),
        end_on=_days(),
    )
    return st.lists(at_instants | at_midnights, max_size=5)


def _each_hour() -> list[Instant]:
    return [FIRST + hours(n) for n in range(int((LAST - FIRST) / hours(1)))]


def _within(stretches: Sequence[object], at: Instant) -> bool:
    return any(is_open(Window(start=s.start, end=s.end), at) for s in stretches)  # type: ignore[attr-defined]  # each a Stretch


@given(_some_windows(), st.sampled_from(COUNTRIES), st.integers(0, 2), st.booleans())
@examples_of(150)
def test_coverage_is_what_asking_every_hour_finds(
    windows: list[Window], country: str, plan_rank: int, offline: bool
) -> None:
    found = coverage(windows, country, plan_rank=plan_rank, offline=offline)
    counts = []
    for at in _each_hour():
        here = [
            w
            for each in windows
            for w in holding_in([each], country)
            if w.plan_rank <= plan_rank and (w.offline or not offline) and is_open(w, at)
        ]
        says = [(w.plan_rank, w.offline) for w in here]
        counts.append(len(here))
        assert _within(found.open, at) == bool(here)
        assert _within(found.overlaps, at) == (len(says) > len(set(says)))
    for hour, at in enumerate(_each_hour()):
        is_between = any(counts[:hour]) and any(counts[hour + 1 :])
        assert _within(found.gaps, at) == (not counts[hour] and is_between)


@given(_some_windows(), st.sampled_from(COUNTRIES))
@examples_of(100)
def test_what_ends_and_begins_is_what_changes_from_one_hour_to_the_next(windows: list[Window], country: str) -> None:
    ended = {at for at, where in endings(windows, since=FIRST, until=LAST).items() if country in where}
    begun = {at for at, where in beginnings(windows, since=FIRST, until=LAST).items() if country in where}
    open_at = {at: any(is_open(w, at) for w in holding_in(windows, country)) for at in [FIRST, *_each_hour(), LAST]}
    for at in _each_hour():
        after = at + hours(1)
        assert (after in ended) == (open_at[at] and not open_at.get(after, False))
        assert (after in begun) == (not open_at[at] and open_at.get(after, False))


@given(_some_windows(), _some_windows())
@examples_of(50)
def test_lost_is_where_somebody_could_watch_and_nobody_can(before: list[Window], after: list[Window]) -> None:
    gone = lost(before, after, at=NOON)

    def seen(windows: list[Window], country: str) -> bool:
        return not windows or any(is_open(w, NOON) for w in holding_in(windows, country))

    assert set(gone) == {c for c in ALL_COUNTRIES if seen(before, c) and not seen(after, c)}
