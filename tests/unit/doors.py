"""Two doors a pure test can set: a clock that stands where it was put, and chance that counts."""

import hashlib
from datetime import UTC, datetime

from matinee.kernel.quantities import Instant, Span

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class SetClock:
    def __init__(self, at: Instant = NOON) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, span: Span) -> None:
        self.advance(span)

    def advance(self, span: Span) -> None:
        self.at += span


class CountingChance:
    """Different bytes at each draw, the same in every run; `first` comes first."""

    def __init__(self, first: bytes = b"") -> None:
        self._first = first
        self._drawn = 0

    def bytes(self, count: int) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first[:count]
        self._drawn += 1
        block = hashlib.sha256(self._drawn.to_bytes(8)).digest()
        return (block * (count // len(block) + 1))[:count]

    def uniform(self) -> float:
        return int.from_bytes(self.bytes(6)) / (1 << 48)
