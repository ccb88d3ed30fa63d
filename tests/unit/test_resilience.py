"""The pure parts of resilience, over any history of calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.kernel.context import deadline_monotonic
from matinee.kernel.quantities import seconds
from matinee.resilience.breaker import Breaker, BreakerLimits, State
from matinee.resilience.bulkhead import Bulkhead
from matinee.resilience.deadlines import DeadlinePassed, time_for
from matinee.resilience.retry_budget import RetryBudget, pause_seconds

LIMITS = BreakerLimits(failure_ratio=0.5, calls_min=4, window_seconds=10, open_seconds=2, probes=2)
TOUCHY = BreakerLimits(failure_ratio=0.5, calls_min=2, window_seconds=10, open_seconds=2, probes=2)
OUTCOMES = ("good", "bad", "gone")
steps = st.lists(st.tuples(st.floats(0, 5), st.sampled_from(OUTCOMES)), max_size=200)
# Seldom a pause, and often a failure: most of the time some calls are under way while the state changes.
overlapping = st.lists(
    st.tuples(
        st.sampled_from((0.0, 0.0, 0.1, 2.0)), st.booleans(), st.sampled_from((*OUTCOMES, "bad")), st.integers(0, 5)
    ),
    min_size=30,
    max_size=120,
)


def may_go(breaker: Breaker, now: float) -> int:
    """The generation of a call or a probe that has to be let go."""
    generation = breaker.allow(now)
    assert generation is not None, "nobody is in the way of this one"
    return generation


def end(breaker: Breaker, generation: int, outcome: str, now: float) -> None:
    if outcome == "gone":
        breaker.abandon(generation)
    else:
        (breaker.succeed if outcome == "good" else breaker.fail)(generation, now)


@given(st.lists(st.booleans(), max_size=400))
def test_retries_are_never_more_than_the_reserve_and_a_share_of_the_calls(history: list[bool]) -> None:
    budget = RetryBudget(ratio=0.1, tokens_max=5)
    calls = retries = 0
    for is_retry in history:
        if is_retry:
            retries += budget.take()
        else:
            budget.note_call()
            calls += 1
        assert retries <= 5 + 0.1 * calls + 1e-6


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_short_random_and_never_negative(failures: int, uniform: float) -> None:
    assert 0 <= pause_seconds(failures, uniform) <= 2.0
    assert pause_seconds(failures, uniform) <= pause_seconds(failures + 1, uniform)


@given(st.lists(st.booleans(), max_size=100), st.integers(1, 8))
def test_a_bulkhead_never_holds_more_than_its_places(history: list[bool], places: int) -> None:
    bulkhead, inside = Bulkhead(places), 0
    for enters in history:
        if enters:
            assert bulkhead.enter() == (inside < places)
            inside = min(places, inside + 1)
        elif inside:
            bulkhead.leave()
            inside -= 1


@given(steps)
def test_an_open_breaker_lets_nobody_pass_before_its_time(history: list[tuple[float, str]]) -> None:
    breaker, now, opened_at = Breaker(LIMITS), 0.0, None
    for wait, outcome in history:
        now += wait
        if opened_at is not None and now - opened_at < LIMITS.open_seconds:
            assert breaker.allow(now) is None
            continue
        end(breaker, may_go(breaker, now), outcome, now)
        opened_at = now if breaker.state is State.OPEN else None


@given(steps)
def test_a_neighbor_that_never_fails_is_never_left_alone(history: list[tuple[float, str]]) -> None:
    breaker, now = Breaker(LIMITS), 0.0
    for wait, _ in history:
        now += wait
        breaker.succeed(may_go(breaker, now), now)


@given(overlapping)
def test_what_calls_of_an_earlier_state_say_changes_nothing(history: list[tuple[float, bool, str, int]]) -> None:
    """Calls overlap in any way: one breaker hears all of them, the other only those that were begun in its present state."""
    hears_all, hears_own, now = Breaker(TOUCHY), Breaker(TOUCHY), 0.0
    under_way: list[tuple[int, int]] = []  # the generation, and after how many changes of state it was begun
    changes = 0
    for wait, begins, outcome, which in history:
        now += wait
        before = hears_all.state
        if begins:
            generation = hears_all.allow(now)
            assert generation == hears_own.allow(now)
            changes += hears_all.state is not before
            if generation is not None:
                under_way.append((generation, changes))
        elif under_way:
            generation, begun_in = under_way.pop(which % len(under_way))
            is_late = begun_in != changes
            end(hears_all, generation, outcome, now)
            if not is_late:
                end(hears_own, generation, outcome, now)
            assert not (is_late and hears_all.state is not before), "late news changed the state"
            changes += hears_all.state is not before
        assert hears_all.state is hears_own.state


def test_answers_of_calls_from_before_it_opened_do_not_close_it() -> None:
    breaker = Breaker(LIMITS)
    slow = [may_go(breaker, 0.0) for _ in range(6)]
    for generation in slow[:4]:
        breaker.fail(generation, 0.0)
    probe = may_go(breaker, 2.0)
    for generation in slow[4:]:
        breaker.succeed(generation, 2.1)
    assert breaker.state is State.HALF_OPEN
    assert breaker.allow(2.1) is None, "the probe is still under way"
    breaker.succeed(probe, 2.2)
    assert breaker.state is State.HALF_OPEN, "two good probes close it, not one"


def test_a_probe_that_takes_long_does_not_keep_all_others_out() -> None:
    breaker = Breaker(LIMITS)
    for _ in range(4):
        breaker.fail(may_go(breaker, 0.0), 0.0)
    upload = may_go(breaker, 2.0)
    assert breaker.allow(3.9) is None
    breaker.succeed(may_go(breaker, 4.0), 4.1)
    breaker.succeed(upload, 60.0)
    assert breaker.state is State.CLOSED


def test_a_breaker_opens_at_half_failures_probes_one_by_one_and_closes_after_good_ones() -> None:
    breaker = Breaker(LIMITS)
    for failed in (False, True, False, True):
        end(breaker, may_go(breaker, 1.0), "bad" if failed else "good", 1.0)
    assert breaker.state is State.OPEN
    assert breaker.allow(2.9) is None
    probe = may_go(breaker, 3.0)
    assert breaker.allow(3.0) is None, "one probe at a time"
    breaker.succeed(probe, 3.1)
    breaker.succeed(may_go(breaker, 3.1), 3.2)
    assert None not in [breaker.allow(3.2) for _ in range(9)], "closed: no more probes"


def test_a_bad_probe_opens_it_again_for_the_whole_time() -> None:
    breaker = Breaker(LIMITS)
    for _ in range(4):
        breaker.fail(may_go(breaker, 0.0), 0.0)
    breaker.fail(may_go(breaker, 2.0), 2.5)
    assert breaker.allow(4.4) is None
    assert breaker.allow(4.5) is not None


def test_failures_of_long_ago_do_not_count() -> None:
    breaker = Breaker(LIMITS)
    for now in (0.0, 0.0, 0.0, 20.0):
        breaker.fail(may_go(breaker, now), now)
    assert breaker.state is State.CLOSED


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0.001, 100))
def test_a_call_gets_the_lesser_of_its_own_time_and_what_is_left(now: float, deadline: float, limit: float) -> None:
    token = deadline_monotonic.set(deadline)
    try:
        if deadline <= now:
            with pytest.raises(DeadlinePassed):
                time_for(seconds(limit), now=now)
        else:
            given_time = time_for(seconds(limit), now=now)
            assert given_time <= seconds(limit)
            assert given_time <= seconds(deadline - now)
    finally:
        deadline_monotonic.reset(token)


def test_without_a_deadline_a_call_has_its_own_time() -> None:
    assert time_for(seconds(3), now=1e9) == seconds(3)
