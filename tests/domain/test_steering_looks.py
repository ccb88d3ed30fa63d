"""Steering's look at the fleet, where looking takes longer than what is seen stays good."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from matinee.control.steering.api import PurgeOrder
from matinee.engines.database.port import Work
from matinee.kernel.ids import ReleaseId
from matinee.kernel.quantities import seconds
from matinee.wire.purge import TombstonesAsked
from tests.house import House

T = TypeVar("T")


@pytest.fixture
def looked(house: House, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the database was read: each time for longer than what is seen stays good, and others go on meanwhile."""
    read, count = house.database.read, [0]

    async def slowly(work: Callable[[Work], T]) -> T:
        count[0] += 1
        found = await read(work)
        house.clock.advance(seconds(1))
        await asyncio.sleep(0)
        return found

    monkeypatch.setattr(house.database, "read", slowly)
    return count


async def test_one_slow_look_is_enough_for_all_who_came_before_it_began(house: House, looked: list[int]) -> None:
    await house.add_film()
    house.clock.advance(seconds(1))
    looked[0] = 0
    await house.steering.appliances()
    of_one_look, looked[0] = looked[0], 0
    house.clock.advance(seconds(1))
    await asyncio.gather(*(house.steering.appliances() for _ in range(50)))
    assert 0 < looked[0] <= 2 * of_one_look


async def test_who_waits_for_a_look_that_others_began_sees_what_it_wrote_before(
    house: House, looked: list[int]
) -> None:
    film = await house.add_film()
    await house.report(appliance="flash-1")
    paths = [f"hd/v1/{number}.m4s" for number in range(20)]

    async def purged(number: int, path: str) -> bool:
        for _ in range(number):  # each in the midst of another's look
            await asyncio.sleep(0)
        order = PurgeOrder("scratched", "op", release_id=ReleaseId(film.release_id), path=path)
        ordered = await house.steering.order_purge(order)
        asked = TombstonesAsked("flash-1", ordered.number - 1)
        news = await house.steering.tombstones(asked, places=100)
        return ordered.number in {stone.sequence for stone in news.tombstones.stones}

    assert all(await asyncio.gather(*(purged(number, path) for number, path in enumerate(paths))))
