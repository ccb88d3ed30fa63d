"""Catalog: titles as viewers see them, the desk where they are kept, rights, and how they are found."""

from collections.abc import Mapping

from matinee.app.consumers import Consumer
from matinee.app.lines import Service
from matinee.app.neighbors import Ground, Neighbors
from matinee.app.timers import Timer
from matinee.control.catalog import http as catalog_http
from matinee.control.catalog import jobs as catalog_jobs
from matinee.control.catalog.api import Catalog
from matinee.control.catalog.api.desk import Desk, Exchange
from matinee.control.catalog.api.finding import Finding
from matinee.control.catalog.api.rights import RightsDesk
from matinee.control.catalog.api.title_page import TitlePage
from matinee.control.catalog.service import CatalogService, RightsService
from matinee.control.catalog.service.desk import DeskService
from matinee.control.catalog.service.exchange import ExchangeService
from matinee.control.catalog.service.finding import FindingService
from matinee.control.catalog.service.title_page import TitlePageService
from matinee.engines.blobs.port import Blobs
from matinee.kernel.ids import ReleaseId
from matinee.wire.releases import RELEASE_FILE


class _Shelf:
    """Catalog's view of what the studio stored."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def release_json(self, release_id: ReleaseId) -> bytes:
        return await self._blobs.get(f"releases/{release_id}/{RELEASE_FILE}")

    async def picture(self, key: str) -> bytes:
        return await self._blobs.get(key)

    async def keep_picture(self, key: str, data: bytes) -> None:
        await self._blobs.put(key, data)


def _catalog(ground: Ground, _neighbors: Neighbors) -> CatalogService:
    engines, doors = ground.engines, ground.doors
    return CatalogService(engines.database, engines.search, _Shelf(engines.blobs), doors.clock, doors.ids)


def _exchange(ground: Ground, _neighbors: Neighbors) -> ExchangeService:
    doors = ground.doors
    return ExchangeService(
        ground.engines.database, doors.files, ground.settings.data / "imports", doors.clock, doors.ids
    )


CATALOG: Mapping[str, Service] = {
    "catalog": Service(
        Catalog,
        _catalog,
        routes=lambda o, n: catalog_http.routes(n.catalog, n.title_page, o.clock),
        consumers=lambda catalog: [
            Consumer(topic, group, catalog_jobs.consumer(catalog)) for topic, group in catalog_jobs.TOPICS.items()
        ],
    ),
    "desk": Service(
        Desk,
        lambda g, n: DeskService(g.engines.database, n.catalog, _Shelf(g.engines.blobs), g.doors.clock, g.doors.ids),
        routes=lambda _o, n: catalog_http.desk_routes(n.desk, n.exchange),
        timers=lambda s: [Timer("scheduled titles", catalog_jobs.LOOK_AT_SCHEDULE, catalog_jobs.publish_due(s))],
        process="catalog",
    ),
    "exchange": Service(Exchange, _exchange, process="catalog"),
    "finding": Service(
        Finding,
        lambda g, _n: FindingService(g.engines.database, g.engines.search),
        routes=lambda o, n: catalog_http.finding_routes(n.finding, o.clock),
        process="catalog",
    ),
    "title_page": Service(TitlePage, lambda g, n: TitlePageService(g.engines.database, n.catalog), process="catalog"),
    "rights": Service(
        RightsDesk,
        lambda g, _n: RightsService(g.engines.database, g.doors.clock, leaving_soon_days=g.settings.leaving_soon_days),
        routes=lambda o, n: catalog_http.rights_routes(n.rights, o.clock),
        timers=lambda s: [Timer("rights", catalog_jobs.LOOK_AT_RIGHTS, catalog_jobs.rights(s))],
        process="catalog",
    ),
}
