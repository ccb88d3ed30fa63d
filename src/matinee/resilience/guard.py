"""A service as its neighbors in the same process see it: each call with its deadline, its histogram, its fault point.

Kept to a few microseconds: every story makes several such calls. It hands the request's deadline on and begins nothing
after it, but cuts nothing short: in one process the work would be lost, and nobody would be served sooner.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from prometheus_client import Counter, Histogram

from matinee.kernel.clock import Clock
from matinee.kernel.context import deadline_monotonic
from matinee.kernel.policy import policy_of
from matinee.kernel.quantities import Span
from matinee.resilience.deadlines import DeadlinePassed, time_for

Call = Callable[..., Awaitable[Any]]  # a Protocol's method, whatever its arguments

BUCKETS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
CALL_SECONDS = Histogram(
    "matinee_call_seconds", "Time of calls between services", ["service", "call", "how"], buckets=BUCKETS
)
CALL_FAILURES = Counter(
    "matinee_call_failures_total", "Calls that raised, by what they raised", ["service", "call", "error"]
)


class Faults:
    """Where chaos reaches in, under `service.method`."""

    def __init__(self) -> None:
        self.before: dict[str, Callable[[], Awaitable[None]]] = {}
        """Runs before the call, and may wait or raise."""
        self.instead: dict[str, Call] = {}
        """Answers instead of the service, and may lie. Of calls in this process only."""


def calls_of(protocol: Any) -> Mapping[str, Call]:
    """The methods of an inside door by name."""
    return {name: found for name, found in vars(protocol).items() if inspect.iscoroutinefunction(found)}


def guarded(protocol: Any, service: Any, *, name: str, clock: Clock, faults: Faults) -> Any:
    """An object with the Protocol's methods and nothing else."""
    methods = {
        call: staticmethod(_guard(getattr(service, call), f"{name}.{call}", policy_of(method).timeout, clock, faults))
        for call, method in calls_of(protocol).items()
    }
    return type(f"Guarded{protocol.__name__}", (), {"__slots__": (), **methods})()


def _guard(service: Call, point: str, limit: Span, clock: Clock, faults: Faults) -> Call:
    name, _, call = point.partition(".")
    observe = CALL_SECONDS.labels(name, call, "local").observe
    monotonic, deadline_of, before, instead = clock.monotonic, deadline_monotonic.get, faults.before, faults.instead

    async def guarded_call(*args: Any, **kwargs: Any) -> Any:
        began = monotonic()
        deadline = deadline_of()
        if deadline is not None and began >= deadline:
            raise DeadlinePassed
        inner = service
        try:
            if before and (fault := before.get(point)) is not None:
                await befall(fault, time_for(limit, now=began))
            if instead:
                inner = instead.get(point, service)
            return await inner(*args, **kwargs)
        except Exception as error:
            CALL_FAILURES.labels(name, call, type(error).__name__).inc()
            raise
        finally:
            observe(monotonic() - began)

    return guarded_call


async def befall(fault: Callable[[], Awaitable[None]], limit: Span) -> None:
    """A neighbor that is slow on purpose is given up as one in another process is: nothing has been asked of it yet."""
    try:
        async with asyncio.timeout(limit.total_seconds()):
            await fault()
    except TimeoutError:
        raise DeadlinePassed from None
