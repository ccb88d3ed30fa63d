"""The stories of steering: appliances report and are told, players are sent to the best of them."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

from matinee.control.catalog.api import Catalog
from matinee.control.steering import store
from matinee.control.steering.api import (
    ANYBODY,
    HELD_MAX,
    AgentAnswer,
    ApplianceStatus,
    Asker,
    Edge,
    Explanation,
    Fill,
    Heat,
    Purge,
    PurgeOrder,
    ReleasePurged,
    RoutesFound,
)
from matinee.control.steering.model.addresses import parse_address
from matinee.control.steering.model.atlas import Atlas
from matinee.control.steering.model.contents import completed
from matinee.control.steering.model.decision import OPEN, Question, Snapshot, decide
from matinee.control.steering.model.explaining import explained, passed_over
from matinee.control.steering.model.ordering import check
from matinee.control.steering.model.standing import Heard, heard, is_well, share
from matinee.control.steering.service.accounts import AccountsTaken
from matinee.control.steering.service.counts import Counts
from matinee.control.steering.service.fills import fills_of
from matinee.control.steering.service.fleet import Fleet, reach_of
from matinee.control.steering.service.heat import heat_of
from matinee.control.steering.service.orders import Orders
from matinee.control.steering.service.placing import Placing
from matinee.control.steering.service.purging import Purging
from matinee.control.steering.service.revoked import SessionsRevoked
from matinee.control.steering.service.routes import RoutesHeard
from matinee.control.steering.service.territories import Territories
from matinee.control.steering.store import KnownAppliance, PurgeNote
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, NotFound
from matinee.kernel.ids import ApplianceId, ReleaseId, SessionId, TitleId
from matinee.kernel.quantities import Instant, minutes
from matinee.wire.accounts import Accounts, AccountsKnown
from matinee.wire.encoding import b64url, from_json, to_json
from matinee.wire.events import Envelope, ReleaseReady, ReleaseRemoved, unseal
from matinee.wire.fill import FillOrder, FillOrders
from matinee.wire.health import HealthReport
from matinee.wire.purge import PurgeKey, PurgeNews, Tombstone, TombstonesAsked
from matinee.wire.routes import RouteNews, RoutesKnown
from matinee.wire.tickets import Ring

# It stands in manifests and in the pages' security policy, so nothing may hide in it.
_BASE_URL = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~/-]*)?\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}\Z")
"""It is a pathway's name in manifests and in addresses."""
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_SITE_MAX, _EPOCH_MAX, _COUNTRIES_MAX = 60, 64, 300
_REPORT_KEPT = minutes(10)
_FLEET_KEPT_SECONDS = 0.5
"""As often as an appliance reports, and oftener than anyone would notice."""


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
    ) -> None:
        """Without a `purge_key` tombstones are not signed, and no edge carries one out. The `catalog` knows which trailers
        go with a title, and where and when a title may be played; without one, all may be everywhere."""
        self._catalog = catalog
        self._database = database
        self._cache = cache
        self._clock = clock
        self._ring = ring
        self._kept: Fleet | None = None
        self._looking = asyncio.Lock()
        self._writes = 0
        self._atlas: Atlas | None = None
        self._routes = RoutesHeard(database)
        self._purging = Purging(clock, purge_key)
        self._territories = Territories(catalog, clock)
        self._counts = Counts(database, clock, self._territories)
        self._accounts = AccountsTaken(clock, self._counts)
        self._placing = Placing(database, clock, self._territories, self._counts)
        self._orders = Orders(cache, clock, ring, self._placing)
        self._revoked = SessionsRevoked(database, clock)

    async def rank(self, release_id: ReleaseId, asker: Asker = ANYBODY) -> Sequence[Edge]:
        snapshot = await self._snapshot()
        if release_id in self._purging.buried:
            raise ReleasePurged
        ranked = decide(snapshot, self._routes.table, _question(release_id, asker))
        return [Edge(c.id, c.server.url, c.is_origin or c.server.reach in OPEN) for c in ranked]

    async def report(self, report: HealthReport) -> AgentAnswer:
        if not _NAME.match(report.appliance_id):
            raise InvalidInput(
                f"{report.appliance_id[:64]!r} cannot name an appliance: letters, digits, '.', '_' and '-', 60 at most.",
                field="appliance_id",
            )
        _check_place(report)
        if not _BASE_URL.match(report.url):
            raise InvalidInput(f"{report.url!r} is not where viewers could reach an appliance.", field="url")
        before = await self._cache.get(_key(report.appliance_id))
        last = from_json(before, Heard) if before is not None else None
        report = completed(report, None if last is None else last.report)
        said = heard(report, last, at=self._clock.now())
        await self._cache.put(_key(report.appliance_id), to_json(said), ttl=_REPORT_KEPT)
        if before is None:
            await self._database.write(lambda work: store.put_appliance(work, said.report))
        fleet = await self._fleet()  # not anew for this one: after a restart all of them come at once
        fleet.hear(said)
        if said.report.kind != "origin":
            await self._placing.keep_up(said.report, fleet.cluster(said.report), fleet.stock)
        await self._note_placed(said.report, fleet)
        return await self._answer(said.report, fleet)

    async def routes(self, news: RouteNews) -> RoutesKnown:
        if not _NAME.match(news.appliance_id) or len(news.epoch) > _EPOCH_MAX:
            raise InvalidInput("These routes name no appliance of ours.", field="appliance_id")
        return RoutesKnown(await self._routes.take(news))

    async def account(self, accounts: Accounts) -> AccountsKnown:
        said = (await self._fleet()).heard.get(ApplianceId(accounts.appliance_id))
        if said is None:
            raise NotFound("This appliance has not reported yet. Its accounts are taken after its first report.")
        return await self._accounts.take(accounts, said.report)

    async def look_at_counts(self) -> None:
        fleet = await self._fleet()
        await self._counts.remember(fleet)
        await self._placing.plan_night(fleet)

    async def explain(self, title_id: TitleId, asker: Asker) -> Explanation:
        fleet, snapshot, now = await self._fleet(), await self._snapshot(), self._clock.now()
        releases = [wanted.release_id for wanted in fleet.wanted.values() if wanted.title_id == title_id]
        if not releases:
            raise NotFound("There is no release of this title that anybody should hold.")
        question = _question(releases[-1], asker)
        ranked = decide(snapshot, self._routes.table, question)
        silent = [id for id, said in fleet.heard.items() if not is_well(said, at=now)]
        fenced = {id: reason for id, said in fleet.heard.items() if (reason := self._fence(said, at=now))}
        others = passed_over(snapshot, self._routes.table, question, silent=silent, fenced=fenced)
        return explained(ranked, others, question.client)

    async def purge(self, release_id: ReleaseId, *, reason: str) -> None:
        await self._bury(PurgeOrder(reason, "", release_id=release_id))

    async def order_purge(self, order: PurgeOrder) -> Purge:
        check(order)
        if order.appliance_id is not None and all(k.id != order.appliance_id for k in (await self._fleet()).known):
            raise NotFound("No appliance of this name has ever reported.")
        return await self.purge_status(await self._bury(order))

    async def purges(self, *, before: int | None = None, limit: int = 50) -> Sequence[Purge]:
        notes = await self._database.read(lambda work: store.purges(work, before=before, limit=limit))
        fleet = await self._fleet()
        return [self._purging.told(note, fleet.known, fleet.heard, in_full=False) for note in notes]

    async def purge_status(self, number: int) -> Purge:
        note = await self._database.read(lambda work: store.purge(work, number))
        if note is None:
            raise NotFound("There is no purge of this number.")
        fleet = await self._fleet()
        return self._purging.told(note, fleet.known, fleet.heard, in_full=True)

    async def tombstones(self, asked: TombstonesAsked, *, places: int = HELD_MAX) -> PurgeNews:
        fleet = await self._fleet()
        if asked.appliance_id not in fleet.heard:
            raise NotFound("This appliance has not reported yet. It hears of purges in the answers to its reports.")
        return await self._purging.news(asked, places)

    async def revoke(self, session_id: SessionId, *, until: Instant) -> None:
        await self._revoked.take(session_id, until)

    async def appliances(self) -> Sequence[ApplianceStatus]:
        now, fleet = self._clock.now(), await self._fleet()
        return [self._status(known, fleet.heard.get(known.id), at=now) for known in fleet.known]

    async def fills(self) -> Sequence[Fill]:
        return await fills_of(await self._fleet(), self._placing, self._orders, at=self._clock.now())

    async def heat(self, *, site: str = "", days: int = 7) -> Heat:
        fleet, now = await self._fleet(), self._clock.now()
        return await heat_of(self._database, self._counts, fleet, site=site, days=days, at=now)

    async def find_routes(self, sought: str) -> RoutesFound:
        await self._fleet()  # which also reads what was announced to others since
        return self._routes.found(sought)

    async def note(self, envelope: Envelope) -> None:
        if envelope.type == ReleaseReady.type:
            ready = unseal(envelope, ReleaseReady)
            await self._write(lambda work: store.want(work, ready, at=envelope.at))
        elif envelope.type == ReleaseRemoved.type:
            removed = unseal(envelope, ReleaseRemoved)
            await self.purge(ReleaseId(removed.release_id), reason="Its title was deleted.")

    async def _fleet(self) -> Fleet:
        if (kept := self._fresh()) is not None:
            return kept
        async with self._looking:  # one looks for all who wait: a fleet reports at the same time
            return self._fresh() or await self._look()

    def _fresh(self) -> Fleet | None:
        kept = self._kept
        return kept if kept is not None and self._clock.monotonic() < kept.until_s else None

    async def _look(self) -> Fleet:
        now_s, writes, after = self._clock.monotonic(), self._writes, self._purging.last
        known, wanted, fresh = await self._database.read(
            lambda work: (store.appliances(work), store.wanted(work), store.stones_after(work, after))
        )
        self._purging.take(fresh)
        kept = [await self._cache.get(_key(k.id)) for k in known]
        said = {h.report.appliance_id: h for h in (from_json(each, Heard) for each in kept if each is not None)}
        await self._routes.look()
        await self._placing.look()
        await self._counts.look()
        await self._revoked.look()
        self._routes.keep_only((each, words.report.routes_epoch) for each, words in said.items())
        # What was written meanwhile may not be in it: then it is good for who waits for it now, and for nobody later.
        until_s = now_s + _FLEET_KEPT_SECONDS if writes == self._writes else now_s
        self._kept = Fleet(until_s, known, said, wanted, self._purging)
        return self._kept

    async def _snapshot(self) -> Snapshot:
        snapshot = (await self._fleet()).snapshot(at=self._clock.now())
        if self._atlas is not None and self._atlas.places == snapshot.atlas.places:
            snapshot.atlas = self._atlas  # what was worked out of distances holds until someone comes, goes or moves
        self._atlas = snapshot.atlas
        return snapshot

    async def _bury(self, order: PurgeOrder) -> int:
        """The number of the purge. Once this returns nobody is sent to it, and those who wait for news have it."""
        now, least = self._clock.now(), self._purging.least_number((await self._fleet()).heard)
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
        self._forget()
        await self._fleet()
        return number

    async def _parts(self, title_id: TitleId) -> Sequence[TitleId]:
        return () if self._catalog is None else await self._catalog.parts(title_id)

    def _forget(self) -> None:
        self._kept = None
        self._writes += 1

    def _fence(self, said: Heard, *, at: Instant) -> str:
        number = self._purging.fenced_by(said, at=at)
        return "" if number is None else f"It is fenced: purge {number} is not acknowledged."

    def _status(self, known: KnownAppliance, said: Heard | None, *, at: Instant) -> ApplianceStatus:
        if said is None:
            return ApplianceStatus(known.id, known.kind, known.url, False, None, 0, 0, (), ())
        fenced = self._fence(said, at=at)
        status = _status(known, said, at=at)
        return replace(status, healthy=status.healthy and not fenced, fenced=fenced)

    async def _write(self, work: Callable[[Work], None]) -> None:
        """What this process decides it knows at once; the others, a moment later."""
        await self._database.write(work)
        self._forget()

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
        return AgentAnswer(orders, news, keys, until, self._purging.public_key, revoked, report.digest)

    async def _ordered(self, report: HealthReport, fleet: Fleet) -> tuple[FillOrder, ...]:
        if report.kind == "origin":
            return ()
        holds = [fleet.wanted[each] for each in self._placing.holds(report) if each in fleet.wanted]
        return await self._orders.of(report, holds, fleet)


def _check_place(report: HealthReport) -> None:
    """What is wrong here would be wrong in every decision."""
    if report.spot is not None and not (abs(report.spot[0]) <= 90 and abs(report.spot[1]) <= 180):
        raise InvalidInput("An appliance stands somewhere on the globe.", field="spot")
    if len(report.site) > _SITE_MAX or len(report.routes_epoch) > _EPOCH_MAX:
        raise InvalidInput(f"A site's name has at most {_SITE_MAX} characters.", field="site")
    if len(report.countries) > _COUNTRIES_MAX or not all(map(_COUNTRY.match, report.countries)):
        raise InvalidInput("Countries are named by two capital letters, as DE.", field="countries")


def _question(release_id: ReleaseId, asker: Asker) -> Question:
    """What a player says of itself may be wrong; then it is as if it had said nothing."""
    try:
        client = parse_address(asker.address) if asker.address else None
    except InvalidInput:
        client = None
    got = asker.throughput_kbps
    known = {asker.current: got} if asker.current is not None and got is not None else {}
    return Question(
        release_id,
        client,
        key=int.from_bytes(sha256(asker.session.encode()).digest()[:8]),
        current=asker.current,
        needs_kbps=asker.needs_kbps,
        throughput_kbps=known,
    )


def _status(known: KnownAppliance, said: Heard, *, at: Instant) -> ApplianceStatus:
    report = said.report
    return ApplianceStatus(
        known.id,
        known.kind,
        report.url,
        is_well(said, at=at),
        report.at,
        report.bytes_held,
        report.bytes_free,
        tuple(ReleaseId(release_id) for release_id in report.releases),
        report.filling,
        reach_of(report),
        report.site,
        report.load,
        share(said, at=at),
        tombstones_refused=report.tombstones_refused,
        spot=report.spot,
        capacity_bytes=report.capacity_bytes,
        build=report.build,
        errors_per_minute=report.errors_per_minute,
    )


def _key(appliance_id: str) -> str:
    return f"heard:{appliance_id}"
