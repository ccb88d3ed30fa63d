"""The caches, by the contract."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from matinee.engines.cache.memory import MemoryCache
from matinee.engines.cache.port import Cache
from matinee.kernel.quantities import Span, minutes
from tests.contract.cache_conformance import CacheConformance
from tests.contract.hand_clock import HandClock


class TestMemoryCache(CacheConformance):
    @pytest.fixture
    async def cache(self) -> AsyncIterator[Cache]:
        self.clock = HandClock()
        cache = MemoryCache(self.clock, capacity_bytes=1 << 20)
        yield cache
        await cache.close()

    async def advance(self, span: Span) -> None:
        self.clock.advance(span)


async def test_a_full_memory_cache_forgets_what_is_asked_for_least() -> None:
    cache = MemoryCache(HandClock(), capacity_bytes=10_000)
    await cache.put("hot", b"h" * 500, ttl=minutes(1))
    for _ in range(20):
        await cache.get("hot")
    for number in range(100):
        await cache.put(f"scan-{number}", b"s" * 500, ttl=minutes(1))
    assert await cache.get("hot") == b"h" * 500
    kept = [number for number in range(100) if await cache.get(f"scan-{number}") is not None]
    assert 0 < len(kept) < 20


async def test_a_value_larger_than_the_cache_is_a_miss_and_no_error() -> None:
    cache = MemoryCache(HandClock(), capacity_bytes=1000)
    await cache.put("big", b"x" * 5000, ttl=minutes(1))
    assert await cache.get("big") is None


async def test_a_closed_cache_takes_its_loads_with_it() -> None:
    cache = MemoryCache(HandClock(), capacity_bytes=1000)

    async def never() -> bytes:
        await asyncio.Event().wait()
        return b""

    caller = asyncio.create_task(cache.get_or_load("a", never, ttl=minutes(1)))
    await asyncio.sleep(0)
    await cache.close()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_what_is_over_makes_room_however_often_it_was_asked_for() -> None:
    clock = HandClock()
    cache = MemoryCache(clock, capacity_bytes=10_000)
    for name in range(20):
        await cache.put(f"old-{name}", b"x" * 300, ttl=minutes(1))
        for _ in range(50):
            assert await cache.get(f"old-{name}") is not None
    clock.advance(minutes(2))
    for name in range(20):
        await cache.put(f"new-{name}", b"x" * 300, ttl=minutes(1))
    assert [await cache.get(f"new-{name}") is not None for name in range(20)] == [True] * 20
