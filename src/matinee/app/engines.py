"""Which engine stands behind each port. Here, the embedded ones: one machine, nothing else to install."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from matinee.app.doors import Doors
from matinee.app.settings import Settings
from matinee.engines.blobs.folder import FolderBlobs
from matinee.engines.blobs.port import Blobs
from matinee.engines.cache.memory import MemoryCache
from matinee.engines.cache.port import Cache
from matinee.engines.database.outbox import OutboxRelay
from matinee.engines.database.port import Database, Schema
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.keys.local import LocalKeys
from matinee.engines.keys.port import Keys
from matinee.engines.log.port import Log
from matinee.engines.log.sqlite import SqliteLog
from matinee.engines.mail.mailbox import MailboxMail
from matinee.engines.rows.port import Rows
from matinee.engines.rows.sqlite import SqliteRows
from matinee.engines.search.port import Search
from matinee.engines.search.tantivy_index import TantivySearch

_CACHE_BYTES = 64 << 20
_SEARCH_WEIGHTS = {"name": 4.0, "cast": 2.0, "genres": 1.5, "synopsis": 1.0}


@dataclass(frozen=True, slots=True)
class Engines:
    database: Database
    relay: OutboxRelay
    rows: Rows
    log: Log
    cache: Cache
    blobs: Blobs
    search: Search
    keys: Keys
    mail: MailboxMail
    """Also the page that shows it: the embedded engine is both."""


@asynccontextmanager
async def open_engines(settings: Settings, doors: Doors, schemas: list[Schema]) -> AsyncIterator[Engines]:
    """Open all, bring every domain's tables up to date, close all."""
    stores, ids = settings.data / "stores", doors.ids
    async with AsyncExitStack() as stack:
        database = SqliteDatabase(stores / "matinee.sqlite", clock=doors.clock, ids=ids, source="matinee")
        stack.push_async_callback(database.close)
        await database.migrate(schemas)
        log = SqliteLog(stores / "log.sqlite", doors.clock, ids)
        stack.push_async_callback(log.close)
        rows = SqliteRows(stores / "rows.sqlite", doors.clock)
        stack.push_async_callback(rows.close)
        cache = MemoryCache(doors.clock, _CACHE_BYTES)
        stack.push_async_callback(cache.close)
        search = TantivySearch(settings.data / "search", _SEARCH_WEIGHTS)
        stack.push_async_callback(search.close)
        yield Engines(
            database=database,
            relay=OutboxRelay(database, log),
            rows=rows,
            log=log,
            cache=cache,
            blobs=FolderBlobs(settings.data / "blobs", doors.clock),
            search=search,
            mail=MailboxMail(settings.data / "mail", doors.files),
            keys=LocalKeys(settings.data / "secrets" / "wrapping.json", doors.chance),
        )
