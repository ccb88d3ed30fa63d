"""Catalog listens: to the studio and to steering, so that releases become known, placed, current; and to itself, so that
search follows what was committed, also when a crash came between the two.
"""

from collections.abc import Awaitable, Callable

from matinee.control.catalog.api import Catalog
from matinee.control.catalog.api.desk import Desk
from matinee.kernel.quantities import seconds
from matinee.wire.events import Envelope, ReleaseReady, TitleChanged

TOPICS = {ReleaseReady.topic: "catalog", TitleChanged.topic: "catalog-search"}
"""Which topics, and as which group."""


def consumer(catalog: Catalog) -> Callable[[Envelope], Awaitable[None]]:
    return catalog.note


LOOK_AT_SCHEDULE = seconds(5)


def publish_due(desk: Desk) -> Callable[[], Awaitable[None]]:
    async def look() -> None:
        await desk.publish_due()

    return look
