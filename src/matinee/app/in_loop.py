"""The engines of a house in simulated time: the same ports, without threads, sockets and programs.

What survives a kill is in the machine's files and in `HouseDisk`; everything else ends with its process.
"""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.engines import CACHE_BYTES, SEARCH_WEIGHTS, Engines, OpenEngines
from matinee.app.settings import Settings
from matinee.app.till import open_till
from matinee.engines.blobs.in_loop import FilesBlobs
from matinee.engines.cache.memory import MemoryCache
from matinee.engines.database.outbox import OutboxRelay
from matinee.engines.database.port import Schema
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.encoder.in_loop import StandInEncoder
from matinee.engines.encoder.stand_in import StandIn, StandInSound, StandInSpan, StandInText, master
from matinee.engines.geo.in_loop import InLoopGeo
from matinee.engines.keys.in_loop import FilesKeys
from matinee.engines.log.sqlite import SqliteLog
from matinee.engines.mail.mailbox import MailboxMail
from matinee.engines.media_server.in_loop import InLoopServer
from matinee.engines.packager.in_loop import StandInPackager
from matinee.engines.quality.in_loop import StandInQuality
from matinee.engines.routes.in_loop import InLoopRoutes
from matinee.engines.rows.sqlite import SqliteRows
from matinee.engines.search.memory import MemorySearch, Shelf
from matinee.engines.sqlite.file import DURABLY, Opens
from matinee.engines.sqlite.in_loop import OpenFiles, commits_after
from matinee.engines.workflows.durable import DurableWorkflows
from matinee.kernel.quantities import seconds

__all__ = [
    "HouseDisk",
    "InLoopRoutes",
    "Settle",
    "StandIn",
    "StandInSound",
    "StandInSpan",
    "StandInText",
    "hasty_database",
    "in_loop_engines",
    "in_loop_server",
    "master",
    "open_in_loop_engines",
]

_LOOK_AGAIN = seconds(5)
"""No other process has these files open; what this one does it notices at once."""

Settle = Callable[[], Awaitable[None]]
"""Waits for as long as the simulated disk takes."""


_RELAY_POLL = seconds(10)
"""There is no other process whose events it would have to look for; its own wake it. What is left is to try again."""


@dataclass(frozen=True, slots=True)
class HouseDisk:
    """What of one machine's engines survives its processes, beside its files. One a machine, for all its lives."""

    folder: Path
    """Where SQLite's files would lie. They are in memory; a file of the real disk that lies there is where they begin."""
    files: OpenFiles = field(default_factory=OpenFiles)
    index: Shelf = field(default_factory=dict)

    def end(self) -> None:
        """The world is over: its memory is given back, though the dead still hold on to it."""
        self.files.end()
        self.index.clear()


def in_loop_engines(disk: HouseDisk, settle: Settle) -> OpenEngines:
    """How the next process of this machine opens its engines."""

    @asynccontextmanager
    async def opened(settings: Settings, doors: Doors, schemas: list[Schema]) -> AsyncIterator[Engines]:
        async with open_in_loop_engines(disk, settle, settings, doors, schemas) as engines:
            yield engines

    return opened


def in_loop_server(doors: Doors) -> InLoopServer:
    """An edge's server in one life of its machine; whoever carries requests to it calls `serve`."""
    return InLoopServer(doors.files, doors.clock)


def hasty_database(path: Path, doors: Doors) -> SqliteDatabase:
    """On the real disk, on the loop, and no commit waits: for many years of virtual time in a file that is thrown away."""

    def for_writing(at: Path) -> sqlite3.Connection:
        connection = DURABLY.for_writing(at)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    opens = Opens(for_writing, DURABLY.for_reading)
    commits = commits_after(_at_once)
    return SqliteDatabase(path, clock=doors.clock, ids=doors.ids, source="bench", commits=commits, opens=opens)


async def _at_once() -> None:
    return None


@asynccontextmanager
async def open_in_loop_engines(
    disk: HouseDisk, settle: Settle, settings: Settings, doors: Doors, schemas: list[Schema]
) -> AsyncIterator[Engines]:
    """Open all, bring every domain's tables up to date, close all. A killed process before this one never closed."""
    disk.files.bury()
    commits, opens, clock = commits_after(settle), disk.files.opens, doors.clock
    async with AsyncExitStack() as stack:
        database = SqliteDatabase(
            disk.folder / "matinee.sqlite", clock=clock, ids=doors.ids, source="matinee", commits=commits, opens=opens
        )
        stack.push_async_callback(database.close)
        await database.migrate(schemas)
        log = SqliteLog(
            disk.folder / "log.sqlite", clock, doors.ids, commits=commits, opens=opens, look_again=_LOOK_AGAIN
        )
        stack.push_async_callback(log.close)
        rows = SqliteRows(disk.folder / "rows.sqlite", clock, commits=commits, opens=opens)
        stack.push_async_callback(rows.close)
        cache = MemoryCache(clock, CACHE_BYTES)
        stack.push_async_callback(cache.close)
        yield Engines(
            database=database,
            relay=OutboxRelay(database, log, poll=_RELAY_POLL),
            rows=rows,
            log=log,
            cache=cache,
            blobs=FilesBlobs(settings.data / "blobs", doors.files, clock),
            search=MemorySearch(SEARCH_WEIGHTS, disk.index, settle=settle),
            geo=InLoopGeo(),
            keys=FilesKeys(settings.data / "secrets" / "wrapping.json", doors.files, doors.chance),
            till=await open_till(settings, doors),
            mail=MailboxMail(settings.data / "mail", doors.files),
            encoder=StandInEncoder(doors.files, clock),
            quality=StandInQuality(doors.files, clock),
            faces=None,
            packager=StandInPackager(doors.files, clock),
            workflows=DurableWorkflows(database, clock, doors.ids, look_again=_LOOK_AGAIN),
        )
