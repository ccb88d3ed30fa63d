"""One writer, one commit for everyone who is waiting: what makes synchronous=FULL affordable.

The writer (a thread, or in simulated time the loop) takes everything that is queued, opens one transaction, runs each unit inside its own savepoint, commits once
and only then answers. A unit that fails is undone alone and its error goes to its caller; when the commit itself fails,
every caller of the group hears it and nothing has happened. While the disk syncs, the next group gathers, so a slower
disk makes larger groups by itself.
"""

import asyncio
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from matinee.engines.sqlite.file import named
from matinee.kernel.errors import Unavailable

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 (an item)

Commits = Callable[[sqlite3.Connection, Path], "GroupCommit"]
"""Gives a file its writer."""

_GROUP_SIZE_MAX = 2000


@dataclass(slots=True)
class _Unit:
    work: Callable[..., Any]  # any unit returns what its caller asked for
    future: asyncio.Future[Any]
    items: Sequence[Any] | None = None
    """Given to `work`, together with those of the neighbors that have the same work."""
    alone: bool = False
    value: Any = None
    error: BaseException | None = None


class GroupCommit(ABC):
    """The only writer of a file in this process. Several processes may each have one: SQLite's lock orders them."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """Let the writer run `work`, and answer after the commit. It may run again, so it must be safe to repeat."""
        return await self._submit(work)

    async def run_together(self, work: Callable[[Sequence[I]], object], items: Sequence[I]) -> None:
        """Like `run`, for work that is a list of like things: callers of one group become one call with all their items.

        It shares one savepoint too, so it is for work that cannot fail for one caller alone. For single rows this is
        four times as fast.
        """
        await self._submit(work, items)

    async def alone(self, work: Callable[[], T]) -> T:
        """Let the writer run `work` outside any transaction, with nobody's unit in between."""
        return await self._submit(work, alone=True)

    @abstractmethod
    async def close(self) -> None:
        """Finish what is queued, fold the log into the file."""

    async def _submit(self, work: Callable[..., T], items: Sequence[I] | None = None, *, alone: bool = False) -> T:
        if self._closed:
            raise Unavailable(f"{self._path.name} is closed: this process is shutting down.")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._hand_in(_Unit(work, future, items, alone))
        return await future

    @abstractmethod
    def _hand_in(self, unit: "_Unit") -> None:
        """See to it that the unit is in one of the next groups."""

    def _work_off(self, group: Sequence["_Unit"]) -> None:
        together: list[_Unit] = []
        for unit in group:
            if unit.alone:
                self._commit(together)
                together = []
                self._attempt([unit])
                _answer([unit])
            else:
                together.append(unit)
        self._commit(together)

    def _close_connection(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def _commit(self, group: Sequence[_Unit]) -> None:
        if not group:
            return
        try:
            self._transact(group)
        except BaseException as error:
            self._roll_back()
            if len(group) > 1 and isinstance(error, sqlite3.IntegrityError):
                # A deferred constraint speaks only at the commit, and does not say whose it is. One by one, it is found.
                for unit in group:
                    self._commit([unit])
                return
            reason = named(error, self._path) if isinstance(error, sqlite3.Error) else error
            for unit in group:
                unit.error = reason
        _answer(group)

    def _transact(self, group: Sequence[_Unit]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        for part in _parts(group):
            execute("SAVEPOINT unit")
            self._attempt(part)
            if part[0].error is not None:
                if not self._connection.in_transaction:
                    # A full or failing disk makes SQLite undo the whole transaction: the group's earlier work too.
                    raise part[0].error
                execute("ROLLBACK TO unit")
            execute("RELEASE unit")
        execute("COMMIT")

    def _attempt(self, part: Sequence[_Unit]) -> None:
        """Run what these units share; each gets the value or the error."""
        value: Any = None
        error: BaseException | None = None
        work, items = part[0].work, part[0].items
        try:
            value = work() if items is None else work([item for unit in part for item in unit.items or ()])
        except sqlite3.Error as raised:
            error = named(raised, self._path)
        except StopIteration as raised:  # a future cannot carry it
            error = RuntimeError("a unit of work raised StopIteration")
            error.__cause__ = raised
        except BaseException as raised:
            error = raised
        for unit in part:
            unit.value, unit.error = value, error

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")


class ThreadedCommit(GroupCommit):
    """The writer is a thread: while the disk syncs, the loop goes on."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        super().__init__(connection, path)
        self._queue: SimpleQueue[_Unit | None] = SimpleQueue()
        # A daemon: a process that forgets to close must still be able to end; nothing unacknowledged is owed.
        self._thread = threading.Thread(target=self._write, name=f"writer of {path.name}", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_in(self, unit: _Unit) -> None:
        self._queue.put(unit)

    def _write(self) -> None:
        running = True
        while running:
            group, running = self._gather()
            self._work_off(group)
        self._close_connection()

    def _gather(self) -> tuple[list[_Unit], bool]:
        """Wait for one unit, then take what else is there. False: closed, this is the last group."""
        group: list[_Unit] = []
        item = self._queue.get()
        while item is not None:
            # A caller who left before the work began wants nothing done.
            if not item.future.cancelled():
                group.append(item)
            if len(group) >= _GROUP_SIZE_MAX:
                return group, True
            try:
                item = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False


class LoopCommit(GroupCommit):
    """The writer is the loop itself: for simulated time, where a thread would decide the order of things by itself.

    `settle` is how long the disk takes before the commit; a process that is killed in between has written nothing, and
    nobody was told.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, *, settle: Callable[[], Awaitable[None]]) -> None:
        super().__init__(connection, path)
        self._settle = settle
        self._waiting: list[_Unit] = []
        self._writing: asyncio.Task[None] | None = None

    async def close(self) -> None:
        self._closed = True
        if self._writing is not None:
            await self._writing
        self._close_connection()

    def _hand_in(self, unit: _Unit) -> None:
        self._waiting.append(unit)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        while self._waiting:
            await self._settle()
            group, self._waiting = [unit for unit in self._waiting if not unit.future.cancelled()], []
            self._work_off(group)


def _parts(group: Sequence[_Unit]) -> list[list[_Unit]]:
    """Neighbors with the same list-like work make one part; every other unit is a part of its own."""
    parts: list[list[_Unit]] = []
    for unit in group:
        if unit.items is not None and parts and parts[-1][0].items is not None and parts[-1][0].work == unit.work:
            parts[-1].append(unit)
        else:
            parts.append([unit])
    return parts


def _answer(group: Sequence[_Unit]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Unit]] = {}
    for unit in group:
        by_loop.setdefault(unit.future.get_loop(), []).append(unit)
    for loop, units in by_loop.items():
        with suppress(RuntimeError):  # the loop has ended, and its callers with it
            loop.call_soon_threadsafe(_settle, units)


def _settle(units: Sequence[_Unit]) -> None:
    for unit in units:
        if unit.future.done():
            continue
        if unit.error is not None:
            unit.future.set_exception(unit.error)
        else:
            unit.future.set_result(unit.value)
