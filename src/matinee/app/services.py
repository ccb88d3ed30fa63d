"""The table of services: what each is built from, and what it brings to the house.

Every domain gets its neighbors by their Protocol. In one process they are the service objects themselves, guarded; in
the split house they are clients (`app.rpc`), and the domains cannot tell. Both wirings read this table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from litestar.handlers import HTTPRouteHandler

from matinee.app.consumers import Consumer
from matinee.app.doors import Doors
from matinee.app.engines import Engines
from matinee.app.lines import Service
from matinee.app.lines.billing import BILLING
from matinee.app.lines.catalog import CATALOG
from matinee.app.lines.members import MEMBERS
from matinee.app.neighbors import Ground, Neighbors, Outside
from matinee.app.secrets import Secrets
from matinee.app.settings import Settings
from matinee.app.studio import SCHEMAS as STUDIO_SCHEMAS
from matinee.app.studio import Studio, StudioDoor, open_studio
from matinee.app.timers import Timer
from matinee.control.billing import store as billing_store
from matinee.control.billing.service import BillingService
from matinee.control.catalog import store as catalog_store
from matinee.control.catalog.service import CatalogService
from matinee.control.discovery import http as discovery_http
from matinee.control.discovery.api import Discovery
from matinee.control.discovery.service import DiscoveryService
from matinee.control.drm import http as drm_http
from matinee.control.drm import store as drm_store
from matinee.control.drm.api import Drm
from matinee.control.drm.service import DrmService
from matinee.control.members import store as members_store
from matinee.control.members.service import (
    MembersService,
)
from matinee.control.playback import http as playback_http
from matinee.control.playback import jobs as playback_jobs
from matinee.control.playback import store as playback_store
from matinee.control.playback.api import Playback
from matinee.control.playback.service import PlaybackService
from matinee.control.playback.service.revoking import Revoking
from matinee.control.playback.service.signing import Signing, TicketNames
from matinee.control.playback.service.witnesses import Witnesses
from matinee.control.steering import http as steering_http
from matinee.control.steering import jobs as steering_jobs
from matinee.control.steering import store as steering_store
from matinee.control.steering.api import Steering
from matinee.control.steering.service import SteeringService
from matinee.control.viewing import jobs as viewing_jobs
from matinee.control.viewing.api import Viewing
from matinee.control.viewing.service import ViewingService
from matinee.engines.database.port import Schema
from matinee.engines.payments import port as payments_port
from matinee.kernel import errors as kernel_errors
from matinee.kernel import files as kernel_files
from matinee.kernel import processes
from matinee.resilience import deadlines
from matinee.resilience.guard import Faults, guarded
from matinee.resilience.spans import Spans, traced
from matinee.studio.production import http as production_http
from matinee.studio.production import jobs as production_jobs
from matinee.studio.production.api import Production
from matinee.wire import tickets

SCHEMAS: list[Schema] = [
    catalog_store.SCHEMA,
    members_store.SCHEMA,
    billing_store.SCHEMA,
    drm_store.SCHEMA,
    steering_store.SCHEMA,
    playback_store.SCHEMA,
    *STUDIO_SCHEMAS,
]


def _steering(ground: Ground, neighbors: Neighbors) -> SteeringService:
    engines, secrets = ground.engines, ground.secrets
    return SteeringService(
        engines.database,
        engines.cache,
        ground.doors.clock,
        secrets.edge_ring,
        purge_key=secrets.purge_key,
        catalog=neighbors.catalog,
        outside_cdns=ground.settings.outside_cdns,
        blobs=engines.blobs,
    )


def _studio(ground: Ground, neighbors: Neighbors) -> Studio:
    return open_studio(ground.settings, ground.doors, ground.engines, catalog=neighbors.catalog, drm=neighbors.drm)


def _discovery(ground: Ground, n: Neighbors) -> DiscoveryService:
    return DiscoveryService(n.catalog, n.title_page, n.members, n.viewing, n.studio, ground.doors.clock)


def _playback(ground: Ground, neighbors: Neighbors) -> PlaybackService:
    clock, ids, secrets = ground.doors.clock, ground.doors.ids, ground.secrets
    named = ground.settings.tickets_name
    names = TicketNames(country="country" in named, client="client" in named)
    return PlaybackService(
        database=ground.engines.database,
        rows=ground.engines.rows,
        catalog=neighbors.catalog,
        billing=neighbors.billing,
        viewing=neighbors.viewing,
        signing=Signing(neighbors.steering, secrets.edge_ring, secrets.control_ring, clock, ids, names),
        revoking=Revoking(ground.engines.database, neighbors.catalog, neighbors.steering),
        witnesses=Witnesses(neighbors.steering, clock),
        clock=clock,
        ids=ids,
    )


TABLE: Mapping[str, Service] = {
    **MEMBERS,
    **BILLING,
    **CATALOG,
    "drm": Service(
        Drm,
        lambda g, _n: DrmService(g.engines.database, g.engines.keys, g.doors.chance),
        routes=lambda o, n: drm_http.routes(n.drm, o.secrets.control_ring.keys, o.clock),
    ),
    "viewing": Service(
        Viewing,
        lambda g, _n: ViewingService(g.engines.rows, g.doors.clock),
        consumers=lambda s: [Consumer(viewing_jobs.TOPIC, viewing_jobs.GROUP, viewing_jobs.consumer(s))],
    ),
    "steering": Service(
        Steering,
        _steering,
        routes=lambda o, n: steering_http.routes(n.steering, o.secrets.agent_token),
        consumers=lambda s: [Consumer(steering_jobs.TOPIC, steering_jobs.GROUP, steering_jobs.consumer(s))],
        timers=lambda s: [
            Timer("counts of what is played", steering_jobs.LOOK_AT_COUNTS, steering_jobs.counts(s)),
            Timer("roll-out", steering_jobs.STEP_ROLLOUT, steering_jobs.rollout(s)),
        ],
    ),
    "studio": Service(StudioDoor, _studio, process="production"),
    "production": Service(
        Production,
        lambda _g, own: own.studio.production,  # type: ignore[attr-defined]  # built here, so the Studio itself
        routes=lambda _o, n: production_http.routes(n.production),
        consumers=lambda s: [Consumer(production_jobs.TOPIC, production_jobs.GROUP, production_jobs.consumer(s))],
    ),
    "discovery": Service(Discovery, _discovery, routes=lambda _o, n: discovery_http.routes(n.discovery)),
    "playback": Service(
        Playback,
        _playback,
        routes=lambda _o, n: playback_http.routes(n.playback),
        consumers=lambda playback: [
            Consumer(topic, group, playback_jobs.consumer(playback)) for topic, group in playback_jobs.TOPICS.items()
        ],
    ),
}

PROCESSES: tuple[str, ...] = tuple(name for name, service in TABLE.items() if service.process is None)
"""What `matinee serve` may be asked for, and what `up --split` starts one each of."""

ERROR_MODULES: tuple[ModuleType, ...] = (
    kernel_errors,
    deadlines,
    tickets,
    processes,
    kernel_files,
    payments_port,
    *dict.fromkeys(import_module(service.protocol.__module__) for service in TABLE.values()),
)
"""Where the errors are named that may come back from another process."""


class Wiring:
    """Builds the services that live in this process, each when it is first asked for, and finds the others elsewhere."""

    def __init__(
        self, ground: Ground, names: Sequence[str], elsewhere: Callable[[str], Any], faults: Faults, spans: Spans
    ) -> None:
        self._ground = ground
        self._spans = spans
        self._here = {name for name, service in TABLE.items() if (service.process or name) in names}
        self._elsewhere = elsewhere
        self._faults = faults
        self._built: dict[str, Any] = {}
        self._guarded: dict[str, Any] = {}
        self._raw = Neighbors(self.own)
        self.neighbors = Neighbors(self.guarded)

    @property
    def names(self) -> Sequence[str]:
        return [name for name in TABLE if name in self._here]

    def own(self, name: str) -> Any:
        """The service object itself."""
        if name not in self._built:
            # A face of another service is made from that very object; everyone else sees neighbors.
            seen = self._raw if name == "production" else self.neighbors
            self._built[name] = TABLE[name].build(self._ground, seen)
        return self._built[name]

    def routes(self) -> Sequence[HTTPRouteHandler]:
        ground = self._ground
        outside = Outside(ground.secrets, ground.doors.clock, ground.engines.mail)
        return [route for name in self.names for route in TABLE[name].routes(outside, self.neighbors)]

    def consumers(self) -> Sequence[Consumer]:
        return [consumer for name in self.names for consumer in TABLE[name].consumers(self.own(name))]

    def timers(self) -> Sequence[Timer]:
        return [timer for name in self.names for timer in TABLE[name].timers(self.own(name))]

    def guarded(self, name: str) -> Any:
        """As its neighbors see it."""
        if name not in self._guarded:
            if name in self._here:
                protocol, clock = TABLE[name].protocol, self._ground.doors.clock
                found = guarded(protocol, self.own(name), name=name, clock=clock, faults=self._faults)
                found = traced(protocol, found, name=name, spans=self._spans)
            else:
                found = self._elsewhere(name)
            self._guarded[name] = found
        return self._guarded[name]


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
    wiring: Wiring
    faults: Faults
    """Where chaos reaches into the calls between them."""


def build_services(settings: Settings, doors: Doors, engines: Engines, secrets: Secrets) -> Services:
    """All of them in this process."""
    faults = Faults()
    spans = Spans("house", doors.clock, doors.ids)
    wiring = Wiring(Ground(settings, doors, engines, secrets), PROCESSES, _nowhere, faults, spans)
    named = ("members", "billing", "catalog", "drm", "viewing", "steering", "discovery", "playback", "studio")
    return Services(**{name: wiring.own(name) for name in named}, wiring=wiring, faults=faults)


def _nowhere(name: str) -> Any:
    raise AssertionError(f"{name} is in this process")


def consumers(services: Services) -> Sequence[Consumer]:
    return services.wiring.consumers()
