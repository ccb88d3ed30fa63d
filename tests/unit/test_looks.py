"""What nobody waits for leaves one of the looks at films to who has just come."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from matinee.studio.encoding.service.looks import Looks


async def is_open(looks: Looks, *, urgent: bool) -> bool:
    """Whether one more may look at once."""
    entering = asyncio.create_task((looks.urgent() if urgent else looks.patient()).__aenter__())
    for _ in range(5):
        await asyncio.sleep(0)
    done = entering.done()
    entering.cancel()
    return done


@pytest.mark.parametrize("at_once", [2, 5])
async def test_patient_looks_leave_one_to_urgent_ones_which_may_take_all(at_once: int) -> None:
    looks = Looks(at_once)
    async with AsyncExitStack() as stack:
        for _ in range(at_once - 1):
            await stack.enter_async_context(looks.patient())
        assert not await is_open(looks, urgent=False)
        await stack.enter_async_context(looks.urgent())
        assert not await is_open(looks, urgent=True)
    looks = Looks(at_once)
    async with AsyncExitStack() as stack:
        for _ in range(at_once):
            await stack.enter_async_context(looks.urgent())
        assert not await is_open(looks, urgent=True)
        assert not await is_open(looks, urgent=False)


async def test_with_one_look_in_all_the_patient_are_served_too() -> None:
    async with Looks(1).patient():
        pass
