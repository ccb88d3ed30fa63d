"""The table of services: what each is built from, and what it brings to the house.

Every domain gets its neighbors by their Protocol. Here they are the service objects themselves; in the split house they
will be clients, and the domains cannot tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar.handlers import HTTPRouteHandler

from matinee.app.consumers import Consumer
from matinee.app.doors import Doors
from matinee.app.engines import Engines
from matinee.app.mailbox import mailbox_routes
from matinee.app.secrets import Secrets
from matinee.app.settings import Settings
from matinee.app.studio import SCHEMAS as STUDIO_SCHEMAS
from matinee.app.studio import Studio, open_studio
from matinee.control.billing import http as billing_http
from matinee.control.billing import store as billing_store
from matinee.control.billing.service import BillingService
from matinee.control.catalog import http as catalog_http
from matinee.control.catalog import jobs as catalog_jobs
from matinee.control.catalog import store as catalog_store
from matinee.control.catalog.service import CatalogService
from matinee.control.discovery import http as discovery_http
from matinee.control.discovery.service import DiscoveryService
from matinee.control.drm import http as drm_http
from matinee.control.drm import store as drm_store
from matinee.control.drm.service import DrmService
from matinee.control.members import http as members_http
from matinee.control.members import store as members_store
from matinee.control.members.service import MembersService
from matinee.control.playback import http as playback_http
from matinee.control.playback import store as playback_store
from matinee.control.playback.service import PlaybackService
from matinee.control.playback.service.signing import Signing
from matinee.control.steering import http as steering_http
from matinee.control.steering import jobs as steering_jobs
from matinee.control.steering import store as steering_store
from matinee.control.steering.service import SteeringService
from matinee.control.viewing import jobs as viewing_jobs
from matinee.control.viewing.service import ViewingService
from matinee.engines.blobs.port import Blobs
from matinee.engines.database.port import Schema
from matinee.kernel.ids import ReleaseId
from matinee.studio.production import jobs as production_jobs
from matinee.wire.releases import RELEASE_FILE

SCHEMAS: list[Schema] = [
    catalog_store.SCHEMA,
    members_store.SCHEMA,
    billing_store.SCHEMA,
    drm_store.SCHEMA,
    steering_store.SCHEMA,
    playback_store.SCHEMA,
    *STUDIO_SCHEMAS,
]


@dataclass(frozen=True, slots=True)
class Services:
    members: MembersService
    billing: BillingService
    catalog: CatalogService
    drm: DrmService
    viewing: ViewingService
    steering: SteeringService
    discovery: DiscoveryService
    playback: PlaybackService
    studio: Studio


class _Shelf:
    """Catalog's view of what the studio stored."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def release_json(self, release_id: ReleaseId) -> bytes:
        return await self._blobs.get(f"releases/{release_id}/{RELEASE_FILE}")

    async def picture(self, key: str) -> bytes:
        return await self._blobs.get(key)


def build_services(settings: Settings, doors: Doors, engines: Engines, secrets: Secrets) -> Services:
    clock, ids, database = doors.clock, doors.ids, engines.database
    members = MembersService(database, engines.cache, engines.mail, clock, ids)
    billing = BillingService(database, clock)
    catalog = CatalogService(database, engines.search, _Shelf(engines.blobs), clock, ids)
    drm = DrmService(database, engines.keys, doors.chance)
    viewing = ViewingService(engines.rows)
    steering = SteeringService(database, engines.cache, clock, secrets.edge_ring)
    studio = open_studio(settings, doors, engines, catalog=catalog, drm=drm)
    discovery = DiscoveryService(catalog, members, viewing, studio, clock)
    playback = PlaybackService(
        database=database,
        rows=engines.rows,
        catalog=catalog,
        billing=billing,
        viewing=viewing,
        signing=Signing(steering, secrets.edge_ring, secrets.control_ring, clock, ids),
        clock=clock,
        ids=ids,
    )
    return Services(members, billing, catalog, drm, viewing, steering, discovery, playback, studio)


def routes(services: Services, engines: Engines, doors: Doors, secrets: Secrets) -> Sequence[HTTPRouteHandler]:
    s = services
    return [
        *members_http.routes(s.members),
        *billing_http.routes(s.billing, s.members),
        *catalog_http.routes(s.catalog, doors.clock),
        *drm_http.routes(s.drm, secrets.control_ring.keys, doors.clock),
        *steering_http.routes(s.steering, secrets.agent_token),
        *discovery_http.routes(s.discovery),
        *playback_http.routes(s.playback),
        *s.studio.routes(),
        *mailbox_routes(engines.mail),
    ]


def consumers(services: Services) -> Sequence[Consumer]:
    return [
        *(
            Consumer(topic, group, catalog_jobs.consumer(services.catalog))
            for topic, group in catalog_jobs.TOPICS.items()
        ),
        Consumer(steering_jobs.TOPIC, steering_jobs.GROUP, steering_jobs.consumer(services.steering)),
        Consumer(viewing_jobs.TOPIC, viewing_jobs.GROUP, viewing_jobs.consumer(services.viewing)),
        Consumer(production_jobs.TOPIC, production_jobs.GROUP, production_jobs.consumer(services.studio.production)),
    ]
