"""What every cache must do. Subclasses give `cache` and `advance`."""

import asyncio

import pytest

from matinee.engines.cache.port import Cache
from matinee.kernel.quantities import Span, minutes, seconds


class CacheConformance:
    @pytest.fixture
    async def cache(self) -> Cache:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    async def advance(self, span: Span) -> None:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    async def test_what_was_put_is_found_until_its_time_is_over(self, cache: Cache) -> None:
        await cache.put("a", b"one", ttl=seconds(10))
        assert await cache.get("a") == b"one"
        await self.advance(seconds(11))
        assert await cache.get("a") is None

    async def test_a_second_put_replaces_the_value_and_its_time(self, cache: Cache) -> None:
        await cache.put("a", b"one", ttl=seconds(5))
        await cache.put("a", b"two", ttl=minutes(5))
        await self.advance(seconds(6))
        assert await cache.get("a") == b"two"

    async def test_add_takes_a_free_place_only(self, cache: Cache) -> None:
        assert await cache.add("mark", b"1", ttl=seconds(10))
        assert not await cache.add("mark", b"2", ttl=seconds(10))
        assert await cache.get("mark") == b"1"
        await self.advance(seconds(11))
        assert await cache.add("mark", b"3", ttl=seconds(10))

    async def test_only_one_of_many_concurrent_adds_succeeds(self, cache: Cache) -> None:
        put = await asyncio.gather(*(cache.add("mark", b"%d" % n, ttl=seconds(10)) for n in range(20)))
        assert sum(put) == 1

    async def test_removed_keys_are_gone_and_unknown_ones_do_not_matter(self, cache: Cache) -> None:
        await cache.put("a", b"one", ttl=seconds(10))
        await cache.remove(["a", "never there"])
        assert await cache.get("a") is None

    async def test_an_empty_value_is_a_value(self, cache: Cache) -> None:
        await cache.put("a", b"", ttl=seconds(10))
        assert await cache.get("a") == b""

    async def test_callers_who_miss_together_share_one_load(self, cache: Cache) -> None:
        loads = 0
        release = asyncio.Event()

        async def load() -> bytes:
            nonlocal loads
            loads += 1
            await release.wait()
            return b"loaded"

        waiting = [asyncio.create_task(cache.get_or_load("a", load, ttl=minutes(1))) for _ in range(10)]
        await asyncio.sleep(0)
        release.set()
        assert await asyncio.gather(*waiting) == [b"loaded"] * 10
        assert loads == 1
        assert await cache.get("a") == b"loaded"

    async def test_a_failed_load_reaches_its_callers_and_is_not_kept(self, cache: Cache) -> None:
        async def fail() -> bytes:
            raise LookupError("nothing there")

        async def succeed() -> bytes:
            return b"now"

        with pytest.raises(LookupError):
            await cache.get_or_load("a", fail, ttl=minutes(1))
        assert await cache.get_or_load("a", succeed, ttl=minutes(1)) == b"now"

    async def test_a_caller_who_gives_up_does_not_take_the_load_from_the_others(self, cache: Cache) -> None:
        release = asyncio.Event()

        async def load() -> bytes:
            await release.wait()
            return b"loaded"

        first = asyncio.create_task(cache.get_or_load("a", load, ttl=minutes(1)))
        second = asyncio.create_task(cache.get_or_load("a", load, ttl=minutes(1)))
        await asyncio.sleep(0)
        first.cancel()
        release.set()
        assert await second == b"loaded"

    async def test_a_load_that_was_overtaken_by_a_removal_is_not_kept(self, cache: Cache) -> None:
        begun, release = asyncio.Event(), asyncio.Event()

        async def load() -> bytes:
            begun.set()
            await release.wait()
            return b"stale"

        caller = asyncio.create_task(cache.get_or_load("a", load, ttl=minutes(1)))
        await begun.wait()
        await cache.remove(["a"])
        release.set()
        assert await caller == b"stale"
        assert await cache.get("a") is None
