"""The outbox: events wait in the transaction that made them, then travel to the log in that order.

The relay appends first and deletes after. Killed in between, it appends again on the next start, and the log knows the
envelope's id already: everything arrives, and arrives once.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)

from matinee.engines.database.port import At, Database, Work
from matinee.engines.log.port import Log
from matinee.kernel.log import logger
from matinee.kernel.quantities import Span, seconds
from matinee.wire.events import Envelope

_BATCH = 500

METADATA = MetaData()
OUTBOX = Table(
    "outbox",
    METADATA,
    # The order of commits. AUTOINCREMENT: a number is never given twice, so a relay never deletes what it has not sent.
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", At, nullable=False),
    Column("source", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

_FIELDS = ("id", "topic", "type", "key", "at", "source", "version", "data")

# Run all day long, so built once.
_WAITING = select(OUTBOX.c.position, *(OUTBOX.c[field] for field in _FIELDS)).order_by(OUTBOX.c.position).limit(_BATCH)
_UP_TO = delete(OUTBOX).where(OUTBOX.c.position <= bindparam("last"))


class EmittingDatabase(Database, Protocol):
    """A database whose outbox can be waited for."""

    async def emitted(self, within: Span) -> None:
        """Return when a commit has left events in the outbox, or after `within` at the latest."""
        ...


class OutboxRelay:
    """Ships the outbox to the log. One a process is enough; several do no harm."""

    def __init__(self, database: EmittingDatabase, log: Log, *, poll: Span = seconds(1)) -> None:
        self._database = database
        self._log = log
        self._poll = poll
        self._logger = logger("engines.database.outbox")

    async def run(self) -> None:
        """Ship until canceled. A log that is away is tried again: the events are safe where they are."""
        while True:
            try:
                await self.drain()
            except Exception as error:  # nothing may end the relay: events would wait until a restart
                self._logger.warning("the outbox waits", reason=f"{type(error).__name__}: {error}")
            await self._database.emitted(within=self._poll)

    async def drain(self) -> int:
        """Ship everything that is waiting now; answers how many events that was."""
        shipped = 0
        while waiting := await self._database.read(_waiting):
            await self._log.append([envelope for _, envelope in waiting])
            last = waiting[-1][0]
            await self._database.write(lambda work, last=last: _forget(work, last))  # type: ignore[misc]
            shipped += len(waiting)
        return shipped


def put(work: Work, envelopes: Sequence[Envelope]) -> None:
    """Write envelopes into the outbox of this transaction."""
    rows = [{field: getattr(envelope, field) for field in _FIELDS} for envelope in envelopes]
    work.execute(insert(OUTBOX), rows)


def _waiting(work: Work) -> list[tuple[int, Envelope]]:
    rows = work.execute(_WAITING).all()
    return [(row.position, Envelope(**{field: getattr(row, field) for field in _FIELDS})) for row in rows]


def _forget(work: Work, last: int) -> None:
    # Positions up to the last one shipped: SQLite commits one transaction at a time, so no smaller one can appear later.
    work.execute(_UP_TO, {"last": last})
