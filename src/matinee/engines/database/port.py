"""What stores may expect of a relational database.

A unit of work is a plain function over `Work`. The engine runs it inside one transaction, where it likes (a writer
thread, a pool, the simulated loop), so a store's code is the same on every engine. A unit of work must be safe to run
again: an engine may retry it after a serialization failure. It must not wait for anything else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import BigInteger, Dialect, Executable, MetaData, TypeDecorator
from sqlalchemy.engine import CursorResult

from matinee.kernel.quantities import Instant, from_epoch_ms, to_epoch_ms
from matinee.wire.events import Event

T = TypeVar("T")


class At(TypeDecorator[Instant]):
    """An instant as epoch milliseconds: the same number on every database, ordered, without a time zone to lose."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Instant | None, dialect: Dialect) -> int | None:
        return None if value is None else to_epoch_ms(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Instant | None:
        return None if value is None else from_epoch_ms(value)


class Work(Protocol):
    """One transaction, as a store sees it."""

    def execute(
        self, statement: Executable, rows: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None
    ) -> CursorResult[Any]:  # SQLAlchemy's own row typing stops here; stores parse into values
        ...

    def emit(self, event: Event) -> None:
        """Put an event into the outbox: it leaves if, and only if, this transaction commits."""
        ...


@dataclass(frozen=True, slots=True)
class Schema:
    """A domain's tables and the folder of its Alembic migrations (None: the tables are created as they are)."""

    domain: str
    tables: MetaData
    migrations: Path | None = None


class Database(Protocol):
    async def write(self, work: Callable[[Work], T]) -> T:
        """Run in a serializable transaction. When this returns, the commit is durable; when it raises, nothing happened."""
        ...

    async def read(self, work: Callable[[Work], T]) -> T:
        """Run on a consistent snapshot. `emit` and changes are refused."""
        ...

    async def migrate(self, schemas: Sequence[Schema]) -> None:
        """Bring every domain's tables to their newest form, or raise and leave them as they were."""
        ...

    async def backup(self, target: Path) -> None:
        """A consistent copy of everything, while others go on writing."""
        ...

    async def close(self) -> None: ...
