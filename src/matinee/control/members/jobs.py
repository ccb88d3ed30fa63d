"""What members hears and does by itself: titles that leave are told of, and what is old is forgotten."""

from collections.abc import Awaitable, Callable

from matinee.control.members.api.notices import Notices
from matinee.kernel.quantities import days
from matinee.wire.events import Envelope, TitleLeaving

TOPIC, GROUP = TitleLeaving.topic, "members-notices"
SWEEP = days(1)


def consumer(notices: Notices) -> Callable[[Envelope], Awaitable[None]]:
    return notices.note


def sweep(notices: Notices) -> Callable[[], Awaitable[None]]:
    async def look() -> None:
        await notices.sweep()

    return look
