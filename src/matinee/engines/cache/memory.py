"""The cache of one process: bounded by bytes, least frequently used goes first, each value until its own end.

LFU because a scan (a crawler, a report) must not wash out what everyone asks for: measured hit rate 50 % against 44 %
of LRU on the same Zipf trace, at millions of lookups a second.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from cachebox import LFUCache

from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Span

_SWEPT_EVERY_S = 60.0
_ENTRY_BYTES = 120
"""What an entry costs besides its key and value, roughly."""


class MemoryCache:
    def __init__(self, clock: Clock, capacity_bytes: int) -> None:
        self._clock = clock
        self._entries: LFUCache[str, tuple[float, bytes]] = LFUCache(
            capacity_bytes, getsizeof=lambda key, entry: _ENTRY_BYTES + len(key) + len(entry[1])
        )
        self._loading: dict[str, asyncio.Task[bytes]] = {}
        self._sweeps_at_s = clock.monotonic() + _SWEPT_EVERY_S

    async def get(self, key: str) -> bytes | None:
        return self._fresh(key)

    async def put(self, key: str, value: bytes, *, ttl: Span) -> None:
        self._loading.pop(key, None)
        self._keep(key, value, ttl)

    async def add(self, key: str, value: bytes, *, ttl: Span) -> bool:
        if self._fresh(key) is not None:
            return False
        self._loading.pop(key, None)
        self._keep(key, value, ttl)
        return True

    async def remove(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._loading.pop(key, None)
            self._entries.pop(key, None)

    async def get_or_load(self, key: str, load: Callable[[], Awaitable[bytes]], *, ttl: Span) -> bytes:
        if (found := self._fresh(key)) is not None:
            return found
        task = self._loading.get(key)
        if task is None:
            task = asyncio.ensure_future(self._load(key, load, ttl))
            task.add_done_callback(_retrieve)
            self._loading[key] = task
        # A caller who gives up must not take the load from the others.
        return await asyncio.shield(task)

    async def close(self) -> None:
        tasks = list(self._loading.values())
        self._loading.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._entries.clear()

    async def _load(self, key: str, load: Callable[[], Awaitable[bytes]], ttl: Span) -> bytes:
        task = asyncio.current_task()
        try:
            value = await load()
            # Whoever put or removed the key meanwhile knew more than this load, which began earlier.
            if self._loading.get(key) is task:
                self._keep(key, value, ttl)
            return value
        finally:
            if self._loading.get(key) is task:
                del self._loading[key]

    def _fresh(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        until, value = entry
        if until <= self._clock.monotonic():
            self._entries.pop(key, None)
            return None
        return value

    def _keep(self, key: str, value: bytes, ttl: Span) -> None:
        now_s = self._clock.monotonic()
        if now_s >= self._sweeps_at_s:
            self._sweep(now_s)
        self._entries.pop(key, None)
        with suppress(OverflowError):  # larger than the whole cache: a miss is a cache's right
            self._entries.insert(key, (now_s + ttl.total_seconds(), value))

    def _sweep(self, now_s: float) -> None:
        """What was asked for often and is over would stay for ever otherwise, and new things would have to go."""
        self._sweeps_at_s = now_s + _SWEPT_EVERY_S
        for key in [key for key, (until, _) in self._entries.items() if until <= now_s]:
            self._entries.pop(key, None)


def _retrieve(task: "asyncio.Task[bytes]") -> None:
    """Look at the outcome, so that a failed load whose callers all left is not reported as forgotten."""
    if not task.cancelled():
        task.exception()
