"""Who guesses has to wait: counted in the cache, by atomic marks, so that many at once are no way around it."""

from dataclasses import dataclass

from matinee.control.members.api import TooManyAttempts
from matinee.control.members.model.throttle import wait_seconds
from matinee.engines.cache.port import Cache
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Instant, Span, minutes, seconds
from matinee.wire.encoding import from_json, to_json


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` attempts, then one at a time with waits that double up to `wait_max` seconds; forgotten after `remembered`."""

    name: str
    free: int = 5
    wait_max: int = 300
    remembered: Span = minutes(15)


AT_ACCOUNT = Limit("sign-in-account", free=50, wait_max=30)
"""Guesses at one account from everywhere. It slows those who are not known, and never a device that is."""


class Throttle:
    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock

    async def take(self, limit: Limit, whose: str) -> None:
        """Before anything is looked at. Raises `TooManyAttempts`."""
        attempts = f"{limit.name}:{whose}"
        taken = int(await self._cache.get(attempts) or 0)
        while taken < limit.free:
            if await self._cache.add(f"{attempts}:{taken}", b"", ttl=limit.remembered):
                await self._cache.put(attempts, str(taken + 1).encode(), ttl=limit.remembered)
                if taken == limit.free - 1:
                    await self._begin_wait(limit, attempts, limit.free)
                return
            taken += 1
        taken = int(await self._cache.get(attempts) or limit.free)
        if not await self._begin_wait(limit, attempts, taken + 1):
            now = self._clock.now()
            ends = from_json(await self._cache.get(f"{attempts}:wait") or to_json(now), Instant)
            raise TooManyAttempts(max(1, round((ends - now).total_seconds())))
        await self._cache.put(attempts, str(taken + 1).encode(), ttl=limit.remembered)

    async def give_back(self, limit: Limit, whose: str) -> None:
        """One attempt: it was no guess. Those of others behind the same address still count."""
        attempts = f"{limit.name}:{whose}"
        last = int(await self._cache.get(attempts) or 0) - 1
        if 0 <= last < limit.free:
            await self._cache.put(attempts, str(last).encode(), ttl=limit.remembered)
            await self._cache.remove([f"{attempts}:{last}", f"{attempts}:wait"])

    async def forgive(self, limit: Limit, whose: str) -> None:
        """All of it: whoever it was knew the answer."""
        attempts = f"{limit.name}:{whose}"
        free = (f"{attempts}:{n}" for n in range(limit.free))
        await self._cache.remove([attempts, f"{attempts}:wait", *free])

    async def _begin_wait(self, limit: Limit, attempts: str, taken: int) -> bool:
        """False while an earlier wait is still on. Its mark says when it ends."""
        wait = seconds(wait_seconds(taken, free=limit.free, wait_max=limit.wait_max))
        return await self._cache.add(f"{attempts}:wait", to_json(self._clock.now() + wait), ttl=wait)
