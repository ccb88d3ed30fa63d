"""Door 1 simulated: one world time, and each machine's own idea of it."""

import asyncio
from datetime import UTC, datetime

from matinee.kernel.quantities import Instant, Span
from matinee.sim.weather import Weather

_TICK_S = 1e-6
_BEGINNING = datetime(2026, 11, 21, 18, tzinfo=UTC)


class SimClock:
    def __init__(self, weather: Weather, name: str) -> None:
        self._weather = weather
        self._name = name

    def now(self) -> Instant:
        skew_s = self._weather.skews_s.get(self._name, 0.0)
        return _BEGINNING + Span(seconds=self.monotonic() + skew_s)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, span: Span) -> None:
        # Never no time at all: who sleeps for what rounds to nothing and looks again would do so for ever.
        await asyncio.sleep(max(_TICK_S, span.total_seconds()))
