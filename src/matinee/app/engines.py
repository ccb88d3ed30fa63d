"""Which engine stands behind each port. Here, the embedded ones: one machine, nothing else to install."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.settings import Settings
from matinee.app.till import Till, open_till
from matinee.engines.blobs.folder import FolderBlobs
from matinee.engines.blobs.port import Blobs
from matinee.engines.cache.memory import MemoryCache
from matinee.engines.cache.port import Cache
from matinee.engines.database.outbox import OutboxRelay
from matinee.engines.database.port import Database, Schema
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import Encoder
from matinee.engines.faces.dlib_hog import DlibFaces
from matinee.engines.faces.port import Faces
from matinee.engines.geo.mmdb import MmdbGeo
from matinee.engines.geo.port import Geo
from matinee.engines.geo.registries import RegistryGeo
from matinee.engines.keys.local import LocalKeys
from matinee.engines.keys.port import Keys
from matinee.engines.log.port import Log
from matinee.engines.log.sqlite import SqliteLog
from matinee.engines.mail.mailbox import MailboxMail
from matinee.engines.packager.port import Packager
from matinee.engines.packager.shaka import ShakaPackager
from matinee.engines.quality.port import Quality
from matinee.engines.quality.vmaf import VmafQuality
from matinee.engines.rows.port import Rows
from matinee.engines.rows.sqlite import SqliteRows
from matinee.engines.search.port import Search
from matinee.engines.search.tantivy_index import TantivySearch
from matinee.engines.workflows.durable import DurableWorkflows
from matinee.engines.workflows.port import Workflows

CACHE_BYTES = 64 << 20
SEARCH_WEIGHTS = {"name": 4.0, "cast": 2.0, "genres": 1.5, "synopsis": 1.0}


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
    geo: Geo
    mail: MailboxMail
    """Also the page that shows it: the embedded engine is both."""
    till: Till
    encoder: Encoder
    quality: Quality
    faces: Faces | None
    """None: films that show nobody."""
    packager: Packager
    workflows: Workflows


OpenEngines = Callable[[Settings, Doors, list[Schema]], AbstractAsyncContextManager[Engines]]
"""Opens the engines of a house: these, or others that keep the same promises."""


def open_encoder(doors: Doors) -> tuple[Encoder, Quality]:
    encoder = FFmpegEncoder(doors.processes, doors.files, doors.clock)
    return encoder, VmafQuality(doors.processes, doors.files, encoder, doors.chance)


async def open_geo(settings: Settings, doors: Doors) -> Geo:
    if settings.countries is None:
        return RegistryGeo()
    return await MmdbGeo(settings.countries, doors.files, doors.clock).open()


def open_search(folder: Path) -> Search:
    return TantivySearch(folder, SEARCH_WEIGHTS)


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
        cache = MemoryCache(doors.clock, CACHE_BYTES)
        stack.push_async_callback(cache.close)
        search = open_search(settings.data / "search")
        stack.push_async_callback(search.close)
        encoder, quality = open_encoder(doors)
        yield Engines(
            encoder=encoder,
            quality=quality,
            faces=DlibFaces(),
            packager=ShakaPackager(doors.processes, doors.files),
            workflows=DurableWorkflows(database, doors.clock, ids, title_jobs=settings.title_jobs),
            database=database,
            relay=OutboxRelay(database, log),
            rows=rows,
            log=log,
            cache=cache,
            blobs=FolderBlobs(settings.data / "blobs", doors.clock),
            search=search,
            till=await open_till(settings, doors),
            mail=MailboxMail(settings.data / "mail", doors.files),
            geo=await open_geo(settings, doors),
            keys=LocalKeys(settings.data / "secrets" / "wrapping.json", doors.chance),
        )
