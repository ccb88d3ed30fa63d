"""Steering listens to the studio: a release that is ready is wanted at the edge, and one that is removed is purged. And it
looks whether a day's counts are in, by which to plan."""

from collections.abc import Awaitable, Callable

from matinee.control.steering.api import Steering
from matinee.kernel.quantities import minutes
from matinee.wire.events import Envelope, ReleaseReady

TOPIC, GROUP = ReleaseReady.topic, "steering"
LOOK_AT_COUNTS = minutes(10)


def consumer(steering: Steering) -> Callable[[Envelope], Awaitable[None]]:
    return steering.note


def counts(steering: Steering) -> Callable[[], Awaitable[None]]:
    return steering.look_at_counts
