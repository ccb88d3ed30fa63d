"""What a client got of late, and where it is sent elsewhere for it."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.speeds import (
    KNOWN_FOR,
    NEIGHBORS_KEPT,
    Measure,
    Speed,
    measured,
    of_neighbors,
    rates,
    too_slow,
    with_neighbor,
)
from matinee.kernel.quantities import minutes, seconds
from tests.builders import NOON

RATES = st.dictionaries(st.sampled_from("abcdef"), st.floats(1, 1e6), max_size=6)


def _after(*kbps: float, every: float = 60.0) -> Speed:
    speed = measured(None, kbps[0], at=NOON)
    for number, each in enumerate(kbps[1:], 1):
        speed = measured(speed, each, at=NOON + seconds(every * number))
    return speed


def test_slow_bytes_count_by_the_time_they_took() -> None:
    (kbps,) = rates({"edge": _after(1_000, 9_000, every=0)}, at=NOON).values()
    assert kbps == 1_800


def test_what_was_long_ago_counts_less_and_then_nothing() -> None:
    speed = _after(100)
    for minute in range(1, 25):
        speed = measured(speed, 5_000, at=NOON + minutes(minute))
    (kbps,) = rates({"edge": speed}, at=speed.at).values()
    assert kbps > 2_000
    assert rates({"edge": speed}, at=speed.at + KNOWN_FOR + seconds(1)) == {}
    assert measured(speed, 50, at=speed.at + KNOWN_FOR + seconds(1)).weight == 1.0


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=20), st.floats(0, 600))
def test_a_mean_lies_between_the_slowest_and_the_fastest(kbps: list[float], every: float) -> None:
    speed = _after(*kbps, every=every)
    (mean,) = rates({"edge": speed}, at=speed.at).values()
    assert min(kbps) * 0.999 <= mean <= max(kbps) * 1.001


def test_a_failure_makes_an_edge_slow_at_once() -> None:
    assert too_slow(rates({"edge": _after(8_000, 8_000, 0)}, at=NOON + minutes(2)), 1_000, {}) != {}


@given(RATES, st.floats(1, 1e6))
def test_one_that_is_fast_enough_is_never_left(known: dict[str, float], needs: float) -> None:
    slow = too_slow(known, needs, {})
    assert all(known[id] < needs for id in slow)
    if any(kbps >= needs for kbps in known.values()):
        assert set(slow) == {id for id, kbps in known.items() if kbps < needs}


@given(RATES, st.floats(1, 1e6))
def test_the_best_of_two_or_more_is_never_left(known: dict[str, float], needs: float) -> None:
    if len(known) >= 2:
        assert max(known, key=known.__getitem__) not in too_slow(known, needs, {})


def test_on_a_slow_line_nobody_is_sent_back_and_forth() -> None:
    assert too_slow({"near": 800, "far": 900}, 1_000, {}) == {}
    assert too_slow({"near": 300, "far": 900}, 1_000, {}) == {"near": 300}


def test_where_all_that_are_slow_stand_together_another_site_is_tried() -> None:
    slow = {"lisbon-1": 800, "lisbon-2": 900}
    assert too_slow(slow, 1_000, dict.fromkeys(slow, "lisbon")) == slow


def test_a_network_gets_what_the_middle_of_its_sessions_got_and_one_alone_says_nothing() -> None:
    heard: dict[str, Measure] = {}
    for session, kbps in (("liar", 1), ("a", 9_000)):
        heard = with_neighbor(heard, session, kbps, at=NOON)
    assert of_neighbors(heard.values(), at=NOON) is None
    heard = with_neighbor(heard, "b", 8_000, at=NOON)
    assert of_neighbors(heard.values(), at=NOON) == 8_000
    for second in range(20):  # a session counts once, however often it speaks
        heard = with_neighbor(heard, "liar", 1, at=NOON + seconds(second))
    assert of_neighbors(heard.values(), at=NOON + seconds(20)) == 8_000
    assert of_neighbors(heard.values(), at=NOON + KNOWN_FOR + minutes(1)) is None


def test_of_a_large_network_the_newest_are_kept() -> None:
    heard: dict[str, Measure] = {}
    for number in range(NEIGHBORS_KEPT + 5):
        heard = dict(sorted(with_neighbor(heard, f"session-{number}", 100, at=NOON + seconds(number)).items()))
    assert set(heard) == {f"session-{number}" for number in range(5, NEIGHBORS_KEPT + 5)}
