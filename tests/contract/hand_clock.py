"""A clock that stands still until a test moves it."""

import asyncio
from datetime import UTC, datetime

from matinee.kernel.quantities import Instant, Span

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class HandClock:
    def __init__(self, at: Instant = NOON) -> None:
        self._at = at

    def now(self) -> Instant:
        return self._at

    def monotonic(self) -> float:
        return self._at.timestamp()

    async def sleep(self, span: Span) -> None:
        """Ends when somebody has moved the clock that far."""
        until = self._at + span
        while self._at < until:
            await asyncio.sleep(0)

    def advance(self, span: Span) -> None:
        self._at += span
