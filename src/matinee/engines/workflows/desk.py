"""What the parts of the workflow engine share in one process: the database, the doors, and who knows what to do."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from matinee.engines.database.port import Database
from matinee.engines.workflows.port import JobHandler, Workflow
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import DiskFull
from matinee.kernel.ids import Ids
from matinee.kernel.log import logger
from matinee.kernel.quantities import Instant, Span, minutes, seconds

T = TypeVar("T")

LOOK_AGAIN = seconds(0.25)
"""How often to look for what other processes did. What this process does is noticed at once."""
_BACKOFF_MAX = minutes(5)
_TRY_AGAIN = seconds(1)


class Bells:
    """Wakes whoever in this process waits for news of the tables."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Event, None] = {}

    def ring(self) -> None:
        for bell in self._waiting:
            bell.set()

    def hang(self) -> asyncio.Event:
        bell = asyncio.Event()
        self._waiting[bell] = None
        return bell

    def take_down(self, bell: asyncio.Event) -> None:
        self._waiting.pop(bell, None)


@dataclass(slots=True)
class Desk:
    database: Database
    clock: Clock
    ids: Ids
    backoff: Span
    alive: Span
    runs_at_once: int
    look_again: Span
    title_jobs: int
    """How many jobs of one run may be in hand at once, in all processes."""
    workflows: dict[str, Workflow] = field(default_factory=dict)
    handlers: dict[str, JobHandler] = field(default_factory=dict)
    bells: Bells = field(default_factory=Bells)
    waiting: dict[object, str] = field(default_factory=dict)
    """Why each record that cannot be kept right now cannot be, the oldest first."""

    @property
    def waits_for(self) -> str | None:
        """The sentence this process waits for; None while everything can be kept."""
        return next(iter(self.waiting.values()), None)

    async def wait(self, bell: asyncio.Event) -> None:
        """Until the bell rings, or it is time to look again."""
        span = self.look_again
        waits = [asyncio.ensure_future(bell.wait()), asyncio.ensure_future(self.clock.sleep(span))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def surely(self, action: Callable[[], Awaitable[T]]) -> T:
        """Keep what has happened, however long the database is away: the work itself is not done again for that.

        Whoever watches must learn of it, and cannot from the record: that is what cannot be written. So it is told here.
        """
        return await self._until_done(action, lambda error: not isinstance(error, ExceptionGroup), "the record waits")

    async def with_room(self, action: Callable[[], Awaitable[T]]) -> T:
        """Do it, and again where the disk was full: that is not the work's fault, and must not cost it an attempt."""
        return await self._until_done(action, _is_full, "the work waits for room")

    async def _until_done(
        self, action: Callable[[], Awaitable[T]], passes: Callable[[Exception], bool], event: str
    ) -> T:
        mark = object()
        try:
            while True:
                try:
                    return await action()
                except (MatineeError, OSError, ExceptionGroup) as error:
                    if not passes(error):
                        raise
                    sentence = own_sentence(error) or str(error)
                    if self.waiting.get(mark) != sentence:
                        self.waiting[mark] = sentence
                        logger("engines.workflows").warning(event, reason=sentence)
                await self.clock.sleep(_TRY_AGAIN)
        finally:
            self.waiting.pop(mark, None)

    def try_again_at(self, attempt: int) -> Instant:
        """Twice as long after each failure, and spread, so that what failed together does not come back together."""
        # The last digits of a new id are chance; ids are how this engine reaches that door.
        spread = 0.5 + int(self.ids.new()[-8:], 16) / (1 << 32)
        return self.clock.now() + min(_BACKOFF_MAX, self.backoff * float(1 << min(attempt - 1, 20))) * spread


def own_sentence(error: BaseException) -> str | None:
    """What the error itself has to say to a person; None for what nobody meant to raise."""
    first = _first(error)
    if isinstance(first, MatineeError):
        return first.sentence
    return "The disk is full. Free some space and try again." if _is_full(first) else None


def _is_full(error: BaseException) -> bool:
    first = _first(error)
    is_named = isinstance(first, OSError) and first.errno in (errno.ENOSPC, errno.EDQUOT)
    return is_named or isinstance(first, DiskFull)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def sentence_of(error: BaseException, *, stage: str, run_id: str) -> str:
    """What whoever watches the run reads. What nobody meant to raise is explained in the log alone."""
    vague = f"Something went wrong in {stage or 'the beginning'}. The log has the details (run {run_id})."
    return own_sentence(error) or vague
