"""Steering listens to the studio: a release that is ready is wanted at the edge, and one that is removed is purged. And it
looks after a roll-out every few seconds."""

from collections.abc import Awaitable, Callable
from typing import NoReturn

from matinee.control.steering.api import Steering
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import seconds
from matinee.wire.events import Envelope, ReleaseReady

TOPIC, GROUP = ReleaseReady.topic, "steering"
_STEP_EVERY = seconds(5)


def consumer(steering: Steering) -> Callable[[Envelope], Awaitable[None]]:
    return steering.note


async def keep_stepping(steering: Steering, clock: Clock) -> NoReturn:
    """In every instance: what one has done the others find done."""
    while True:
        await steering.step_rollout()
        await clock.sleep(_STEP_EVERY)
