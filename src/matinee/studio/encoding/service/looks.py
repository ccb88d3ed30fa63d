"""Who may read a film through now. Such steps take no place among the jobs, and sixteen masters may be handed in at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Looks:
    def __init__(self, at_once: int) -> None:
        self._any = asyncio.Semaphore(at_once)
        self._patient = asyncio.Semaphore(max(1, at_once - 1))

    @asynccontextmanager
    async def urgent(self) -> AsyncIterator[None]:
        """On the way to a first release."""
        async with self._any:
            yield

    @asynccontextmanager
    async def patient(self) -> AsyncIterator[None]:
        """What takes minutes and nobody waits for. It leaves one for who has just come."""
        async with self._patient, self._any:
            yield
