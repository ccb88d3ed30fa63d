"""Catalog listens: to the studio and to steering, so that releases become known, placed, current; and to itself, so that
search follows what was committed, also when a crash came between the two. And it looks which rights have ended.
"""

from collections.abc import Awaitable, Callable

from matinee.control.catalog.api import Catalog
from matinee.control.catalog.api.desk import Desk
from matinee.control.catalog.api.rights import RightsDesk
from matinee.kernel.quantities import seconds
from matinee.wire.events import Envelope, ReleaseReady, TitleChanged

TOPICS = {ReleaseReady.topic: "catalog", TitleChanged.topic: "catalog-search"}
"""Which topics, and as which group."""
LOOK_AT_RIGHTS = seconds(10)
LOOK_AT_SCHEDULE = seconds(5)


def consumer(catalog: Catalog) -> Callable[[Envelope], Awaitable[None]]:
    return catalog.note


def publish_due(desk: Desk) -> Callable[[], Awaitable[None]]:
    async def look() -> None:
        await desk.publish_due()

    return look


def rights(desk: RightsDesk) -> Callable[[], Awaitable[None]]:
    """In every instance: what one has told the others find told."""
    return desk.look
