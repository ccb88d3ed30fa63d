"""Counts, what is remembered of them, and what they say of tomorrow."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model import demand
from matinee.control.steering.model.counting import KEPT, SENT_A_DAY_MAX, believed, is_day, playings
from matinee.control.steering.model.remembered import Known, Memory, days_between, last_day, on_air
from matinee.kernel.quantities import days, hours
from matinee.wire.accounts import Streamed
from matinee.wire.encoding import from_json, to_json
from tests.builders import NOON

DAY = "2026-11-20"
CATALOG = [Known(f"r{n}", f"t{n}") for n in range(6)]
ALWAYS = {each.release_id: 1.0 for each in CATALOG}
some_playings = st.dictionaries(st.sampled_from([each.release_id for each in CATALOG]), st.floats(0, 1e9), max_size=6)


def region(played: dict[str, float], nights: int = 1, aired: dict[str, float] = ALWAYS) -> Memory:
    memory: Memory | None = None
    for _ in range(nights):
        memory = demand.region_after(memory, CATALOG, day=DAY, played=played, aired=aired)
    assert memory is not None
    return memory


def site(own: dict[str, float], played: dict[str, float], held: set[str], nights: int = 1) -> Memory:
    memory: Memory | None = None
    for _ in range(nights):
        memory = demand.site_after("flash/x", memory, CATALOG, day=DAY, own=own, played=played, held=held)
    assert memory is not None
    return memory


def test_without_any_count_every_release_is_expected_as_often_as_any_other() -> None:
    assert set(demand.expected(CATALOG, None, None).values()) == {1.0}


def test_what_is_not_held_here_is_expected_as_often_as_the_region_plays_it() -> None:
    played = {"r0": 100.0, "r1": 100.0, "r2": 10.0}
    here = site({"r0": 10.0}, played, held={"r0"}, nights=30)
    expected = demand.expected(CATALOG, region(played, nights=30), here)
    assert expected["r1"] == pytest.approx(expected["r0"], rel=0.05), "nobody could be served it from here"
    assert expected["r2"] == pytest.approx(expected["r1"] / 10, rel=0.2)


def test_what_is_held_and_not_played_here_is_expected_less_than_the_region_plays_it() -> None:
    played = {"r0": 100.0, "r1": 100.0}
    here = site({"r0": 10.0}, played, held={"r0", "r1"}, nights=30)
    expected = demand.expected(CATALOG, region(played, nights=30), here)
    assert expected["r1"] < expected["r0"] / 3


def test_a_new_film_is_expected_as_often_as_eight_average_ones_and_soon_less() -> None:
    played = {f"r{n}": 12.0 for n in range(5)}
    waiting = ALWAYS | {"r5": 0.0}
    fresh = region(played, nights=40, aired=waiting)
    assert demand.expected(CATALOG, fresh, None)["r5"] == pytest.approx(8 * 12.0, rel=0.01)
    flop = demand.region_after(fresh, CATALOG, day=DAY, played=played, aired=ALWAYS)
    assert demand.expected(CATALOG, flop, None)["r5"] < 30


def test_a_titles_next_release_is_expected_what_the_title_is_played() -> None:
    memory = region({"r0": 500.0, "r1": 20.0}, nights=20)
    catalog = [*CATALOG, Known("r0-again", "t0"), Known("r1-again", "t1")]
    expected = demand.expected(catalog, memory, None)
    assert expected["r0-again"] == pytest.approx(500, rel=0.1)
    assert 20 <= expected["r1-again"] < 50


@given(some_playings, some_playings, st.sets(st.sampled_from(list(ALWAYS))), st.integers(1, 4))
def test_what_is_expected_is_a_number_above_nothing_whatever_was_counted(
    own: dict[str, float], others: dict[str, float], held: set[str], nights: int
) -> None:
    played = {each: own.get(each, 0.0) + others.get(each, 0.0) for each in ALWAYS}
    expected = demand.expected(CATALOG, region(played, nights), site(own, played, held, nights))
    assert all(0 < each < 1e12 for each in expected.values())


@given(some_playings, some_playings)
def test_a_memory_comes_back_as_it_was_kept(own: dict[str, float], played: dict[str, float]) -> None:
    for memory in (region(played), site(own, played, held=set(own))):
        assert from_json(to_json(memory), Memory) == memory


def test_only_what_was_there_for_more_than_a_day_is_new_no_more() -> None:
    aired = {"r0": 1.0, "r1": 0.5, "r2": 0.0}
    once = demand.region_after(None, CATALOG, day=DAY, played={}, aired=aired)
    assert once.settled == set()
    assert demand.region_after(once, CATALOG, day=DAY, played={}, aired=ALWAYS).settled == {"r0", "r1"}


some_counts = st.lists(
    st.builds(
        Streamed,
        st.sampled_from(["2026-11-20", "2026-11-21", "2026-01-01"]),
        st.sampled_from(["r1", "r2"]),
        st.sampled_from(["hd", "sd"]),
        st.integers(0, 10**40),
    ),
    max_size=8,
)


@given(some_counts)
def test_of_what_an_appliance_says_each_sum_is_taken_once_and_none_that_cannot_be(counts: list[Streamed]) -> None:
    taken = believed(counts, at=NOON)
    assert len({(each.day, each.release_id, each.tier) for each in taken}) == len(taken)
    assert all(0 < each.bytes <= SENT_A_DAY_MAX for each in taken)
    first = (NOON - KEPT).date().isoformat()
    assert all(each.day >= first for each in taken)
    assert believed([*taken, *counts], at=NOON) == taken


@given(st.text(max_size=12))
def test_no_text_makes_a_day_stumble(text: str) -> None:
    assert is_day(text) in (True, False)


def test_days_have_their_form_and_are_in_the_calendar() -> None:
    assert is_day("2028-02-29")
    assert not any(map(is_day, ("2026-02-29", "2026-1-1", "20261121", "2026-11-21T00", "２０２６-11-21", "")))


def test_a_release_of_unknown_size_counts_as_one_of_the_usual_size_and_one_nobody_wants_not_at_all() -> None:
    assert playings({"a": 40.0, "b": 60.0, "c": 5.0}, {"a": 20, "b": 0}) == {"a": 2.0, "b": 3.0}
    assert playings({"a": 40.0}, {"a": 0}) == {}


def test_the_days_to_remember_are_those_since_the_last_and_without_one_since_the_first_count() -> None:
    assert days_between("2026-11-18", "2026-11-20", most=30) == ["2026-11-19", "2026-11-20"]
    assert days_between("2026-11-20", "2026-11-20", most=30) == []
    assert days_between("2026-11-21", "2026-11-20", most=30) == []
    assert days_between(None, "2026-11-20", most=30) == ["2026-11-20"]
    assert days_between(None, "2026-11-20", first="2026-11-19", most=30) == ["2026-11-19", "2026-11-20"]
    assert days_between(None, "2026-11-20", first="2026-11-21", most=30) == ["2026-11-20"]
    assert len(days_between("2025-01-01", "2026-11-20", most=30)) == 30


def test_a_day_is_over_when_its_accounts_had_time_to_come() -> None:
    midnight = NOON.replace(hour=0)
    assert last_day(midnight + timedelta(minutes=59), told_after=hours(1)) == "2026-11-19"
    assert last_day(midnight + hours(1), told_after=hours(1)) == "2026-11-20"


def test_what_came_out_at_noon_was_there_for_half_of_the_day() -> None:
    assert on_air("2026-11-21", NOON) == 0.5
    assert (on_air("2026-11-20", NOON), on_air("2026-11-22", NOON), on_air("2026-11-22", None)) == (0.0, 1.0, 1.0)
    assert on_air("2026-11-22", NOON + days(1)) == 0.5
