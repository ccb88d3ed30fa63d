"""Viewing listens to members: what was watched goes with the profile that watched it."""

from collections.abc import Awaitable, Callable

from matinee.control.viewing.api import Viewing
from matinee.wire.events import Envelope, ProfileRemoved

TOPIC, GROUP = ProfileRemoved.topic, "viewing"


def consumer(viewing: Viewing) -> Callable[[Envelope], Awaitable[None]]:
    return viewing.note
