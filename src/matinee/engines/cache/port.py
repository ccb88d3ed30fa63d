"""What callers may expect of a cache: perhaps the last value put, never an error. A broken cache is a miss."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from matinee.kernel.quantities import Span


class Cache(Protocol):
    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes, *, ttl: Span) -> None: ...

    async def add(self, key: str, value: bytes, *, ttl: Span) -> bool:
        """Put unless there is one already; whether it was put. The base of single-use marks and small locks."""
        ...

    async def remove(self, keys: Sequence[str]) -> None: ...

    async def get_or_load(self, key: str, load: Callable[[], Awaitable[bytes]], *, ttl: Span) -> bytes:
        """The cached value, else `load()`'s, stored. Callers who miss at once share one load; a failed load is not kept."""
        ...

    async def close(self) -> None: ...
