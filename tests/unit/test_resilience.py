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
steps = st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["good", "bad", "gone"])), max_size=200)


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
            assert not breaker.allow(now)
            continue
        allowed = breaker.allow(now)
        assert allowed, "nobody else is under way, so a call or a probe may go"
        if outcome == "gone":
            breaker.abandon()
        else:
            (breaker.succeed if outcome == "good" else breaker.fail)(now)
        opened_at = now if breaker.state is State.OPEN else None


@given(steps)
def test_a_neighbor_that_never_fails_is_never_left_alone(history: list[tuple[float, str]]) -> None:
    breaker, now = Breaker(LIMITS), 0.0
    for wait, _ in history:
        now += wait
        assert breaker.allow(now)
        breaker.succeed(now)


def test_a_breaker_opens_at_half_failures_probes_one_by_one_and_closes_after_good_ones() -> None:
    breaker = Breaker(LIMITS)
    for failed in (False, True, False, True):
        assert breaker.allow(1.0)
        (breaker.fail if failed else breaker.succeed)(1.0)
    assert breaker.state is State.OPEN
    assert not breaker.allow(2.9)
    assert breaker.allow(3.0)
    assert not breaker.allow(3.0), "one probe at a time"
    breaker.succeed(3.1)
    assert breaker.allow(3.1)
    breaker.succeed(3.2)
    assert all(breaker.allow(3.2) for _ in range(9)), "closed: no more probes"


def test_a_bad_probe_opens_it_again_for_the_whole_time() -> None:
    breaker = Breaker(LIMITS)
    for _ in range(4):
        breaker.allow(0.0)
        breaker.fail(0.0)
    assert breaker.allow(2.0)
    breaker.fail(2.5)
    assert not breaker.allow(4.4)
    assert breaker.allow(4.5)


def test_failures_of_long_ago_do_not_count() -> None:
    breaker = Breaker(LIMITS)
    for now in (0.0, 0.0, 0.0, 20.0):
        assert breaker.allow(now)
        breaker.fail(now)
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
