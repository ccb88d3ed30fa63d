"""The stories of steering: appliances report and are told, players are sent to the best of them."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from matinee.control.catalog.api import Catalog
from matinee.control.steering import store
from matinee.control.steering.api import (
    ANYBODY,
    HELD_MAX,
    AgentAnswer,
    ApplianceStatus,
    Asker,
    Build,
    Edge,
    Explanation,
    Fill,
    Heat,
    Misses,
    Purge,
    PurgeOrder,
    ReleasePurged,
    Rollout,
    RoutesFound,
    SessionShown,
    StartRollout,
)
from matinee.control.steering.model.decision import decide
from matinee.control.steering.model.explaining import explained, passed_over
from matinee.control.steering.model.ordering import check
from matinee.control.steering.model.reporting import EPOCH_MAX, check_report, is_name
from matinee.control.steering.model.snapshot import OPEN, Server
from matinee.control.steering.model.standing import is_well
from matinee.control.steering.service.accounts import AccountsTaken
from matinee.control.steering.service.aiming import Aiming
from matinee.control.steering.service.asking import question_of
from matinee.control.steering.service.audience import Audience
from matinee.control.steering.service.blaming import Blaming
from matinee.control.steering.service.builds import BuildShelf
from matinee.control.steering.service.counts import Counts
from matinee.control.steering.service.fills import fills_of
from matinee.control.steering.service.fleet import Fleet
from matinee.control.steering.service.heat import heat_of
from matinee.control.steering.service.orders import Orders
from matinee.control.steering.service.placing import Placing
from matinee.control.steering.service.purging import Purging
from matinee.control.steering.service.revoked import SessionsRevoked
from matinee.control.steering.service.rollouts import Rollouts
from matinee.control.steering.service.routes import RoutesHeard
from matinee.control.steering.service.statuses import fences, statuses
from matinee.control.steering.service.territories import Territories
from matinee.control.steering.service.watch import Watch
from matinee.control.steering.store import PurgeNote
from matinee.engines.blobs.port import Blobs
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, NotFound
from matinee.kernel.ids import ApplianceId, ReleaseId, SessionId, TitleId
from matinee.kernel.quantities import Instant
from matinee.wire.accounts import Accounts, AccountsKnown
from matinee.wire.encoding import b64url
from matinee.wire.events import Envelope, ReleaseReady, ReleaseRemoved, unseal
from matinee.wire.fill import FillOrder, FillOrders
from matinee.wire.health import HealthReport
from matinee.wire.purge import PurgeKey, PurgeNews, Tombstone, TombstonesAsked
from matinee.wire.routes import RouteNews, RoutesKnown
from matinee.wire.tickets import Ring

_OUTSIDE = "outside"
"""Where CDNs of others stand, as an operator reads it."""


class SteeringService:
    def __init__(
        self,
        database: Database,
        cache: Cache,
        clock: Clock,
        ring: Ring,
        *,
        purge_key: PurgeKey | None = None,
        catalog: Catalog | None = None,
        blobs: Blobs | None = None,
        outside_cdns: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Without a `purge_key` nothing is signed, and edges carry out no tombstone, no order and no build. The `catalog`
        knows which trailers go with a title, and where and when a title may be played; without one, all may be everywhere.
        Builds are kept in `blobs`. `outside_cdns`: base URLs of those of others, by the name of their pathway."""
        self._outside = [Server(name, url, "transit", _OUTSIDE) for name, url in sorted(outside_cdns.items())]
        self._catalog = catalog
        self._database = database
        self._clock = clock
        self._ring = ring
        self._routes = RoutesHeard(database)
        self._purging = Purging(clock, purge_key)
        self._territories = Territories(catalog, clock)
        self._counts = Counts(database, clock, self._territories)
        self._audience = Audience(database, cache, clock)
        self._accounts = AccountsTaken(clock, self._counts, self._audience)
        self._placing = Placing(database, clock, self._territories, self._counts)
        self._orders = Orders(cache, clock, ring, self._placing, purge_key)
        self._revoked = SessionsRevoked(database, clock)
        self._rollouts = Rollouts(database, clock, purge_key)
        self._builds = BuildShelf(database, blobs, clock)
        self._blaming = Blaming(database, clock)
        self._aiming = Aiming(self._audience, clock)
        self._watch = Watch(
            database,
            cache,
            clock,
            purging=self._purging,
            routes=self._routes,
            placing=self._placing,
            counts=self._counts,
            revoked=self._revoked,
            rollouts=self._rollouts,
            blaming=self._blaming,
            outside=self._outside,
        )

    async def rank(self, release_id: ReleaseId, asker: Asker = ANYBODY) -> Sequence[Edge]:
        snapshot = await self._watch.snapshot()
        if release_id in self._purging.buried:
            raise ReleasePurged
        fleet = await self._watch.fleet()
        question = question_of(release_id, asker, await self._audience.too_slow(asker, fleet.site_of))
        ranked = decide(snapshot, self._routes.table, question)
        await self._aiming.note(asker, question, ranked, fleet, snapshot, self._routes.table)
        return [Edge(c.id, c.server.url, c.is_origin or c.server.reach in OPEN) for c in ranked]

    async def report(self, report: HealthReport) -> AgentAnswer:
        check_report(report, taken=[each.id for each in self._outside])
        said, fleet = await self._watch.hear(report)
        if said.report.kind != "origin":
            await self._placing.keep_up(said.report, fleet.cluster(said.report), fleet.stock)
        await self._note_placed(said.report, fleet)
        return await self._answer(said.report, fleet)

    async def blame(self, pathway: str, session_id: SessionId, *, member: str) -> None:
        if not await self._audience.was_offered(session_id, pathway):
            return
        await self._audience.failed(session_id, pathway)
        if await self._blaming.take(pathway, member, serves=await self._audience.serving(pathway)):
            self._watch.forget()

    async def session(self, session_id: SessionId) -> SessionShown:
        if (found := await self._audience.shown(session_id)) is None:
            raise NotFound("Nothing is known of this session: it is long over, or there was none.")
        return found

    async def misses(self, *, days: int) -> Misses:
        return await self._audience.misses(days)

    async def routes(self, news: RouteNews) -> RoutesKnown:
        if not is_name(news.appliance_id) or len(news.epoch) > EPOCH_MAX:
            raise InvalidInput("These routes name no appliance of ours.", field="appliance_id")
        return RoutesKnown(await self._routes.take(news))

    async def account(self, accounts: Accounts) -> AccountsKnown:
        said = (await self._watch.fleet()).heard.get(ApplianceId(accounts.appliance_id))
        if said is None:
            raise NotFound("This appliance has not reported yet. Its accounts are taken after its first report.")
        return await self._accounts.take(accounts, said.report)

    async def look_at_counts(self) -> None:
        fleet = await self._watch.fleet()
        await self._counts.remember(fleet)
        await self._audience.fold()
        await self._placing.plan_night(fleet)

    async def explain(self, title_id: TitleId, asker: Asker) -> Explanation:
        fleet, snapshot, now = await self._watch.fleet(), await self._watch.snapshot(), self._clock.now()
        releases = [wanted.release_id for wanted in fleet.wanted.values() if wanted.title_id == title_id]
        if not releases:
            raise NotFound("There is no release of this title that anybody should hold.")
        question = question_of(releases[-1], asker, {})
        ranked = decide(snapshot, self._routes.table, question)
        silent = [id for id, said in fleet.heard.items() if not is_well(said, at=now)]
        others = passed_over(snapshot, self._routes.table, question, silent=silent, fenced=fences(fleet, at=now))
        return explained(ranked, others, question.client)

    async def purge(self, release_id: ReleaseId, *, reason: str) -> None:
        await self._bury(PurgeOrder(reason, "", release_id=release_id))

    async def order_purge(self, order: PurgeOrder) -> Purge:
        check(order)
        if order.appliance_id is not None and all(
            k.id != order.appliance_id for k in (await self._watch.fleet()).known
        ):
            raise NotFound("No appliance of this name has ever reported.")
        return await self.purge_status(await self._bury(order))

    async def purges(self, *, before: int | None = None, limit: int = 50) -> Sequence[Purge]:
        notes = await self._database.read(lambda work: store.purges(work, before=before, limit=limit))
        fleet = await self._watch.fleet()
        return [self._purging.told(note, fleet.known, fleet.heard, in_full=False) for note in notes]

    async def purge_status(self, number: int) -> Purge:
        note = await self._database.read(lambda work: store.purge(work, number))
        if note is None:
            raise NotFound("There is no purge of this number.")
        fleet = await self._watch.fleet()
        return self._purging.told(note, fleet.known, fleet.heard, in_full=True)

    async def tombstones(self, asked: TombstonesAsked, *, places: int = HELD_MAX) -> PurgeNews:
        fleet = await self._watch.fleet()
        if asked.appliance_id not in fleet.heard:
            raise NotFound("This appliance has not reported yet. It hears of purges in the answers to its reports.")
        return await self._purging.news(asked, places)

    async def revoke(self, session_id: SessionId, *, until: Instant) -> None:
        await self._revoked.take(session_id, until)

    async def appliances(self) -> Sequence[ApplianceStatus]:
        return statuses(await self._watch.fleet(), at=self._clock.now())

    async def fills(self) -> Sequence[Fill]:
        return await fills_of(await self._watch.fleet(), self._placing, self._orders, at=self._clock.now())

    async def heat(self, *, site: str = "", days: int = 7) -> Heat:
        fleet, now = await self._watch.fleet(), self._clock.now()
        return await heat_of(self._database, self._counts, fleet, site=site, days=days, at=now)

    async def find_routes(self, sought: str) -> RoutesFound:
        await self._watch.fleet()  # which also reads what was announced to others since
        return self._routes.found(sought)

    async def keep_part(self, sha256: str, part: int, data: bytes) -> None:
        await self._builds.keep_part(sha256, part, data)

    async def add_build(self, name: str, sha256: str, *, parts: int, by: str) -> Build:
        return await self._builds.add(name, sha256, parts=parts, by=by)

    async def builds(self) -> Sequence[Build]:
        return await self._builds.all()

    async def build_file(self, sha256: str) -> bytes:
        return await self._builds.file(sha256)

    async def start_rollout(self, order: StartRollout) -> Rollout:
        return await self.rollout_status(await self._rollouts.start(order, await self._watch.fleet()))

    async def rollouts(self, *, before: int | None = None, limit: int = 50) -> Sequence[Rollout]:
        return await self._rollouts.told(before=before, limit=limit, fleet=await self._watch.fleet())

    async def rollout_status(self, number: int) -> Rollout:
        return await self._rollouts.told_in_full(number, await self._watch.fleet())

    async def command_rollout(
        self, number: int, what: Literal["pause", "resume", "abort"], *, by: str, reason: str
    ) -> Rollout:
        await self._rollouts.command(number, what, by=by, reason=reason)
        self._watch.forget()
        return await self.rollout_status(number)

    async def step_rollout(self) -> None:
        before = self._rollouts.away
        await self._rollouts.step(await self._watch.fleet())
        if self._rollouts.away != before:
            self._watch.forget()

    async def note(self, envelope: Envelope) -> None:
        if envelope.type == ReleaseReady.type:
            ready = unseal(envelope, ReleaseReady)
            await self._write(lambda work: store.want(work, ready, at=envelope.at))
        elif envelope.type == ReleaseRemoved.type:
            removed = unseal(envelope, ReleaseRemoved)
            await self.purge(ReleaseId(removed.release_id), reason="Its title was deleted.")

    async def _bury(self, order: PurgeOrder) -> int:
        """The number of the purge. Once this returns nobody is sent to it, and those who wait for news have it."""
        now, least = self._clock.now(), self._purging.least_number((await self._watch.fleet()).heard)
        titles = () if order.title_id is None else (order.title_id, *await self._parts(order.title_id))

        def work(work: Work) -> int:
            releases = [order.release_id] if order.release_id else store.releases_known(work, titles)
            if not releases or (order.by and not store.is_known(work, releases[0])):
                raise NotFound("Nobody holds anything of it: there is no such release, or it was purged before.")
            stones = [
                Tombstone(
                    least, each, order.reason, order.path, refetch=order.refetch, appliance=order.appliance_id or ""
                )
                for each in releases
            ]
            named = (order.title_id or "", order.release_id or "", order.path or "")
            note = PurgeNote(0, now, order.by, order.reason, *named, order.refetch, order.appliance_id or "")
            return store.bury(work, stones, note)

        number = await self._database.write(work)
        self._watch.forget()
        await self._watch.fleet()
        return number

    async def _parts(self, title_id: TitleId) -> Sequence[TitleId]:
        return () if self._catalog is None else await self._catalog.parts(title_id)

    async def _write(self, work: Callable[[Work], None]) -> None:
        """What this process decides it knows at once; the others, a moment later."""
        await self._database.write(work)
        self._watch.forget()

    async def _note_placed(self, report: HealthReport, fleet: Fleet) -> None:
        """The first edge that holds all of a release makes it servable, or that none is to hold it: then origins serve.
        The origin alone does not: it is no edge."""
        unplaced = [wanted.release_id for wanted in fleet.wanted.values() if not wanted.placed]
        if report.kind == "origin" or not unplaced:
            return
        nobodys = self._placing.nobodys(unplaced, fleet.edges())
        fresh = [release_id for release_id in unplaced if release_id in report.releases or release_id in nobodys]

        def work(work: Work) -> None:
            for release_id in fresh:
                store.place(work, release_id)

        if fresh:
            await self._write(work)

    async def _answer(self, report: HealthReport, fleet: Fleet) -> AgentAnswer:
        news = self._purging.after(report.tombstone_sequence)
        keys = {kid: b64url(key) for kid, key in self._ring.keys.items()}
        until = self._routes.known_until(report.appliance_id, report.routes_epoch)
        orders = FillOrders(await self._ordered(report, fleet))
        revoked = self._revoked.after(report.revocation_sequence)
        slot = self._rollouts.order_for(report)
        return AgentAnswer(orders, news, keys, until, self._purging.public_key, revoked, report.digest, slot)

    async def _ordered(self, report: HealthReport, fleet: Fleet) -> tuple[FillOrder, ...]:
        if report.kind == "origin":
            return ()
        holds = [fleet.wanted[each] for each in self._placing.holds(report) if each in fleet.wanted]
        return await self._orders.of(report, holds, fleet)
