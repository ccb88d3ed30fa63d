"""The database port on one SQLite file: one writer with group commit, reads on snapshots, SQLAlchemy Core on top.

SQLAlchemy builds statements and reads rows; transactions are begun and ended here, because only here is it known which
callers share a commit.
"""

import asyncio
import math
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Executable, NullPool, create_engine, inspect
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError

from matinee.engines.database import migrations, outbox
from matinee.engines.database.port import Schema, Work
from matinee.engines.database.prepared import Prepared
from matinee.engines.sqlite.file import DURABLY, Opens, ReadOnlyWork, copy_to, named
from matinee.engines.sqlite.group_commit import Commits, ThreadedCommit
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError, Unavailable
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import Span
from matinee.wire.events import Envelope, Event, seal

T = TypeVar("T")

_FORMAT = 1
"""Of the engine's own tables (the outbox), kept in the file's user_version."""
_READERS = 3
_ON_LOOP_SECONDS_MAX = 0.002
"""A point read takes 0.12 ms where it is asked and 0.4 ms by way of a thread (8,200 and 2,500 a second, one process)."""
_OPERATIONS_BETWEEN_LOOKS = 1000
_NOTHING: Mapping[str, object] = MappingProxyType({})


class BrokenReference(MatineeError):
    """A migration would leave rows that point at nothing."""


class SqliteDatabase:
    """Opens (or makes) the file at once, so that what is wrong with it is said at the start."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        ids: Ids,
        source: str,
        commits: Commits = ThreadedCommit,
        opens: Opens = DURABLY,
    ) -> None:
        self._path = path
        self._clock = clock
        self._ids = ids
        self._source = source
        self._opens = opens
        self._writer = _Link(path, opens.for_writing)
        self._prepare()
        self._commits = commits(self._writer.raw, path)
        self._short = _Link(path, opens.for_reading)
        self._short.raw.set_progress_handler(self._is_late, _OPERATIONS_BETWEEN_LOOKS)
        self._late_monotonic = math.inf
        self._readers: list[_Link] = [self._short]
        self._reader_here = threading.local()
        self._reading = ThreadPoolExecutor(_READERS, thread_name_prefix=f"reader of {path.name}")
        self._emitted = asyncio.Event()
        self._closed = False

    async def write(self, work: Callable[[Work], T]) -> T:
        value, has_emitted = await self._commits.run(lambda: self._attempt(work))
        if has_emitted:
            self._emitted.set()
        return value

    async def read(self, work: Callable[[Work], T]) -> T:
        if self._closed:
            raise Unavailable(f"{self._path.name} is closed: this process is shutting down.")
        # First here on the loop. What turns out long is interrupted, and begins again in a thread.
        try:
            return self._look(self._short, work, seconds_max=_ON_LOOP_SECONDS_MAX)
        except (DBAPIError, sqlite3.Error) as error:
            if not _is_interrupted(error):
                raise
        return await asyncio.get_running_loop().run_in_executor(self._reading, self._look_at_length, work)

    async def migrate(self, schemas: Sequence[Schema]) -> None:
        await self._commits.alone(lambda: self._migrate(schemas))

    async def drift(self, schemas: Sequence[Schema]) -> list[str]:
        """Where the tables differ from what these schemas declare; for a domain's test of its own migrations."""
        return await self._commits.alone(lambda: migrations.drift(self._writer.connection, schemas))

    async def backup(self, target: Path) -> None:
        await asyncio.to_thread(copy_to, self._path, target, self._opens)

    async def emitted(self, within: Span) -> None:
        """Return when a commit of this process has left events in the outbox, or after `within` at the latest."""
        waits = [asyncio.ensure_future(self._emitted.wait()), asyncio.ensure_future(self._clock.sleep(within))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._emitted.clear()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._reading.shutdown)
        for reader in self._readers:
            reader.close()
        await self._commits.close()

    def _prepare(self) -> None:
        """Make the engine's own tables. Two processes may do so at once; the lock orders them."""
        raw = self._writer.raw
        try:
            raw.execute("BEGIN IMMEDIATE")
            (version,) = raw.execute("PRAGMA user_version").fetchone()
            if version > _FORMAT:
                raise migrations.DatabaseNewer("the outbox", str(version))
            if version < _FORMAT:
                outbox.METADATA.create_all(self._writer.connection)
                raw.execute(f"PRAGMA user_version = {_FORMAT}")
            raw.execute("COMMIT")
        except sqlite3.Error as error:
            raw.close()
            raise named(error, self._path) from error
        except BaseException:
            raw.close()
            raise

    def _attempt(self, work: Callable[[Work], T]) -> tuple[T, bool]:
        """Inside the writer's transaction: do the work, then put its events beside it."""
        transaction = _Transaction(self._writer, self._path, self._seal)
        value = transaction.do(work)
        if transaction.envelopes:
            outbox.put(transaction, transaction.envelopes)
        return value, bool(transaction.envelopes)

    def _seal(self, event: Event) -> Envelope:
        return seal(event, ids=self._ids, at=self._clock.now(), source=self._source)

    def _is_late(self) -> bool:
        return self._clock.monotonic() > self._late_monotonic

    def _look_at_length(self, work: Callable[[Work], T]) -> T:
        """In a reader's thread, with a connection of its own."""
        reader: _Link | None = getattr(self._reader_here, "link", None)
        if reader is None:
            reader = self._reader_here.link = _Link(self._path, self._opens.for_reading)
            self._readers.append(reader)
        return self._look(reader, work)

    def _look(self, reader: "_Link", work: Callable[[Work], T], seconds_max: float | None = None) -> T:
        """One snapshot for the whole of `work`. The limit is for the work alone: beginning and ending always succeed."""
        reader.raw.execute("BEGIN")
        try:
            if seconds_max is not None:
                self._late_monotonic = self._clock.monotonic() + seconds_max
            return _Transaction(reader, self._path, seal=None).do(work)
        finally:
            if seconds_max is not None:
                self._late_monotonic = math.inf
            if reader.raw.in_transaction:
                reader.raw.execute("ROLLBACK")

    def _migrate(self, schemas: Sequence[Schema]) -> None:
        connection, raw = self._writer.connection, self._writer.raw
        steps = migrations.pending(connection, schemas)
        if steps and set(inspect(connection).get_table_names()) - set(outbox.METADATA.tables):
            # Named by where it is going, so that a migration that fails at every start makes one copy, not many.
            before = self._path.with_name(f"{self._path.name}.before-{steps[0]}")
            copy_to(self._path, before, self._opens)
        # Rebuilding a table (batch_alter_table) drops the old one, which must not cascade; references are checked after.
        raw.execute("PRAGMA foreign_keys = OFF")
        try:
            raw.execute("BEGIN IMMEDIATE")
            if not connection.in_transaction():
                connection.begin()
            migrations.upgrade(connection, schemas)
            if broken := raw.execute("PRAGMA foreign_key_check").fetchone():
                raise BrokenReference(
                    f"The migration was undone: it would leave rows of {broken[0]} that refer to missing rows of {broken[2]}."
                )
            raw.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                if raw.in_transaction:
                    raw.execute("ROLLBACK")
            better = _unwrapped(error, self._path)
            if better is error:
                raise
            raise better from error
        finally:
            raw.execute("PRAGMA foreign_keys = ON")


class _Link:
    """A SQLite connection and SQLAlchemy's view of it. SQLAlchemy believes itself in one long transaction; it begins and
    ends nothing, because the module's own transaction control is off (`isolation_level=None`)."""

    def __init__(self, path: Path, opens: Callable[[Path], sqlite3.Connection]) -> None:
        self.raw = opens(path)
        self._engine = create_engine("sqlite://", creator=lambda: self.raw, poolclass=NullPool)
        self.connection: Connection = self._engine.connect()
        self.prepared = Prepared(self.connection.dialect)

    def close(self) -> None:
        self.raw.close()


class _Transaction:
    """One unit's `Work`. Its results are closed when it ends, so that nobody reads past the transaction."""

    def __init__(self, link: _Link, path: Path, seal: Callable[[Event], Envelope] | None) -> None:
        self._link = link
        self._path = path
        self._seal = seal
        self._results: list[CursorResult[Any]] = []
        self.envelopes: list[Envelope] = []

    def execute(
        self, statement: Executable, rows: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None
    ) -> CursorResult[Any]:
        query = None if isinstance(rows, Sequence) else self._link.prepared.find(statement)
        if query is not None:
            found = query.run(self._link.raw, rows if isinstance(rows, Mapping) else _NOTHING)
            result = cast(CursorResult[Any], found)  # it has all that a store may use of a query's
        else:
            result = self._link.connection.execute(statement, rows)
        self._results.append(result)
        return result

    def emit(self, event: Event) -> None:
        if self._seal is None:
            raise ReadOnlyWork()
        self.envelopes.append(self._seal(event))

    def do(self, work: Callable[[Work], T]) -> T:
        try:
            return work(self)
        except (DBAPIError, sqlite3.Error) as error:
            better = error if _is_interrupted(error) else _unwrapped(error, self._path)
            if better is error:
                raise
            raise better from error
        finally:
            for result in self._results:
                result.close()
            self._results.clear()


def _is_interrupted(error: DBAPIError | sqlite3.Error) -> bool:
    said = error.orig if isinstance(error, DBAPIError) else error
    return getattr(said, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT


def _unwrapped(error: BaseException, path: Path) -> BaseException:
    """The house's name for what SQLAlchemy wrapped; broken constraints stay SQLAlchemy's, which stores know."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        better = named(error.orig, path)
        return error if better is error.orig else better
    return named(error, path) if isinstance(error, sqlite3.Error) else error
