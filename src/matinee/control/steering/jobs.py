"""Steering listens to the studio: a release that is ready is wanted at the edge, and one that is removed is purged."""

from collections.abc import Awaitable, Callable

from matinee.control.steering.api import Steering
from matinee.wire.events import Envelope, ReleaseReady

TOPIC, GROUP = ReleaseReady.topic, "steering"


def consumer(steering: Steering) -> Callable[[Envelope], Awaitable[None]]:
    return steering.note
