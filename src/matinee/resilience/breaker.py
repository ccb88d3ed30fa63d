"""A breaker: after many failures of late, a neighbor is left alone for a while, then tried with one call.

closed: calls go; failures are counted over a sliding window. open: none goes. half-open: one probe at a time goes; enough
good ones close the breaker, a bad one opens it again.

Whoever may go is told in which generation it begins: each change of state begins another, and what a call of an earlier
one has to say, however late, is no news of this one.
"""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    failure_ratio: float = 0.5
    calls_min: int = 10
    """Fewer calls in the window say nothing."""
    window_seconds: float = 10.0
    open_seconds: float = 2.0
    probes: int = 2
    """Good ones in a row that close it."""


_SLICES = 10
"""The window is kept in slices, so that old counts leave it a tenth at a time and memory is constant."""


class Breaker:
    """`now` is monotonic seconds. Whoever was allowed says how it ended, with the generation it was given: `succeed`,
    `fail` or `abandon`."""

    def __init__(self, limits: BreakerLimits | None = None) -> None:
        self._limits = limits or BreakerLimits()
        self._slices: dict[int, tuple[int, int]] = {}
        self._state = State.CLOSED
        self._generation = 0
        self._opened_at = 0.0
        self._probed_at: float | None = None
        """When the probe that is under way was let go."""
        self._good_probes = 0

    @property
    def state(self) -> State:
        return self._state

    def allow(self, now: float) -> int | None:
        """The generation a call begins in; None where it may not go."""
        if self._state is State.OPEN and now - self._opened_at >= self._limits.open_seconds:
            self._become(State.HALF_OPEN)
        if self._state is State.OPEN or (self._state is State.HALF_OPEN and self._is_probing(now)):
            return None
        if self._state is State.HALF_OPEN:
            self._probed_at = now
        return self._generation

    def succeed(self, generation: int, now: float) -> None:
        if generation != self._generation:
            return
        if self._state is State.HALF_OPEN:
            self._probed_at = None
            self._good_probes += 1
            if self._good_probes >= self._limits.probes:
                self._become(State.CLOSED)
        elif self._state is State.CLOSED:
            self._count(now, failed=False)

    def fail(self, generation: int, now: float) -> None:
        if generation != self._generation:
            return
        if self._state is State.HALF_OPEN:
            self._open(now)
        elif self._state is State.CLOSED:
            self._count(now, failed=True)
            calls, failures = self._recent()
            if calls >= self._limits.calls_min and failures / calls >= self._limits.failure_ratio:
                self._open(now)

    def abandon(self, generation: int) -> None:
        """It ended for a reason of the caller's: that says nothing of the neighbor, but a probe's place is free again."""
        if generation == self._generation:
            self._probed_at = None

    def _is_probing(self, now: float) -> bool:
        # An upload may be under way for minutes: nobody waits for it longer than for a neighbor that rests.
        return self._probed_at is not None and now - self._probed_at < self._limits.open_seconds

    def _open(self, now: float) -> None:
        self._become(State.OPEN)
        self._opened_at = now

    def _become(self, state: State) -> None:
        self._state = state
        self._generation += 1
        self._probed_at, self._good_probes = None, 0
        self._slices.clear()

    def _count(self, now: float, *, failed: bool) -> None:
        number = int(now * _SLICES / self._limits.window_seconds)
        for old in [n for n in self._slices if n <= number - _SLICES]:
            del self._slices[old]
        calls, failures = self._slices.get(number, (0, 0))
        self._slices[number] = (calls + 1, failures + failed)

    def _recent(self) -> tuple[int, int]:
        return sum(c for c, _ in self._slices.values()), sum(f for _, f in self._slices.values())
