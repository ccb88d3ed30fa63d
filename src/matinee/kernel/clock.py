"""Door 1: time. The only place that reads a clock or sleeps."""

import time
from datetime import UTC, datetime
from typing import Protocol

from matinee.kernel.quantities import Instant, Span


class Clock(Protocol):
    def now(self) -> Instant:
        """Wall time: may jump. For records and expiry."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start: never jumps. For durations and deadlines."""
        ...

    async def sleep(self, span: Span) -> None: ...


class SystemClock:
    def now(self) -> Instant:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, span: Span) -> None:
        # Whoever sleeps has a loop. Processes without one read the clock too, and shall start fast and stay small.
        import asyncio

        await asyncio.sleep(max(0.0, span.total_seconds()))
