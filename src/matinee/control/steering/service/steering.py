"""The stories of steering: appliances report and are told, players are sent to the best of them."""

import re
from collections.abc import Callable, Sequence
from hashlib import sha256

from matinee.control.steering import store
from matinee.control.steering.api import ANYBODY, AgentAnswer, ApplianceStatus, Asker, Edge, Explanation
from matinee.control.steering.model.addresses import parse_address
from matinee.control.steering.model.atlas import Atlas, Spot
from matinee.control.steering.model.decision import OPEN, Question, Server, Snapshot, decide
from matinee.control.steering.model.explaining import explained, passed_over
from matinee.control.steering.model.standing import Heard, heard, is_well, share
from matinee.control.steering.service.revoked import SessionsRevoked
from matinee.control.steering.service.routes import RoutesHeard
from matinee.control.steering.store import KnownAppliance, Wanted
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, NotFound
from matinee.kernel.ids import ReleaseId, SessionId, TitleId
from matinee.kernel.quantities import Instant, hours, minutes
from matinee.wire.encoding import b64url, from_json, to_json
from matinee.wire.events import Envelope, ReleaseReady, ReleaseRemoved, unseal
from matinee.wire.fill import FillOrder, FillOrders
from matinee.wire.health import HealthReport, Reach
from matinee.wire.purge import Tombstone, Tombstones
from matinee.wire.releases import AUDIO_TIER, CLEAR_TIER, FILL_TIER, VIDEO_TIERS
from matinee.wire.routes import RouteNews, RoutesKnown
from matinee.wire.tickets import EdgeTicket, Ring, sign

_FILL_TICKET_LIFETIME = hours(6)
# It stands in manifests and in the pages' security policy, so nothing may hide in it.
_BASE_URL = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~/-]*)?\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}\Z")
"""It is a pathway's name in manifests and in addresses."""
_SITE_MAX, _EPOCH_MAX = 60, 64
_REPORT_KEPT = minutes(10)
_FLEET_KEPT_SECONDS = 0.5
"""As often as an appliance reports, and oftener than anyone would notice."""


class _Fleet:
    """Everybody's orders and last words, as they were a moment ago: asked for at every play and by every report, so not
    gathered for each."""

    def __init__(
        self,
        until_s: float,
        known: Sequence[KnownAppliance],
        heard: dict[str, Heard],
        wanted: Sequence[Wanted],
        tombstones: Sequence[Tombstone],
    ) -> None:
        self.until_s = until_s
        self.known = known
        self.heard = heard
        self.wanted = wanted
        self.tombstones = tombstones
        self._snapshot: Snapshot | None = None

    def hear(self, said: Heard) -> None:
        self.heard[said.report.appliance_id] = said
        self._snapshot = None

    def snapshot(self, *, at: Instant) -> Snapshot:
        """Of those who are well now. What is purged nobody is sent to, whoever still holds it."""
        if self._snapshot is None:
            buried = {stone.release_id for stone in self.tombstones if stone.path is None}
            holders: dict[str, set[str]] = {}
            for said in self.heard.values():
                for release_id in said.report.releases:
                    if release_id not in buried:
                        holders.setdefault(release_id, set()).add(said.report.appliance_id)
            servers = [_server(said, at=at) for said in self.heard.values() if is_well(said, at=at)]
            self._snapshot = Snapshot(servers, holders)
        return self._snapshot


class SteeringService:
    def __init__(self, database: Database, cache: Cache, clock: Clock, ring: Ring) -> None:
        self._database = database
        self._cache = cache
        self._clock = clock
        self._ring = ring
        self._kept: _Fleet | None = None
        self._atlas: Atlas | None = None
        self._routes = RoutesHeard(database)
        self._revoked = SessionsRevoked(database, clock)

    async def rank(self, release_id: ReleaseId, asker: Asker = ANYBODY) -> Sequence[Edge]:
        snapshot = await self._snapshot()
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
        said = heard(report, from_json(before, Heard) if before is not None else None, at=self._clock.now())
        await self._cache.put(_key(report.appliance_id), to_json(said), ttl=_REPORT_KEPT)
        if before is None:
            await self._write(lambda work: store.put_appliance(work, said.report))
        fleet = await self._fleet()
        fleet.hear(said)
        await self._note_placed(said.report, fleet.wanted)
        return self._answer(said.report, fleet)

    async def routes(self, news: RouteNews) -> RoutesKnown:
        if not _NAME.match(news.appliance_id) or len(news.epoch) > _EPOCH_MAX:
            raise InvalidInput("These routes name no appliance of ours.", field="appliance_id")
        return RoutesKnown(await self._routes.take(news))

    async def explain(self, title_id: TitleId, asker: Asker) -> Explanation:
        fleet, snapshot, now = await self._fleet(), await self._snapshot(), self._clock.now()
        releases = [wanted.release_id for wanted in fleet.wanted if wanted.title_id == title_id]
        if not releases:
            raise NotFound("There is no release of this title that anybody should hold.")
        question = _question(releases[-1], asker)
        ranked = decide(snapshot, self._routes.table, question)
        silent = [id for id, said in fleet.heard.items() if not is_well(said, at=now)]
        return explained(ranked, passed_over(snapshot, self._routes.table, question, silent=silent), question.client)

    async def purge(self, release_id: ReleaseId, *, reason: str) -> None:
        now = self._clock.now()
        await self._write(lambda work: store.bury(work, release_id, reason, at=now))

    async def revoke(self, session_id: SessionId, *, until: Instant) -> None:
        await self._revoked.take(session_id, until)

    async def appliances(self) -> Sequence[ApplianceStatus]:
        now, fleet = self._clock.now(), await self._fleet()
        return [_status(known, fleet.heard.get(known.id), at=now) for known in fleet.known]

    async def note(self, envelope: Envelope) -> None:
        if envelope.type == ReleaseReady.type:
            ready = unseal(envelope, ReleaseReady)
            await self._write(lambda work: store.want(work, ready))
        elif envelope.type == ReleaseRemoved.type:
            removed = unseal(envelope, ReleaseRemoved)
            await self.purge(ReleaseId(removed.release_id), reason="Its title was deleted.")

    async def _fleet(self) -> _Fleet:
        now_s = self._clock.monotonic()
        if self._kept is None or now_s >= self._kept.until_s:
            known, wanted, tombstones = await self._database.read(
                lambda work: (store.appliances(work), store.wanted(work), store.tombstones(work))
            )
            kept = [await self._cache.get(_key(k.id)) for k in known]
            said = {h.report.appliance_id: h for h in (from_json(each, Heard) for each in kept if each is not None)}
            await self._routes.look()
            await self._revoked.look()
            self._routes.keep_only((each, words.report.routes_epoch) for each, words in said.items())
            self._kept = _Fleet(now_s + _FLEET_KEPT_SECONDS, known, said, wanted, tombstones)
        return self._kept

    async def _snapshot(self) -> Snapshot:
        snapshot = (await self._fleet()).snapshot(at=self._clock.now())
        if self._atlas is not None and self._atlas.places == snapshot.atlas.places:
            snapshot.atlas = self._atlas  # what was worked out of distances holds until someone comes, goes or moves
        self._atlas = snapshot.atlas
        return snapshot

    async def _write(self, work: Callable[[Work], None]) -> None:
        """What this process decides it knows at once; the others, a moment later."""
        await self._database.write(work)
        self._kept = None

    async def _note_placed(self, report: HealthReport, wanted: Sequence[Wanted]) -> None:
        """The first edge that holds all of a release makes it servable. The origin alone does not: it is no edge."""
        fresh = [w.release_id for w in wanted if not w.placed and w.release_id in report.releases]
        if report.kind == "origin" or not fresh:
            return

        def work(work: Work) -> None:
            for release_id in fresh:
                store.place(work, release_id)

        await self._write(work)

    def _answer(self, report: HealthReport, fleet: _Fleet) -> AgentAnswer:
        others = (h.report for h in fleet.heard.values() if h.report.appliance_id != report.appliance_id)
        sources = tuple(r.url for r in others if r.kind == "origin")
        orders = () if report.kind == "origin" or not sources else tuple(self._order(w, sources) for w in fleet.wanted)
        news = tuple(stone for stone in fleet.tombstones if stone.sequence > report.tombstone_sequence)
        keys = {kid: b64url(key) for kid, key in self._ring.keys.items()}
        until = self._routes.known_until(report.appliance_id, report.routes_epoch)
        revoked = self._revoked.after(report.revocation_sequence)
        return AgentAnswer(FillOrders(orders), Tombstones(news), keys, until, revoked)

    def _order(self, wanted: Wanted, sources: tuple[str, ...]) -> FillOrder:
        ticket = EdgeTicket(
            self._ring.current,
            wanted.release_id,
            (FILL_TIER, CLEAR_TIER, AUDIO_TIER, *VIDEO_TIERS),
            int((self._clock.now() + _FILL_TICKET_LIFETIME).timestamp()),
            "fill",
        )
        return FillOrder(wanted.sequence, wanted.release_id, wanted.manifest_sha256, sources, sign(ticket, self._ring))


def _check_place(report: HealthReport) -> None:
    """What is wrong here would be wrong in every decision."""
    if report.spot is not None and not (abs(report.spot[0]) <= 90 and abs(report.spot[1]) <= 180):
        raise InvalidInput("An appliance stands somewhere on the globe.", field="spot")
    if len(report.site) > _SITE_MAX or len(report.routes_epoch) > _EPOCH_MAX:
        raise InvalidInput(f"A site's name has at most {_SITE_MAX} characters.", field="site")


def _server(said: Heard, *, at: Instant) -> Server:
    report = said.report
    return Server(
        report.appliance_id,
        report.url,
        _reach(report),
        report.site,
        report.load,
        share(said, at=at),
        None if report.spot is None else Spot(*report.spot),
    )


def _reach(report: HealthReport) -> Reach:
    return "origin" if report.kind == "origin" else report.reach or "transit"


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


def _status(known: KnownAppliance, said: Heard | None, *, at: Instant) -> ApplianceStatus:
    if said is None:
        return ApplianceStatus(known.id, known.kind, known.url, False, None, 0, 0, (), ())
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
        _reach(report),
        report.site,
        report.load,
        share(said, at=at),
    )


def _key(appliance_id: str) -> str:
    return f"heard:{appliance_id}"
