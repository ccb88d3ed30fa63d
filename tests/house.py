"""The control plane on real engines in a temporary folder, with a clock that tests move: everything but the studio.

Nothing runs in the background. Events wait in the outbox until a test calls `settle`, so what has happened is never a
matter of luck.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from matinee.app.account_data import account_data_routes
from matinee.app.callers import CallerDesk
from matinee.app.http import answering, control_app
from matinee.app.known_callers import KnownCallers
from matinee.app.lines.billing import INVOICE_FONTS
from matinee.app.neighbors import Neighbors
from matinee.app.repeats import once_each
from matinee.app.settings import Settings
from matinee.app.studio import Promised
from matinee.control.billing import http as billing_http
from matinee.control.billing import jobs as billing_jobs
from matinee.control.billing import store as billing_store
from matinee.control.billing.service import BillingService, PaymentsService, SubscriptionsService
from matinee.control.billing.service import Ground as BillingGround
from matinee.control.billing.service import Letters as BillingLetters
from matinee.control.billing.settings import Terms
from matinee.control.catalog import http as catalog_http
from matinee.control.catalog import jobs as catalog_jobs
from matinee.control.catalog import store as catalog_store
from matinee.control.catalog.api import NewTitle, Viewer
from matinee.control.catalog.service import CatalogService, RightsService
from matinee.control.catalog.service.desk import DeskService
from matinee.control.catalog.service.exchange import ExchangeService
from matinee.control.catalog.service.finding import FindingService
from matinee.control.catalog.service.title_page import TitlePageService
from matinee.control.discovery import http as discovery_http
from matinee.control.discovery.api import Preparing
from matinee.control.discovery.service import DiscoveryService
from matinee.control.drm import http as drm_http
from matinee.control.drm import store as drm_store
from matinee.control.drm.service import DrmService
from matinee.control.members import http as members_http
from matinee.control.members import jobs as members_jobs
from matinee.control.members import store as members_store
from matinee.control.members.api import Account, NewProfile, Profile
from matinee.control.members.api.passkeys import Place
from matinee.control.members.http import audit as audit_http
from matinee.control.members.http import desk as member_desk_http
from matinee.control.members.http import notices as notices_http
from matinee.control.members.http import places as places_http
from matinee.control.members.http import profiles as profiles_http
from matinee.control.members.http import ratings as ratings_http
from matinee.control.members.service import (
    AccountsService,
    DeviceCodesService,
    Letters,
    MembersService,
    OutsideProvider,
    PasskeysService,
    PasswordsService,
    ProofsService,
    SignOnService,
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
from matinee.control.playback.api import Device, StartPlayback
from matinee.control.playback.service import PlaybackService
from matinee.control.playback.service.revoking import Revoking
from matinee.control.playback.service.signing import Signing, TicketNames
from matinee.control.playback.service.witnesses import Witnesses
from matinee.control.steering import http as steering_http
from matinee.control.steering import jobs as steering_jobs
from matinee.control.steering import store as steering_store
from matinee.control.steering.api import AgentAnswer
from matinee.control.steering.service import SteeringService
from matinee.control.viewing import jobs as viewing_jobs
from matinee.control.viewing.service import ViewingService
from matinee.delivery.gateway.api import Asgi, GatewayConfig, Page
from matinee.delivery.gateway.service import Gateway
from matinee.engines.blobs.folder import FolderBlobs
from matinee.engines.cache.memory import MemoryCache
from matinee.engines.database.outbox import OutboxRelay
from matinee.engines.database.port import Schema
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.geo.in_loop import InLoopGeo
from matinee.engines.keys.local import LocalKeys
from matinee.engines.log.sqlite import SqliteLog
from matinee.engines.mail.mailbox import MailboxMail
from matinee.engines.payments.pretend import MemoryBook, PretendPayments
from matinee.engines.rows.sqlite import SqliteRows
from matinee.engines.search.tantivy_index import TantivySearch
from matinee.kernel.chance import SystemChance
from matinee.kernel.files import SystemFiles
from matinee.kernel.ids import Ids, ProfileId, ReleaseId, TitleId
from matinee.kernel.quantities import Instant, Span, seconds
from matinee.wire.events import Event, ReleaseReady, seal
from matinee.wire.purge import PurgeKey
from matinee.wire.releases import Release, size_bytes
from matinee.wire.tickets import KeyRing, Ring
from tests.builders import HASH, NOON, make_device, make_new_title, make_release, make_report, make_viewer, release_json
from tests.databases import AT_ONCE, migrated
from tests.wire import Binding, Wire, WireClock

PASSWORD = "popcorn-and-velvet"
LIGHT = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PUBLIC_URL = "https://house.test"
BODY_MAX_BYTES = 64 << 10
AGENT_TOKEN = "agent-token-of-this-test"
RING = KeyRing("control", {"control": b"c" * 32})
PURGE_KEY = PurgeKey(b"p" * 32)
EDGE_RING = KeyRing("edge", {"edge": b"e" * 32})
SCHEMAS: list[Schema] = [
    catalog_store.SCHEMA,
    members_store.SCHEMA,
    billing_store.SCHEMA,
    drm_store.SCHEMA,
    steering_store.SCHEMA,
    playback_store.SCHEMA,
]


class HandClock:
    """Stands still until a test moves it."""

    def __init__(self, at: Instant = NOON) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, span: Span) -> None:
        self.advance(span)

    def advance(self, span: Span) -> None:
        self.at += span


class Shelf:
    """What the studio would have stored, on blobs."""

    def __init__(self, blobs: FolderBlobs) -> None:
        self._blobs = blobs

    async def release_json(self, release_id: ReleaseId) -> bytes:
        return await self._blobs.get(f"releases/{release_id}/release.json")

    async def picture(self, key: str) -> bytes:
        return await self._blobs.get(key)

    async def keep_picture(self, key: str, data: bytes) -> None:
        await self._blobs.put(key, data)


@dataclass
class StudioWithWork:
    """A studio that is preparing what a test put here."""

    films: list[Preparing] = field(default_factory=list)

    async def preparing(self) -> Sequence[Preparing]:
        return self.films

    async def note_promised(self, promised: Promised) -> None:
        self.films = [*promised.films]


@dataclass(frozen=True)
class Member:
    account: Account
    profile: Profile
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What a television sends with every request."""
        return {"authorization": f"Bearer {self.token}", "x-matinee-profile": self.profile.id}


@dataclass
class House:
    clock: HandClock
    ids: Ids
    folder: Path
    database: SqliteDatabase
    rows: SqliteRows
    log: SqliteLog
    relay: OutboxRelay
    blobs: FolderBlobs
    cache: MemoryCache
    members: MembersService
    locks: LocksService
    ratings: RatingsService
    notices: NoticesService
    audit: AuditService
    member_desk: MemberDeskService
    passwords: PasswordsService
    proofs: ProofsService
    accounts: AccountsService
    mail: MailboxMail
    passkeys: PasskeysService
    sign_on: SignOnService
    device_codes: DeviceCodesService
    billing: BillingService
    subscriptions: SubscriptionsService
    payments: PaymentsService
    provider: PretendPayments
    catalog: CatalogService
    drm: DrmService
    viewing: ViewingService
    steering: SteeringService
    discovery: DiscoveryService
    playback: PlaybackService
    rights: RightsService
    geo: InLoopGeo
    places: PlacesService
    studio: StudioWithWork
    pages: TitlePageService
    desk: DeskService
    exchange: ExchangeService
    finding: FindingService
    calls: WireClock
    """The time of the calls between services."""
    holds: list[str] = field(default_factory=list)
    """What the one edge says it holds."""
    _made: int = 0

    @property
    def routes(self) -> list[HTTPRouteHandler]:
        return [
            *members_http.routes(self.members, self.proofs),
            *profiles_http.routes(self.members, self.locks),
            *ratings_http.routes(self.ratings),
            *notices_http.routes(self.notices),
            *places_http.routes(self.places, self.members, self.rights),
            *audit_http.routes(self.audit),
            *member_desk_http.routes(self.member_desk),
            *members_http.proof_routes(self.proofs),
            *members_http.account_routes(self.accounts, self.proofs),
            *account_data_routes(Neighbors(lambda name: getattr(self, name))),
            *members_http.passkey_routes(self.passkeys, self.members),
            *members_http.sign_on_routes(self.sign_on, self.passkeys, self.members),
            *members_http.device_code_routes(self.device_codes, self.proofs, self.members),
            *billing_http.routes(self.billing, self.members),
            *billing_http.subscription_routes(self.subscriptions, self.proofs),
            *billing_http.payment_routes(self.payments),
            *billing_http.sign_up_routes(self.billing, self.accounts),
            *catalog_http.routes(self.catalog, self.pages, self.clock),
            *catalog_http.desk_routes(self.desk, self.exchange),
            *catalog_http.rights_routes(self.rights, self.clock),
            *catalog_http.finding_routes(self.finding, self.clock),
            *drm_http.routes(self.drm, RING.keys, self.clock),
            *steering_http.routes(self.steering, AGENT_TOKEN),
            *discovery_http.routes(self.discovery),
            *playback_http.routes(self.playback),
        ]

    @cached_property
    def app(self) -> Litestar:
        """The control plane's HTTP application as the framework has it; built when a test first knocks."""
        return control_app(self.routes, KnownCallers(RING.keys, self.clock), self.audit)

    @cached_property
    def answering(self) -> Asgi:
        """The same as a house answers."""
        return answering(self.routes, RING.keys, self.clock, self.audit)

    @cached_property
    def gateway(self) -> Gateway:
        settings = Settings(data=self.folder, country="DE")
        return Gateway(
            once_each(self.answering, RING.keys, self.cache, self.clock),
            CallerDesk(self.members, self.billing, RING, settings, self.clock, self.places),
            {"/index.html": Page(b"<html>", "text/html", None, immutable=False)},
            GatewayConfig(body_max_bytes=BODY_MAX_BYTES),
            self.calls,
            self.ids,
        )

    async def settle(self) -> None:
        """Carry every event to whoever listens, and the events that follow from those, until all is quiet."""
        listening = (
            *((topic, group, catalog_jobs.consumer(self.catalog)) for topic, group in catalog_jobs.TOPICS.items()),
            (steering_jobs.TOPIC, steering_jobs.GROUP, steering_jobs.consumer(self.steering)),
            *((topic, group, members_jobs.noticed(self.notices)) for topic, group in members_jobs.NOTICED.items()),
            (members_jobs.TOPIC, members_jobs.GROUP, members_jobs.consumer(self.accounts)),
            *((t, group, billing_jobs.consumer(self.subscriptions)) for t, group in billing_jobs.TOPICS.items()),
            (viewing_jobs.TOPIC, viewing_jobs.GROUP, viewing_jobs.consumer(self.viewing)),
            *((topic, group, playback_jobs.consumer(self.playback)) for topic, group in playback_jobs.TOPICS.items()),
        )
        moved = True
        while moved:
            moved = await self.relay.drain() > 0
            for topic, group, handle in listening:
                while batch := await self.log.poll(topic, group, wait=seconds(0), lease=seconds(30)):
                    for delivery in batch.deliveries:
                        await handle(delivery.envelope)
                    await self.log.commit(batch)
                    moved = True

    async def events(self, topic: str) -> list[str]:
        """The types of all events of a topic, in order."""
        await self.relay.drain()
        return [d.envelope.type async for d in self.log.replay(topic)]

    async def announce(self, event: Event) -> None:
        """Say something on the log as the studio would."""
        await self.log.append([seal(event, ids=self.ids, at=self.clock.now(), source="studio")])

    async def report(self, *, appliance: str = "flash-1", kind: str = "flash", tombstones: int = 0) -> AgentAnswer:
        """An appliance's second."""
        held = self.holds if kind == "flash" else ()
        return await self.steering.report(
            make_report(appliance, kind=kind, at=self.clock.now(), releases=held, tombstone_sequence=tombstones)
        )

    async def edges_report(self) -> None:
        await self.report(appliance="origin-1", kind="origin")
        await self.report()

    async def store_release(self, release: Release, edition: str = "") -> None:
        """What the studio does when a version is complete: store it, then say so."""
        await self.blobs.put(f"releases/{release.release_id}/release.json", release_json(release))
        await self.announce(ready_event(release, edition))
        await self.settle()

    async def place(self, release: Release) -> None:
        """An edge has filled it and says so."""
        self.holds.append(release.release_id)
        await self.edges_report()
        await self.settle()

    async def add_film(self, new: NewTitle | None = None, *, release: Release | None = None) -> Release:
        """A film as viewers find it: prepared, held by an edge, published."""
        self._made += 1
        title_id = await self.catalog.create(new or make_new_title(f"Film {self._made}"))
        made = replace(release or make_release(), title_id=title_id, release_id=self.ids.new())
        await self.store_release(made)
        await self.place(made)
        return made

    async def add_member(
        self,
        email: str = "ada@example.org",
        *,
        plan: str | None = "premium",
        kids: bool = False,
        operator: bool = False,
    ) -> Member:
        roles = ["operator"] if operator else []
        account = await self.members.create(email, PASSWORD, country="DE", roles=roles)
        if plan is not None:
            await self.billing.subscribe(account.id, plan)
        profile = await self.members.add_profile(account.id, NewProfile("Ada", kids=kids))
        signed = await self.members.open_session(account.id, device="a test", methods=["password"])
        return Member(account, profile, signed.token)

    def press_play(
        self,
        member: Member,
        title_id: str,
        *,
        device: Device | None = None,
        end_oldest: bool = False,
        viewer: Viewer | None = None,
    ) -> StartPlayback:
        return StartPlayback(
            account_id=member.account.id,
            profile_id=ProfileId(member.profile.id),
            device_id="living room",
            title_id=TitleId(title_id),
            viewer=viewer or make_viewer(),
            device=device or make_device(),
            on_limit="end_oldest" if end_oldest else "refuse",
        )

    def client(self, member: Member | None = None) -> httpx.AsyncClient:
        """Someone at the front door, without a socket between."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.gateway),
            base_url="http://house.test",
            headers=member.headers if member else {},
        )


def ready_event(release: Release, edition: str = "") -> ReleaseReady:
    return ReleaseReady(
        release.title_id, release.release_id, release.profile, release.duration_ms, size_bytes(release), HASH, edition
    )


@asynccontextmanager
async def open_house(
    folder: Path,
    clock: HandClock | None = None,
    *,
    binding: Binding = "direct",
    names: TicketNames | None = None,
    ring: Ring = EDGE_RING,
    hasher: PasswordHasher = LIGHT,
    terms: Terms | None = None,
    suspects: Path | None = None,
    ported: frozenset[str] = frozenset(),
    providers: Mapping[str, OutsideProvider] | None = None,
) -> AsyncIterator[House]:
    """`binding`: how the services reach each other, and a test them. `names`: what tickets name beside what they must."""
    clock = clock or HandClock()
    chance = SystemChance()
    ids = Ids(clock, chance)
    async with AsyncExitStack() as stack:
        database = await migrated(folder / "matinee.sqlite", SCHEMAS, clock, ids)
        stack.push_async_callback(database.close)
        log = SqliteLog(folder / "log.sqlite", clock, ids, opens=AT_ONCE)
        stack.push_async_callback(log.close)
        rows = SqliteRows(folder / "rows.sqlite", clock, opens=AT_ONCE)
        stack.push_async_callback(rows.close)
        cache = MemoryCache(clock, 4 << 20)
        stack.push_async_callback(cache.close)
        search = TantivySearch(folder / "search", {"name": 4.0, "cast": 2.0, "genres": 1.5, "synopsis": 1.0})
        stack.push_async_callback(search.close)
        blobs = FolderBlobs(folder / "blobs", clock)
        keys = LocalKeys(folder / "wrapping.json", chance)
        calls = WireClock(clock)
        wire = None if binding == "direct" else Wire(calls, lossy=binding == "lossy")

        def bound(name: str, service: Any) -> Any:
            """The service as its neighbors see it: itself, or a client over the wire that was asked for."""
            return service if wire is None else wire.bind(name, service)

        mail = MailboxMail(folder / "mail", SystemFiles())
        audit = bound("audit", AuditService(database, clock, ids))
        member_desk = bound("member_desk", MemberDeskService(database, clock))
        passwords = bound("passwords", PasswordsService(database, ids, hasher=hasher))
        members = bound("members", MembersService(database, cache, mail, clock, ids, passwords))
        letters = Letters(mail, clock, ids, "http://house.test")
        proving = ProofsService(
            database, cache, keys, clock, chance, members=members, passwords=passwords, letters=letters
        )
        proofs = bound("proofs", proving)
        opening = AccountsService(database, cache, clock, ids, members=members, passwords=passwords, letters=letters)
        accounts = bound("accounts", opening)
        whom: Any = {"members": members, "proofs": proofs, "letters": letters}
        held = PasskeysService(database, clock, ids, RING, **whom, place=Place(PUBLIC_URL))
        word = SignOnService(
            database, clock, ids, RING, **whom, providers=providers or {}, url=PUBLIC_URL, country="DE"
        )
        typed = DeviceCodesService(
            database, cache, clock, ids, chance, RING, members=members, link_url=f"{PUBLIC_URL}/link"
        )
        passkeys, sign_on, codes = bound("passkeys", held), bound("sign_on", word), bound("device_codes", typed)
        billing = bound("billing", BillingService(database, clock))
        catalog = bound("catalog", CatalogService(database, search, Shelf(blobs), clock, ids))
        geo = InLoopGeo()
        locks = bound("locks", LocksService(database, clock, proved=proofs.require_recent, hasher=hasher))
        ratings = bound("ratings", RatingsService(database, catalog, clock, ids))
        notices = bound("notices", NoticesService(database, catalog, clock, ids, country="DE"))
        provider = PretendPayments(MemoryBook(), clock, b"a secret of this test")
        ground = BillingGround(database, {provider.name: provider}, provider.name, clock, ids, terms or Terms())
        told = BillingLetters(members, notices, mail, url="http://house.test")
        plans = SubscriptionsService(ground, members, told, SystemFiles(), country="DE", fonts=INVOICE_FONTS)
        subscriptions, payments = bound("subscriptions", plans), bound("payments", PaymentsService(ground))
        drm, viewing = bound("drm", DrmService(database, keys, chance)), bound("viewing", ViewingService(rows, clock))
        ranks = SteeringService(database, cache, clock, ring, purge_key=PURGE_KEY, catalog=catalog, blobs=blobs)
        steering, studio = bound("steering", ranks), StudioWithWork()
        desk = bound("desk", DeskService(database, catalog, Shelf(blobs), clock, ids))
        exchange = ExchangeService(database, SystemFiles(), folder / "imports", clock, ids)
        pages = bound("title_page", TitlePageService(database, catalog))
        discovery = DiscoveryService(catalog, pages, members, viewing, bound("studio", studio), clock)
        playback = PlaybackService(
            database=database,
            rows=rows,
            catalog=catalog,
            billing=billing,
            viewing=viewing,
            signing=Signing(steering, ring, RING, clock, ids, names),
            revoking=Revoking(database, catalog, steering),
            witnesses=Witnesses(steering, clock),
            clock=clock,
            ids=ids,
        )
        discovery, playback = bound("discovery", discovery), bound("playback", playback)
        yield House(
            clock,
            ids,
            folder,
            database,
            rows,
            log,
            OutboxRelay(database, log),
            blobs,
            cache,
            members,
            locks,
            ratings,
            notices,
            audit,
            member_desk,
            passwords,
            proofs,
            accounts,
            mail,
            passkeys,
            sign_on,
            codes,
            billing,
            subscriptions,
            payments,
            provider,
            catalog,
            drm,
            viewing,
            steering,
            discovery,
            playback,
            bound("rights", RightsService(database, clock)),
            geo,
            bound(
                "places",
                PlacesService(
                    database,
                    geo,
                    SuspectList(suspects, SystemFiles(), clock),
                    notices,
                    clock,
                    Territories("DE", ported),
                ),
            ),
            studio,
            pages,
            desk,
            exchange,
            bound("finding", FindingService(database, search)),
            calls,
        )
