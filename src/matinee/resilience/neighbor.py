"""A neighbor in another process: each call gets its time, a place, the breaker's word, and, where safe, another attempt.

What is asked for a waiting person fails soon: three attempts at most, and only as many retries as the budget has. What
nobody waits for (no deadline: a workflow's step, a job) waits for a neighbor that is being restarted.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from prometheus_client import Counter, Gauge

from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.context import deadline_monotonic
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import Ids
from matinee.kernel.policy import CallPolicy
from matinee.kernel.quantities import Span, minutes, seconds
from matinee.resilience.breaker import Breaker, BreakerLimits
from matinee.resilience.bulkhead import Bulkhead
from matinee.resilience.deadlines import DeadlinePassed, time_for
from matinee.resilience.guard import CALL_FAILURES, CALL_SECONDS, Faults, befall
from matinee.resilience.retry_budget import RetryBudget, pause_seconds
from matinee.resilience.spans import Spans

T = TypeVar("T")

_retries = Counter("matinee_call_retries_total", "Calls sent again", ["service", "call"])
_breaker = Gauge("matinee_breaker_state", "0 closed, 1 half-open, 2 open", ["service", "way"])
_FAIR_SHARE = 0.5
"""Of the time that a call may take: who was given less is not blamed for its silence."""


class NoAnswer(Unavailable):
    """Nothing came back: the neighbor is away, or the way to it. What was asked may have been done or not."""


class NotAsked(NoAnswer):
    """It is sure that nothing was asked: there is nobody, or nobody took the connection. Anything may be asked again."""


class AskerFailed(Exception):
    """What was asked broke off at our own end: `error` says how. It says nothing of the neighbor."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class NeighborResting(Unavailable):
    """The neighbor failed often of late and is left alone for a moment."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name.capitalize()} is not well at the moment. Try again in a few seconds.", retry_after_s=2)


class NeighborBusy(Unavailable):
    """As many calls as may be are under way to this neighbor."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name.capitalize()} is busy. Try again in a few seconds.", retry_after_s=2)


@dataclass(frozen=True, slots=True)
class NeighborLimits:
    places: int = 128
    attempts_max: int = 3
    patience: Span = minutes(2)
    """How long work that nobody waits for goes on trying."""
    breaker: BreakerLimits = field(default_factory=BreakerLimits)


class Neighbor:
    def __init__(
        self,
        name: str,
        clock: Clock,
        chance: Chance,
        faults: Faults,
        limits: NeighborLimits | None = None,
        spans: Spans | None = None,
        *,
        way: str = "rpc",
    ) -> None:
        """`way`: by which of the ways that lead there, where a process has several; each has its own breaker."""
        self._name = name
        self._spans = spans or Spans("", clock, Ids(clock, chance))
        self._clock = clock
        self._chance = chance
        self._faults = faults
        self._limits = limits or NeighborLimits()
        self._breaker = Breaker(self._limits.breaker)
        self._bulkhead = Bulkhead(self._limits.places)
        self._budget = RetryBudget()
        self._note_state = _breaker.labels(name, way).set
        self._note_seconds: dict[str, Callable[[float], None]] = {}

    async def call(self, call: str, policy: CallPolicy, attempt: Callable[[Span], Awaitable[T]]) -> T:
        """`attempt` sends once, within the time it is given; it raises `NoAnswer` when nothing came back."""
        with self._spans.asking(f"{self._name}.{call}"):
            return await self.within_limits(call, policy, attempt)

    async def within_limits(self, call: str, policy: CallPolicy, attempt: Callable[[Span], Awaitable[T]]) -> T:
        """`call`, for who has a span of its own."""
        began = self._clock.monotonic()
        self._budget.note_call()
        failures = 0
        try:
            while True:
                try:
                    return await self._once(call, policy, attempt)
                except (NoAnswer, NeighborResting) as error:
                    failures += 1
                    pause = seconds(pause_seconds(failures, self._chance.uniform()))
                    is_safe = policy.idempotent or isinstance(error, NotAsked | NeighborResting)
                    if not is_safe or not self._may_repeat(error, failures, began, pause):
                        raise
                    _retries.labels(self._name, call).inc()
                await self._clock.sleep(pause)
        except Exception as error:
            CALL_FAILURES.labels(self._name, call, type(error).__name__).inc()
            raise
        finally:
            self._observe(call, self._clock.monotonic() - began)

    async def _once(self, call: str, policy: CallPolicy, attempt: Callable[[Span], Awaitable[T]]) -> T:
        now = self._clock.monotonic()
        timeout = time_for(policy.timeout, now=now)
        if not self._bulkhead.enter():
            raise NeighborBusy(self._name)
        try:
            generation = self._breaker.allow(now)
            if generation is None:
                raise NeighborResting(self._name)
            is_fair = timeout >= policy.timeout * _FAIR_SHARE
            return await self._judged(generation, is_fair, self._attempted(call, timeout, attempt))
        finally:
            self._bulkhead.leave()
            self._note_state(self._breaker.state.value)

    async def _judged(self, generation: int, is_fair: bool, answering: Awaitable[T]) -> T:
        """A refusal is an answer: it speaks for the neighbor's health. What the asker had no time for speaks of nobody:
        `is_fair` says whether there was enough."""
        try:
            answer = await answering
        except NoAnswer as error:
            if is_fair or isinstance(error, NotAsked):
                self._breaker.fail(generation, self._clock.monotonic())
            else:
                self._breaker.abandon(generation)
            raise
        except (DeadlinePassed, AskerFailed):
            self._breaker.abandon(generation)
            raise
        except Exception:
            self._breaker.succeed(generation, self._clock.monotonic())
            raise
        except BaseException:
            self._breaker.abandon(generation)
            raise
        self._breaker.succeed(generation, self._clock.monotonic())
        return answer

    async def _attempted(self, call: str, timeout: Span, attempt: Callable[[Span], Awaitable[T]]) -> T:
        if (fault := self._faults.before.get(f"{self._name}.{call}")) is None:
            return await attempt(timeout)
        ends = self._clock.monotonic() + timeout.total_seconds()
        try:
            await befall(fault, timeout)
        except DeadlinePassed:
            raise self._silent() from None
        # What it waited on purpose is part of the time that a slow neighbor would have had.
        if (left := ends - self._clock.monotonic()) <= 0:
            raise self._silent()
        return await attempt(seconds(left))

    def _silent(self) -> NoAnswer:
        return NoAnswer(f"{self._name.capitalize()} does not answer. Try again in a few seconds.")

    def _observe(self, call: str, taken: float) -> None:
        # To find a histogram by its labels costs more than to note in it.
        if (note := self._note_seconds.get(call)) is None:
            note = self._note_seconds[call] = CALL_SECONDS.labels(self._name, call, "remote").observe
        note(taken)

    def _may_repeat(self, error: Unavailable, failures: int, began: float, pause: Span) -> bool:
        now, deadline = self._clock.monotonic(), deadline_monotonic.get()
        if deadline is None:
            return now - began < self._limits.patience.total_seconds()
        if isinstance(error, NeighborResting) or failures >= self._limits.attempts_max:
            return False
        return now + pause.total_seconds() < deadline and self._budget.take()
