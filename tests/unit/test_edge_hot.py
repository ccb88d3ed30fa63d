"""What lies on the fast disk: what is asked for most for its size, and not something else each hour."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.delivery.edge.model.hot import HALF_LIFE_S, PLAYINGS_MIN, STAYS, Heat, Tier, choose_hot

TIERS = st.tuples(st.sampled_from(["r1", "r2", "r3", "r4"]), st.sampled_from(["hd", "audio"]))
SIZES = st.dictionaries(TIERS, st.integers(0, 1000))
HEATS = st.dictionaries(TIERS, st.floats(0, 1e6))

A, B, C = ("a", "hd"), ("b", "hd"), ("c", "hd")
ALIKE = {A: 100, B: 100, C: 100}


def test_the_hottest_for_their_size_have_the_room() -> None:
    heat = {A: 500.0, B: 900.0, C: 300.0}
    assert choose_hot(heat, {A: 100, B: 300, C: 100}, hot=(), room_bytes=200) == [A, C]


def test_what_lies_there_stays_until_something_else_is_clearly_hotter() -> None:
    assert choose_hot({A: 100.0, B: 100.0 * STAYS * 0.99}, ALIKE, hot=[A], room_bytes=100) == [A]
    assert choose_hot({A: 100.0, B: 100.0 * STAYS * 1.01}, ALIKE, hot=[A], room_bytes=100) == [B]
    assert choose_hot({A: 0.0}, ALIKE, hot=[A], room_bytes=300) == [A]


def test_nothing_is_copied_that_was_hardly_played() -> None:
    assert choose_hot({A: 100 * PLAYINGS_MIN - 1}, ALIKE, hot=(), room_bytes=300) == []
    assert choose_hot({A: 100 * PLAYINGS_MIN}, ALIKE, hot=(), room_bytes=300) == [A]


def test_what_is_held_no_more_is_not_chosen_whatever_was_asked() -> None:
    assert choose_hot({A: 900.0}, {B: 100}, hot=[A], room_bytes=300) == []


@given(HEATS, SIZES, st.sets(TIERS), st.integers(0, 3000))
def test_it_fits_and_is_held_and_a_second_look_changes_nothing(
    heat: dict[Tier, float], sizes: dict[Tier, int], hot: set[Tier], room: int
) -> None:
    chosen = choose_hot(heat, sizes, hot=hot, room_bytes=room)
    assert sum(sizes[tier] for tier in chosen) <= room
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= set(sizes)


@given(HEATS, st.sets(TIERS), st.integers(0, 8))
def test_of_tiers_alike_in_size_what_was_chosen_is_chosen_again(
    heat: dict[Tier, float], hot: set[Tier], places: int
) -> None:
    sizes = dict.fromkeys(heat, 10)
    chosen = choose_hot(heat, sizes, hot=hot, room_bytes=10 * places)
    assert set(choose_hot(heat, sizes, hot=chosen, room_bytes=10 * places)) == set(chosen)


def test_half_of_what_was_sent_is_forgotten_in_a_day_and_what_is_nearly_nothing_wholly() -> None:
    heat = Heat(0.0)
    heat.note([(A, 1000), (B, 1), (A, 24)], at=0.0)
    heat.note([(C, 5)], at=HALF_LIFE_S)
    assert heat.bytes == {A: 512.0, C: 5.0}
    heat.note([(C, 5)], at=0.0)  # a clock that was set back
    assert heat.bytes == {A: 512.0, C: 10.0}
