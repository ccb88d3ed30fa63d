"""Production listens to the catalog, so that nobody tries a withdrawn title again; and it looks after what lies about: the
watch folder, uploads that nobody goes on with, deletions that were broken off, and sources that no title has."""

from collections.abc import Awaitable, Callable

from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.log import logger
from matinee.kernel.quantities import Span, hours, minutes, seconds
from matinee.studio.production.api import Production
from matinee.wire.events import Envelope, ReleasePublished

TOPIC, GROUP = ReleasePublished.topic, "production"
LOOK_INTO_FOLDER, LOOK_AT_DELETIONS, LOOK_AT_LEFTOVERS = seconds(1), minutes(1), minutes(10)
LOOK_AT_UPLOADS, LOOK_AT_SOURCES = hours(1), hours(24)
_log = logger("production")


def consumer(production: Production) -> Callable[[Envelope], Awaitable[None]]:
    return production.note


async def every(span: Span, look: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Until canceled. What cannot be done now (the disk is full, the folder away) is tried at the next look."""
    while True:
        try:
            await look()
        except (MatineeError, OSError) as error:
            _log.warning("a look was given up", reason=str(error))
        except Exception as error:  # what nobody foresaw must not end the studio, which looks beside its work
            _log.error("a look failed", error=f"{type(error).__name__}: {error}", exc_info=error)
        await clock.sleep(span)
