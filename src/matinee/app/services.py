"""The table of services: what each is built from, and what it brings to the house.

Every domain gets its neighbors by their Protocol. In one process they are the service objects themselves, guarded; in
the split house they are clients (`app.rpc`), and the domains cannot tell. Both wirings read this table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from argon2 import PasswordHasher
from litestar.handlers import HTTPRouteHandler

from matinee.app import sign_in
from matinee.app.account_data import account_data_routes
from matinee.app.consumers import Consumer
from matinee.app.doors import Doors
from matinee.app.engines import Engines
from matinee.app.mailbox import mailbox_routes
from matinee.app.neighbors import Ground, Neighbors, Outside
from matinee.app.secrets import Secrets
from matinee.app.settings import Settings
from matinee.app.studio import SCHEMAS as STUDIO_SCHEMAS
from matinee.app.studio import Studio, StudioDoor, open_studio
from matinee.app.timers import Timer
from matinee.control.billing import http as billing_http
from matinee.control.billing import jobs as billing_jobs
from matinee.control.billing import store as billing_store
from matinee.control.billing.api import Billing
from matinee.control.billing.api.payments import Payments
from matinee.control.billing.api.subscriptions import Subscriptions
from matinee.control.billing.service import BillingService, PaymentsService, SubscriptionsService
from matinee.control.billing.service import Ground as BillingGround
from matinee.control.billing.service import Letters as BillingLetters
from matinee.control.catalog import http as catalog_http
from matinee.control.catalog import jobs as catalog_jobs
from matinee.control.catalog import store as catalog_store
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
from matinee.control.discovery import http as discovery_http
from matinee.control.discovery.api import Discovery
from matinee.control.discovery.service import DiscoveryService
from matinee.control.drm import http as drm_http
from matinee.control.drm import store as drm_store
from matinee.control.drm.api import Drm
from matinee.control.drm.service import DrmService
from matinee.control.members import http as members_http
from matinee.control.members import jobs as members_jobs
from matinee.control.members import store as members_store
from matinee.control.members.api import Members
from matinee.control.members.api.accounts import Accounts
from matinee.control.members.api.audit import Audit
from matinee.control.members.api.desk import MemberDesk
from matinee.control.members.api.device_codes import DeviceCodes
from matinee.control.members.api.locks import Locks
from matinee.control.members.api.notices import Notices
from matinee.control.members.api.passkeys import Passkeys
from matinee.control.members.api.passwords import Passwords
from matinee.control.members.api.places import Places
from matinee.control.members.api.proofs import Proofs
from matinee.control.members.api.ratings import Ratings
from matinee.control.members.api.sign_on import SignOn
from matinee.control.members.http import audit as audit_http
from matinee.control.members.http import desk as member_desk_http
from matinee.control.members.http import notices as notices_http
from matinee.control.members.http import places as places_http
from matinee.control.members.http import profiles as profiles_http
from matinee.control.members.http import ratings as ratings_http
from matinee.control.members.model.whereabouts import group_of
from matinee.control.members.service import (
    AccountsService,
    Breached,
    Letters,
    MembersService,
    PasswordsService,
    ProofsService,
)
from matinee.control.members.service.audit import AuditService
from matinee.control.members.service.desk import MemberDeskService
from matinee.control.members.service.locks import LocksService
from matinee.control.members.service.notices import NoticesService
from matinee.control.members.service.places import PlacesService, SuspectList, Territories
from matinee.control.members.service.ratings import RatingsService
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
from matinee.engines.blobs.port import Blobs
from matinee.engines.database.port import Schema
from matinee.engines.payments import port as payments_port
from matinee.kernel import errors as kernel_errors
from matinee.kernel import files as kernel_files
from matinee.kernel import processes
from matinee.kernel.ids import ReleaseId
from matinee.resilience import deadlines
from matinee.resilience.guard import Faults, guarded
from matinee.resilience.spans import Spans, traced
from matinee.studio.production import http as production_http
from matinee.studio.production import jobs as production_jobs
from matinee.studio.production.api import Production
from matinee.wire import tickets
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


INVOICE_FONTS = tuple(
    Path(folder) / name
    for folder in ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts", "/Library/Fonts")
    for name in ("DejaVuSans.ttf", "Arial Unicode.ttf")
)
"""Fonts of many scripts where systems keep them. One that is not there is not missed: names are then in Latin letters."""


def _no_routes(_outside: Outside, _neighbors: Neighbors) -> Sequence[HTTPRouteHandler]:
    return ()


def _no_consumers(_service: Any) -> Sequence[Consumer]:
    return ()


def _no_timers(_service: Any) -> Sequence[Timer]:
    return ()


@dataclass(frozen=True, slots=True)
class Service:
    """A line of the table. `protocol` is its inside door, `build` makes it from the ground and its neighbors."""

    protocol: Any  # a Protocol class: a type that mypy lets nobody hand around
    build: Callable[[Ground, Neighbors], Any]
    routes: Callable[[Outside, Neighbors], Sequence[HTTPRouteHandler]] = _no_routes
    consumers: Callable[[Any], Sequence[Consumer]] = _no_consumers
    timers: Callable[[Any], Sequence[Timer]] = _no_timers
    process: str | None = None
    """Lives in the process of this other service, of which it is a face."""


def _hasher(settings: Settings) -> PasswordHasher | None:
    # A simulated world signs hundreds of members up; what guessing a password costs is not what it is about.
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if settings.passwords == "light" else None


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


def _members(ground: Ground, neighbors: Neighbors) -> MembersService:
    engines, doors = ground.engines, ground.doors
    return MembersService(engines.database, engines.cache, engines.mail, doors.clock, doors.ids, neighbors.passwords)


def _passwords(ground: Ground, _neighbors: Neighbors) -> PasswordsService:
    doors, listed = ground.doors, Breached(ground.doors.files, ground.settings.breached_passwords)
    return PasswordsService(ground.engines.database, doors.ids, hasher=_hasher(ground.settings), breached=listed)


def _letters(ground: Ground) -> Letters:
    return Letters(ground.engines.mail, ground.doors.clock, ground.doors.ids, ground.settings.url)


def _proofs(ground: Ground, n: Neighbors) -> ProofsService:
    engines, doors = ground.engines, ground.doors
    return ProofsService(
        engines.database,
        engines.cache,
        engines.keys,
        doors.clock,
        doors.chance,
        members=n.members,
        passwords=n.passwords,
        letters=_letters(ground),
    )


def _accounts(ground: Ground, n: Neighbors) -> AccountsService:
    engines, doors = ground.engines, ground.doors
    return AccountsService(
        engines.database,
        engines.cache,
        doors.clock,
        doors.ids,
        members=n.members,
        passwords=n.passwords,
        letters=_letters(ground),
    )


def _places(ground: Ground, n: Neighbors) -> PlacesService:
    settings, doors = ground.settings, ground.doors
    return PlacesService(
        ground.engines.database,
        ground.engines.geo,
        SuspectList(settings.suspect_networks, doors.files, doors.clock),
        n.notices,
        doors.clock,
        Territories(settings.country, group_of(settings.portability)),
    )


def _locks(ground: Ground, n: Neighbors) -> LocksService:
    engines, doors = ground.engines, ground.doors
    return LocksService(engines.database, doors.clock, proved=n.proofs.require_recent, hasher=_hasher(ground.settings))


def _notices(ground: Ground, n: Neighbors) -> NoticesService:
    doors = ground.doors
    return NoticesService(ground.engines.database, n.catalog, doors.clock, doors.ids, country=ground.settings.country)


def _catalog(ground: Ground, _neighbors: Neighbors) -> CatalogService:
    engines, doors = ground.engines, ground.doors
    return CatalogService(engines.database, engines.search, _Shelf(engines.blobs), doors.clock, doors.ids)


def _billing_ground(ground: Ground) -> BillingGround:
    engines, doors, till = ground.engines, ground.doors, ground.engines.till
    return BillingGround(engines.database, till.providers, till.default, doors.clock, doors.ids, till.terms)


def _subscriptions(ground: Ground, neighbors: Neighbors) -> SubscriptionsService:
    letters = BillingLetters(neighbors.members, neighbors.notices, ground.engines.mail, url=ground.settings.url)
    return SubscriptionsService(
        _billing_ground(ground),
        neighbors.members,
        letters,
        ground.doors.files,
        country=ground.settings.country,
        fonts=INVOICE_FONTS,
    )


def _exchange(ground: Ground, _neighbors: Neighbors) -> ExchangeService:
    doors = ground.doors
    return ExchangeService(
        ground.engines.database, doors.files, ground.settings.data / "imports", doors.clock, doors.ids
    )


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
    "members": Service(
        Members, _members, routes=lambda o, n: [*members_http.routes(n.members, n.proofs), *mailbox_routes(o.mail)]
    ),
    "locks": Service(Locks, _locks, routes=lambda _o, n: profiles_http.routes(n.members, n.locks), process="members"),
    "ratings": Service(
        Ratings,
        lambda g, n: RatingsService(g.engines.database, n.catalog, g.doors.clock, g.doors.ids),
        routes=lambda _o, n: ratings_http.routes(n.ratings),
        process="members",
    ),
    "notices": Service(
        Notices,
        _notices,
        routes=lambda _o, n: notices_http.routes(n.notices),
        consumers=lambda s: [
            Consumer(topic, group, members_jobs.noticed(s)) for topic, group in members_jobs.NOTICED.items()
        ],
        timers=lambda s: [
            Timer("notices kept long enough", members_jobs.FORGET_EVERY, members_jobs.forget_old_notices(s))
        ],
        process="members",
    ),
    "places": Service(
        Places,
        _places,
        routes=lambda _o, n: places_http.routes(n.places, n.members, n.rights),
        process="members",
    ),
    "audit": Service(
        Audit,
        lambda g, _n: AuditService(g.engines.database, g.doors.clock, g.doors.ids),
        routes=lambda _o, n: audit_http.routes(n.audit),
        timers=lambda s: [Timer("audit trail", members_jobs.FORGET_EVERY, members_jobs.forget_old_entries(s))],
        process="members",
    ),
    "member_desk": Service(
        MemberDesk,
        lambda g, _n: MemberDeskService(g.engines.database, g.doors.clock),
        routes=lambda _o, n: member_desk_http.routes(n.member_desk),
        process="members",
    ),
    "passwords": Service(Passwords, _passwords, process="members"),
    "proofs": Service(Proofs, _proofs, routes=lambda _o, n: members_http.proof_routes(n.proofs), process="members"),
    "accounts": Service(
        Accounts,
        _accounts,
        routes=lambda _o, n: [*members_http.account_routes(n.accounts, n.proofs), *account_data_routes(n)],
        consumers=lambda s: [Consumer(members_jobs.TOPIC, members_jobs.GROUP, members_jobs.consumer(s))],
        process="members",
    ),
    "passkeys": Service(
        Passkeys, sign_in.passkeys, routes=lambda _o, n: members_http.passkey_routes(n.passkeys), process="members"
    ),
    "sign_on": Service(
        SignOn,
        sign_in.sign_on,
        routes=lambda _o, n: members_http.sign_on_routes(n.sign_on, n.passkeys),
        process="members",
    ),
    "device_codes": Service(
        DeviceCodes,
        sign_in.device_codes,
        routes=lambda _o, n: members_http.device_code_routes(n.device_codes),
        process="members",
    ),
    "billing": Service(
        Billing,
        lambda g, _n: BillingService(g.engines.database, g.doors.clock),
        routes=lambda _o, n: [
            *billing_http.routes(n.billing, n.members),
            *billing_http.sign_up_routes(n.billing, n.accounts),
        ],
    ),
    "subscriptions": Service(
        Subscriptions,
        _subscriptions,
        routes=lambda _o, n: billing_http.subscription_routes(n.subscriptions),
        consumers=lambda s: [
            Consumer(topic, group, billing_jobs.consumer(s)) for topic, group in billing_jobs.TOPICS.items()
        ],
        process="billing",
    ),
    "payments": Service(
        Payments,
        lambda g, _n: PaymentsService(_billing_ground(g)),
        routes=lambda _o, n: billing_http.payment_routes(n.payments),
        timers=lambda s: [Timer("renewals", billing_jobs.LOOK_EVERY, billing_jobs.renewals(s))],
        process="billing",
    ),
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
