"""The shells: what a guarded and a remote call do, against a neighbor that a test commands."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from matinee.kernel.chance import SystemChance
from matinee.kernel.context import deadline_monotonic
from matinee.kernel.errors import NotFound, Unavailable
from matinee.kernel.policy import CallPolicy
from matinee.kernel.quantities import Instant, Span, from_epoch_ms, seconds
from matinee.resilience.deadlines import DeadlinePassed
from matinee.resilience.guard import Faults, guarded
from matinee.resilience.neighbor import (
    AskerFailed,
    Neighbor,
    NeighborBusy,
    NeighborLimits,
    NeighborResting,
    NoAnswer,
    NotAsked,
)

ONCE, AGAIN = CallPolicy(seconds(1)), CallPolicy(seconds(1), idempotent=True)


class LogicalClock:
    """Moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 100.0

    def now(self) -> Instant:
        return from_epoch_ms(round(self.at * 1000))

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, span: Span) -> None:
        self.at += span.total_seconds()


class Line:
    """The way to a neighbor: away for so many attempts, then there again."""

    def __init__(self, away_for: int) -> None:
        self.away_for = away_for
        self.sent = 0
        self.times: list[Span] = []

    async def __call__(self, time: Span) -> str:
        self.sent += 1
        self.times.append(time)
        if self.sent <= self.away_for:
            raise NoAnswer("Away.")
        return "done"


def neighbor(clock: LogicalClock, limits: NeighborLimits | None = None, faults: Faults | None = None) -> Neighbor:
    return Neighbor("billing", clock, SystemChance(), faults or Faults(), limits)


@pytest.fixture
def clock() -> LogicalClock:
    return LogicalClock()


async def asked(clock: LogicalClock, line: Callable[[Span], Awaitable[str]], policy: CallPolicy) -> str:
    deadline_monotonic.set(clock.at + 5)
    return await neighbor(clock).call("plan", policy, line)


async def test_what_is_idempotent_is_sent_again(clock: LogicalClock) -> None:
    line = Line(away_for=2)
    assert await asked(clock, line, AGAIN) == "done"
    assert line.sent == 3


async def test_what_is_not_idempotent_is_sent_at_most_once(clock: LogicalClock) -> None:
    line = Line(away_for=1)
    with pytest.raises(NoAnswer):
        await asked(clock, line, ONCE)
    assert line.sent == 1


async def test_what_was_certainly_not_asked_is_asked_again_whatever_it_is(clock: LogicalClock) -> None:
    asked_times = 0

    async def nobody_takes_the_connection_at_first(_time: Span) -> str:
        nonlocal asked_times
        asked_times += 1
        if asked_times == 1:
            raise NotAsked("Away.")
        return "done"

    assert await asked(clock, nobody_takes_the_connection_at_first, ONCE) == "done"


async def test_a_person_is_not_kept_waiting_by_many_attempts(clock: LogicalClock) -> None:
    line = Line(away_for=100)
    with pytest.raises(NoAnswer):
        await asked(clock, line, AGAIN)
    assert line.sent == 3


async def test_what_nobody_waits_for_waits_for_its_neighbor(clock: LogicalClock) -> None:
    line = Line(away_for=20)
    assert await neighbor(clock).call("plan", AGAIN, line) == "done"


async def test_what_nobody_waits_for_gives_up_some_time(clock: LogicalClock) -> None:
    began = clock.at
    with pytest.raises((NoAnswer, NeighborResting)):
        await neighbor(clock).call("plan", AGAIN, Line(away_for=10_000))
    assert 110 < clock.at - began < 130


async def test_many_failing_calls_are_hardly_repeated(clock: LogicalClock) -> None:
    """The reserve of the budget, and then a tenth."""
    line, billing = Line(away_for=10_000), neighbor(clock)
    for _ in range(200):
        deadline_monotonic.set(clock.at + 5)
        with pytest.raises(Unavailable):
            await billing.call("plan", AGAIN, line)
    assert line.sent <= 200 + 10 + 20


async def test_after_many_failures_a_neighbor_is_left_alone(clock: LogicalClock) -> None:
    line, billing = Line(away_for=10_000), neighbor(clock)
    deadline_monotonic.set(clock.at + 1000)
    for _ in range(10):
        with pytest.raises(NoAnswer):
            await billing.call("plan", ONCE, line)
    with pytest.raises(NeighborResting):
        await billing.call("plan", ONCE, line)
    assert line.sent == 10


async def test_a_refusal_is_an_answer_and_never_repeated(clock: LogicalClock) -> None:
    sent = 0

    async def refuse(_time: Span) -> str:
        nonlocal sent
        sent += 1
        raise NotFound("There is none.")

    billing = neighbor(clock)
    for _ in range(30):
        with pytest.raises(NotFound):
            await billing.call("plan", AGAIN, refuse)
    assert sent == 30


async def test_a_full_bulkhead_says_no_at_once(clock: LogicalClock) -> None:
    billing = neighbor(clock, NeighborLimits(places=1))

    async def ask_meanwhile(_time: Span) -> str:
        with pytest.raises(NeighborBusy):
            await billing.call("plan", ONCE, Line(away_for=0))
        return "asked"

    assert await billing.call("plan", ONCE, ask_meanwhile) == "asked"
    assert await billing.call("plan", ONCE, Line(away_for=0)) == "done"


async def test_the_time_a_call_gets_shrinks_with_the_request(clock: LogicalClock) -> None:
    line = Line(away_for=0)
    deadline_monotonic.set(clock.at + 0.25)
    await neighbor(clock).call("plan", AGAIN, line)
    assert line.times == [seconds(0.25)]


async def test_what_is_past_its_deadline_is_not_begun(clock: LogicalClock) -> None:
    line = Line(away_for=0)
    deadline_monotonic.set(clock.at - 1)
    with pytest.raises(DeadlinePassed):
        await neighbor(clock).call("plan", AGAIN, line)
    assert line.sent == 0


async def test_who_had_hardly_any_time_left_blames_nobody(clock: LogicalClock) -> None:
    """The last ten milliseconds of many requests: a neighbor that is well cannot answer in them either."""
    billing = neighbor(clock)

    async def take_too_long(time: Span) -> str:
        await clock.sleep(time)
        raise NoAnswer("Nothing came back in time.")

    for _ in range(30):
        deadline_monotonic.set(clock.at + 0.01)
        with pytest.raises(NoAnswer):
            await billing.call("plan", ONCE, take_too_long)
    deadline_monotonic.set(clock.at + 5)
    assert await billing.call("plan", ONCE, Line(away_for=0)) == "done"


async def test_a_neighbor_that_had_its_time_and_was_silent_is_left_alone(clock: LogicalClock) -> None:
    """Also where it had a little less: each service gives those it asks what it has left itself."""
    billing = neighbor(clock)
    for _ in range(10):
        deadline_monotonic.set(clock.at + 0.9)
        with pytest.raises(NoAnswer):
            await billing.call("plan", ONCE, Line(away_for=1))
    with pytest.raises(NeighborResting):
        await billing.call("plan", ONCE, Line(away_for=0))


@pytest.mark.parametrize("ended", [DeadlinePassed(), AskerFailed(NotFound("Nobody reads this."))])
async def test_what_ended_for_a_reason_of_the_asker_blames_nobody(clock: LogicalClock, ended: Exception) -> None:
    billing = neighbor(clock)

    async def end(_time: Span) -> str:
        raise ended

    deadline_monotonic.set(clock.at + 5)
    for _ in range(30):
        with pytest.raises(type(ended)):
            await billing.call("plan", ONCE, end)
    assert await billing.call("plan", ONCE, Line(away_for=0)) == "done"


async def test_a_fault_that_waits_takes_of_the_time_of_the_call_and_no_more(clock: LogicalClock) -> None:
    async def wait_a_little() -> None:
        await clock.sleep(seconds(0.4))

    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    line = Line(away_for=0)
    assert await neighbor(clock, faults=_only("billing.plan", wait_a_little)).call("plan", ONCE, line) == "done"
    assert line.times == [pytest.approx(seconds(0.6), abs=seconds(0.001))]
    deadline_monotonic.set(clock.at + 0.01)
    async with asyncio.timeout(30):
        with pytest.raises(NoAnswer):
            await neighbor(clock, faults=_only("billing.plan", wait_for_ever)).call("plan", ONCE, line)
    assert line.sent == 1


class Clerk(Protocol):
    async def greet(self, name: str, *, loudly: bool = False) -> str: ...


class PoliteClerk:
    def __init__(self) -> None:
        self.greeted: list[str] = []

    async def greet(self, name: str, *, loudly: bool = False) -> str:
        self.greeted.append(name)
        return f"HELLO {name}" if loudly else f"hello {name}"


async def test_a_guarded_service_answers_like_itself(clock: LogicalClock) -> None:
    clerk: Clerk = guarded(Clerk, PoliteClerk(), name="clerk", clock=clock, faults=Faults())
    assert await clerk.greet("Ada", loudly=True) == "HELLO Ada"
    assert not hasattr(clerk, "greeted")


async def test_a_guarded_service_begins_nothing_after_the_deadline(clock: LogicalClock) -> None:
    own = PoliteClerk()
    clerk: Clerk = guarded(Clerk, own, name="clerk", clock=clock, faults=Faults())
    deadline_monotonic.set(clock.at)
    with pytest.raises(DeadlinePassed):
        await clerk.greet("Ada")
    assert own.greeted == []


async def test_a_fault_stands_before_the_call_it_names_and_no_other(clock: LogicalClock) -> None:
    faults = Faults()
    clerk: Clerk = guarded(Clerk, PoliteClerk(), name="clerk", clock=clock, faults=faults)

    async def break_down() -> None:
        raise Unavailable("Broken on purpose.")

    faults.before["other.greet"] = break_down
    assert await clerk.greet("Ada") == "hello Ada"
    faults.before["clerk.greet"] = break_down
    with pytest.raises(Unavailable):
        await clerk.greet("Ada")
    with pytest.raises(Unavailable):
        await neighbor(clock, faults=_only("billing.plan", break_down)).call("plan", ONCE, Line(away_for=0))


def _only(point: str, fault: Callable[[], Awaitable[None]]) -> Faults:
    faults = Faults()
    faults.before[point] = fault
    return faults
