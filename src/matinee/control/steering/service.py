"""The stories of steering: appliances report and are told, players are sent to the best of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from matinee.control.steering import store
from matinee.control.steering.api import AgentAnswer, ApplianceStatus, Edge
from matinee.control.steering.model.ranking import is_healthy, rank
from matinee.control.steering.store import Wanted
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import ReleaseId
from matinee.kernel.quantities import hours, minutes
from matinee.wire.encoding import b64url, from_json, to_json
from matinee.wire.events import Envelope, ReleaseReady, ReleaseRemoved, unseal
from matinee.wire.fill import FillOrder, FillOrders
from matinee.wire.health import HealthReport
from matinee.wire.purge import Tombstone, Tombstones
from matinee.wire.releases import AUDIO_TIER, CLEAR_TIER, FILL_TIER, VIDEO_TIERS
from matinee.wire.tickets import EdgeTicket, KeyRing, sign

_FILL_TICKET_LIFETIME = hours(6)
# It stands in manifests and in the pages' security policy, so nothing may hide in it.
_BASE_URL = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~/-]*)?\Z")
_REPORT_KEPT = minutes(10)
_FLEET_KEPT_SECONDS = 0.5
"""As often as an appliance reports, and oftener than anyone would notice."""


@dataclass(frozen=True, slots=True)
class _Fleet:
    """Everybody's orders and last words, as they were a moment ago: asked for at every play and by every report, so not
    gathered for each."""

    until_s: float
    reports: dict[str, HealthReport]
    wanted: Sequence[Wanted]
    tombstones: Sequence[Tombstone]


class SteeringService:
    def __init__(self, database: Database, cache: Cache, clock: Clock, ring: KeyRing) -> None:
        self._database = database
        self._cache = cache
        self._clock = clock
        self._ring = ring
        self._kept: _Fleet | None = None

    async def rank(self, release_id: ReleaseId) -> Sequence[Edge]:
        fleet = await self._fleet()
        ranked = rank(list(fleet.reports.values()), release_id, at=self._clock.now())
        return [Edge(r.appliance_id, r.url) for r in ranked]

    async def report(self, report: HealthReport) -> AgentAnswer:
        if not _BASE_URL.match(report.url):
            raise InvalidInput(f"{report.url!r} is not where viewers could reach an appliance.", field="url")
        # The appliance's clock may be wrong; what counts is when we heard from it.
        heard = replace(report, at=self._clock.now())
        first = await self._cache.get(_key(heard.appliance_id)) is None
        await self._cache.put(_key(heard.appliance_id), to_json(heard), ttl=_REPORT_KEPT)
        if first:
            await self._write(lambda work: store.put_appliance(work, heard))
        fleet = await self._fleet()
        fleet.reports[heard.appliance_id] = heard
        await self._note_placed(heard, fleet.wanted)
        return self._answer(heard, fleet)

    async def purge(self, release_id: ReleaseId, *, reason: str) -> None:
        now = self._clock.now()
        await self._write(lambda work: store.bury(work, release_id, reason, at=now))

    async def appliances(self) -> Sequence[ApplianceStatus]:
        now = self._clock.now()
        reports = (await self._fleet()).reports
        known = await self._database.read(store.appliances)
        return [
            ApplianceStatus(
                k.id,
                k.kind,
                r.url if (r := reports.get(k.id)) else k.url,
                r is not None and is_healthy(r, at=now),
                r.at if r else None,
                r.bytes_held if r else 0,
                r.bytes_free if r else 0,
                tuple(ReleaseId(i) for i in r.releases) if r else (),
                r.filling if r else (),
            )
            for k in known
        ]

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
            said = [await self._cache.get(_key(k.id)) for k in known]
            reports = {r.appliance_id: r for r in (from_json(each, HealthReport) for each in said if each is not None)}
            self._kept = _Fleet(now_s + _FLEET_KEPT_SECONDS, reports, wanted, tombstones)
        return self._kept

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
        others = (r for r in fleet.reports.values() if r.appliance_id != report.appliance_id)
        sources = tuple(r.url for r in others if r.kind == "origin")
        orders = () if report.kind == "origin" or not sources else tuple(self._order(w, sources) for w in fleet.wanted)
        news = tuple(stone for stone in fleet.tombstones if stone.sequence > report.tombstone_sequence)
        keys = {kid: b64url(key) for kid, key in self._ring.keys.items()}
        return AgentAnswer(FillOrders(orders), Tombstones(news), keys)

    def _order(self, wanted: Wanted, sources: tuple[str, ...]) -> FillOrder:
        ticket = EdgeTicket(
            self._ring.current,
            wanted.release_id,
            (FILL_TIER, CLEAR_TIER, AUDIO_TIER, *VIDEO_TIERS),
            int((self._clock.now() + _FILL_TICKET_LIFETIME).timestamp()),
            "fill",
        )
        return FillOrder(wanted.sequence, wanted.release_id, wanted.manifest_sha256, sources, sign(ticket, self._ring))


def _key(appliance_id: str) -> str:
    return f"health:{appliance_id}"
