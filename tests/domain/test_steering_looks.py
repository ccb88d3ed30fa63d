"""Steering's look at the fleet, where looking takes longer than what is seen stays good."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from matinee.engines.database.port import Work
from matinee.kernel.quantities import seconds
from tests.house import House

T = TypeVar("T")


async def test_one_slow_look_is_enough_for_all_who_came_before_it_began(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.add_film()
    read, reads = house.database.read, 0

    async def slowly(work: Callable[[Work], T]) -> T:
        nonlocal reads
        reads += 1
        house.clock.advance(seconds(1))
        await asyncio.sleep(0)
        return await read(work)

    monkeypatch.setattr(house.database, "read", slowly)
    house.clock.advance(seconds(1))
    await house.steering.appliances()
    of_one_look, reads = reads, 0
    house.clock.advance(seconds(1))
    await asyncio.gather(*(house.steering.appliances() for _ in range(50)))
    assert 0 < reads <= 2 * of_one_look
