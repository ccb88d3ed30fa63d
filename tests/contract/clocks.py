"""A clock that stands still until a test moves it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from matinee.kernel.quantities import Instant, Span


@dataclass
class HandClock:
    at: Instant = datetime(2026, 5, 1, 12, tzinfo=UTC)
    elapsed_seconds: float = 1000.0

    def now(self) -> Instant:
        return self.at

    def monotonic(self) -> float:
        return self.elapsed_seconds

    async def sleep(self, span: Span) -> None:
        self.advance(span)

    def advance(self, span: Span) -> None:
        self.at += span
        self.elapsed_seconds += span.total_seconds()
