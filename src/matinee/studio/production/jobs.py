"""Production listens to the catalog: nobody tries a withdrawn title again."""

from collections.abc import Awaitable, Callable

from matinee.studio.production.api import Production
from matinee.wire.events import Envelope, ReleasePublished

TOPIC, GROUP = ReleasePublished.topic, "production"


def consumer(production: Production) -> Callable[[Envelope], Awaitable[None]]:
    return production.note
