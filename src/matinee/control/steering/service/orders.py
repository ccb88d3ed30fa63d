"""What an appliance is told to hold, and where to fetch what it lacks: from a peer, else from above, else from an origin.

Who goes upstream for a site is an office that is kept in the cache: should it forget, the same is appointed again.
"""

from collections.abc import Collection, Sequence

from matinee.control.steering.model.sources import Fetch, Need, Office, appoint, progressed, sources_of
from matinee.control.steering.service.fleet import Fleet
from matinee.control.steering.service.placing import Placing
from matinee.control.steering.store import Wanted
from matinee.engines.cache.port import Cache
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import hours
from matinee.wire.encoding import from_json, to_json
from matinee.wire.fill import FillOrder
from matinee.wire.health import HealthReport
from matinee.wire.purge import PurgeKey
from matinee.wire.releases import AUDIO_TIER, CLEAR_TIER, FILL_TIER, VIDEO_TIERS
from matinee.wire.tickets import EdgeTicket, Ring, sign

_TICKET_LIFETIME, _TICKET_USED = hours(6), hours(1)
_OFFICE_KEPT = hours(1)
_SOURCED_MAX = 16
"""Of what an appliance lacks, so much is told where to fetch it from; it fetches one after the other, and asks each second."""


class Orders:
    def __init__(self, cache: Cache, clock: Clock, ring: Ring, placing: Placing, key: PurgeKey | None) -> None:
        """Without a key nobody vouches for what is ordered, and edges that know one fill nothing."""
        self._key = key
        self._signatures: dict[tuple[str, str], str] = {}
        """By release and hash: the same is ordered each second."""
        self._cache = cache
        self._clock = clock
        self._ring = ring
        self._placing = placing
        self._tickets: dict[str, tuple[float, str]] = {}
        """By release, with when a new one is to be signed: an appliance asks each second."""

    async def of(self, report: HealthReport, holds: Sequence[Wanted], fleet: Fleet) -> tuple[FillOrder, ...]:
        """`holds` is its plan, in the order in which to fetch."""
        now = self._clock.now()
        troubled = {progress.release_id for progress in report.filling if progress.error is not None}
        lacked = [wanted for wanted in holds if wanted.release_id not in report.releases]
        # What failed comes last: it must not keep the others from being tried.
        tried = sorted(lacked, key=lambda wanted: wanted.release_id in troubled)[:_SOURCED_MAX]
        sources = {wanted.release_id: await self._sources(report, wanted.release_id, fleet) for wanted in tried}
        waiting = dict.fromkeys((wanted.release_id for wanted in lacked), ())
        # What it has may have to be mended: then it turns to the origins.
        origins = tuple(origin.url for origin in fleet.origins(at=now))
        rank = {wanted.release_id: len(lacked) - place for place, wanted in enumerate(lacked)}
        return tuple(
            self._order(wanted, (waiting | sources).get(wanted.release_id, origins), rank.get(wanted.release_id, 0))
            for wanted in sorted(holds, key=lambda wanted: wanted.sequence)
        )

    async def _sources(self, report: HealthReport, release_id: str, fleet: Fleet) -> tuple[str, ...]:
        now = self._clock.now()
        site = fleet.beside(report, at=now)
        need = Need(
            release_id,
            frozenset(
                one.appliance_id
                for one in (report, *site)
                if release_id not in one.releases and release_id in self._placing.planned(one.appliance_id)
            ),
            frozenset(one.appliance_id for one in site if release_id in one.releases),
        )
        found = sources_of(
            report.appliance_id,
            need,
            await self._office(report, need, {report.appliance_id, *(one.appliance_id for one in site)}, fleet),
            alive=[one.appliance_id for one in site],
            tiers=[one.appliance_id for one in fleet.above(report, release_id, at=now)],
            origins=[one.appliance_id for one in fleet.origins(at=now)],
        )
        return tuple(fleet.heard[name].report.url for name in found.sources) if isinstance(found, Fetch) else ()

    async def _office(self, report: HealthReport, need: Need, alive: Collection[str], fleet: Fleet) -> Office | None:
        """Who goes upstream for this site, as all instances know it. Who stands alone goes itself."""
        if alive == {report.appliance_id}:
            return Office(need.group_id, report.appliance_id, self._clock.now())
        key = _office_key(report.site, need.group_id)
        kept = await self._cache.get(key)
        before = from_json(kept, Office) if kept is not None else None
        now = self._clock.now()
        office = before
        if office is not None and (master := fleet.heard.get(office.master)) is not None:
            done = next((p.bytes_done for p in master.report.filling if p.release_id == need.group_id), 0)
            office = progressed(office, done, at=now)
        office = appoint(need, office, alive=alive, at=now)
        if office is not None and office != before:
            await self._cache.put(key, to_json(office), ttl=_OFFICE_KEPT)
        return office

    async def upstream(self, report: HealthReport, release_id: str) -> str | None:
        """Who of this appliance's site has the office for a release; None: nobody yet, or it stands alone."""
        kept = await self._cache.get(_office_key(report.site, release_id)) if report.site else None
        return from_json(kept, Office).master if kept is not None else None

    def _order(self, wanted: Wanted, sources: tuple[str, ...], priority: int) -> FillOrder:
        ticket = self._ticket(wanted.release_id) if sources else ""
        release_id, manifest = wanted.release_id, wanted.manifest_sha256
        return FillOrder(
            wanted.sequence, release_id, manifest, sources, ticket, priority, self._signature(release_id, manifest)
        )

    def _signature(self, release_id: str, manifest_sha256: str) -> str:
        if self._key is None:
            return ""
        known = self._signatures.get((release_id, manifest_sha256))
        if known is None:
            known = self._signatures[release_id, manifest_sha256] = self._key.vouch(release_id, manifest_sha256)
        return known

    def _ticket(self, release_id: str) -> str:
        now = self._clock.now()
        until, ticket = self._tickets.get(release_id, (0.0, ""))
        if now.timestamp() >= until:
            ends = int((now + _TICKET_LIFETIME).timestamp())
            tiers = (FILL_TIER, CLEAR_TIER, AUDIO_TIER, *VIDEO_TIERS)
            ticket = sign(EdgeTicket(self._ring.current, release_id, tiers, ends, "fill"), self._ring)
            self._tickets[release_id] = ((now + _TICKET_USED).timestamp(), ticket)
        return ticket


def _office_key(site: str, group_id: str) -> str:
    return f"steering/office/{site}/{group_id}"
