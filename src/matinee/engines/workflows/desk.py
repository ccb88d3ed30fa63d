"""What the parts of the workflow engine share in one process: the database, the doors, and who knows what to do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from matinee.engines.database.port import Database
from matinee.engines.workflows.port import JobHandler, Workflow
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
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
        self._waiting: set[asyncio.Event] = set()

    def ring(self) -> None:
        for bell in self._waiting:
            bell.set()

    def hang(self) -> asyncio.Event:
        bell = asyncio.Event()
        self._waiting.add(bell)
        return bell

    def take_down(self, bell: asyncio.Event) -> None:
        self._waiting.discard(bell)


@dataclass(slots=True)
class Desk:
    database: Database
    clock: Clock
    ids: Ids
    backoff: Span
    alive: Span
    runs_at_once: int
    workflows: dict[str, Workflow] = field(default_factory=dict)
    handlers: dict[str, JobHandler] = field(default_factory=dict)
    bells: Bells = field(default_factory=Bells)

    async def wait(self, bell: asyncio.Event, span: Span = LOOK_AGAIN) -> None:
        """Until the bell rings, or it is time to look again."""
        waits = [asyncio.ensure_future(bell.wait()), asyncio.ensure_future(self.clock.sleep(span))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def surely(self, action: Callable[[], Awaitable[T]]) -> T:
        """Keep what has happened, however long the database is away: the work itself is not done again for that."""
        while True:
            try:
                return await action()
            except MatineeError as error:
                logger("engines.workflows").warning("the record waits", reason=error.sentence)
                await self.clock.sleep(_TRY_AGAIN)

    def try_again_at(self, attempt: int) -> Instant:
        """Twice as long after each failure, and spread, so that what failed together does not come back together."""
        # The last digits of a new id are chance; ids are how this engine reaches that door.
        spread = 0.5 + int(self.ids.new()[-8:], 16) / (1 << 32)
        return self.clock.now() + min(_BACKOFF_MAX, self.backoff * float(1 << min(attempt - 1, 20))) * spread


def sentence_of(error: BaseException) -> str:
    return error.sentence if isinstance(error, MatineeError) else f"{type(error).__name__}: {error}"
