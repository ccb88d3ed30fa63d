"""A service as its neighbors in the same process see it: each call with its deadline, its histogram, its fault point.

Kept to a few microseconds: every story makes several such calls. It hands the request's deadline on and begins nothing
after it, but cuts nothing short: in one process the work would be lost, and nobody would be served sooner.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from prometheus_client import Counter, Histogram

from matinee.kernel.clock import Clock
from matinee.kernel.context import deadline_monotonic
from matinee.resilience.deadlines import DeadlinePassed

Call = Callable[..., Awaitable[Any]]  # a Protocol's method, whatever its arguments

BUCKETS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
CALL_SECONDS = Histogram(
    "matinee_call_seconds", "Time of calls between services", ["service", "call", "how"], buckets=BUCKETS
)
CALL_FAILURES = Counter(
    "matinee_call_failures_total", "Calls that raised, by what they raised", ["service", "call", "error"]
)


class Faults:
    """Where chaos reaches in: what is put here under `service.method` runs before that call, and may wait or raise."""

    def __init__(self) -> None:
        self.before: dict[str, Callable[[], Awaitable[None]]] = {}


def calls_of(protocol: Any) -> Mapping[str, Call]:
    """The methods of an inside door by name."""
    return {name: found for name, found in vars(protocol).items() if inspect.iscoroutinefunction(found)}


def guarded(protocol: Any, service: Any, *, name: str, clock: Clock, faults: Faults) -> Any:
    """An object with the Protocol's methods and nothing else."""
    methods = {call: staticmethod(_guard(service, name, call, clock, faults)) for call in calls_of(protocol)}
    return type(f"Guarded{protocol.__name__}", (), {"__slots__": (), **methods})()


def _guard(service: Any, name: str, call: str, clock: Clock, faults: Faults) -> Call:
    inner: Call = getattr(service, call)
    observe = CALL_SECONDS.labels(name, call, "local").observe
    monotonic, deadline_of, before, point = clock.monotonic, deadline_monotonic.get, faults.before, f"{name}.{call}"

    async def guarded_call(*args: Any, **kwargs: Any) -> Any:
        began = monotonic()
        deadline = deadline_of()
        if deadline is not None and began >= deadline:
            raise DeadlinePassed
        if before and (fault := before.get(point)) is not None:
            await fault()
        try:
            return await inner(*args, **kwargs)
        except Exception as error:
            CALL_FAILURES.labels(name, call, type(error).__name__).inc()
            raise
        finally:
            observe(monotonic() - began)

    return guarded_call
