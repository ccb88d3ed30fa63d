"""What an appliance is told to hold, and where to fetch what it lacks: from a peer, else from above, else from an origin.

Who goes upstream for a site is an office that is kept in the cache: should it forget, the same is appointed again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from matinee.control.steering.model.holding import above, is_together
from matinee.control.steering.model.sources import Fetch, Need, Office, appoint, progressed, sources_of
from matinee.control.steering.store import Wanted
from matinee.engines.cache.port import Cache
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import hours
from matinee.wire.encoding import from_json, to_json
from matinee.wire.fill import FillOrder
from matinee.wire.health import HealthReport
from matinee.wire.releases import AUDIO_TIER, CLEAR_TIER, FILL_TIER, VIDEO_TIERS
from matinee.wire.tickets import EdgeTicket, KeyRing, sign

_FILL_TICKET_LIFETIME = hours(6)
_OFFICE_KEPT = hours(1)
_SOURCED_MAX = 16
"""Of what an appliance lacks, so much is told where to fetch it from; it fetches one after the other, and asks each second."""


@dataclass(frozen=True, slots=True)
class Around:
    """What an appliance's orders depend on, beside its plan."""

    heard: Mapping[str, HealthReport]
    well: Collection[str]
    planned: Callable[[str], Collection[str]]
    """What an appliance is to hold, by its id."""


class Orders:
    def __init__(self, cache: Cache, clock: Clock, ring: KeyRing) -> None:
        self._cache = cache
        self._clock = clock
        self._ring = ring

    async def of(self, report: HealthReport, holds: Sequence[Wanted], around: Around) -> tuple[FillOrder, ...]:
        """`holds` is its plan, in the order in which to fetch. What it has already needs no source."""
        troubled = {progress.release_id for progress in report.filling if progress.error is not None}
        lacked = [wanted for wanted in holds if wanted.release_id not in report.releases]
        # What failed comes last: it must not keep the others from being tried.
        tried = sorted(lacked, key=lambda wanted: wanted.release_id in troubled)[:_SOURCED_MAX]
        sources = {wanted.release_id: await self._sources(report, wanted.release_id, around) for wanted in tried}
        rank = {wanted.release_id: len(lacked) - place for place, wanted in enumerate(lacked)}
        return tuple(
            self._order(wanted, sources.get(wanted.release_id, ()), rank.get(wanted.release_id, 0))
            for wanted in sorted(holds, key=lambda wanted: wanted.sequence)
        )

    async def _sources(self, report: HealthReport, release_id: str, around: Around) -> tuple[str, ...]:
        others = [one for one in around.heard.values() if one.appliance_id in around.well]
        site = [one for one in others if one.appliance_id != report.appliance_id and is_together(one, report)]
        need = Need(
            release_id,
            frozenset(
                one.appliance_id
                for one in (report, *site)
                if release_id not in one.releases and release_id in around.planned(one.appliance_id)
            ),
            frozenset(one.appliance_id for one in site if release_id in one.releases),
        )
        alive = {report.appliance_id, *(one.appliance_id for one in site)}
        found = sources_of(
            report.appliance_id,
            need,
            await self._office(report, need, alive, around),
            alive=alive,
            tiers=[one.appliance_id for one in above(report, release_id, others)],
            origins=sorted(one.appliance_id for one in others if one.kind == "origin"),
        )
        return tuple(around.heard[name].url for name in found.sources) if isinstance(found, Fetch) else ()

    async def _office(self, report: HealthReport, need: Need, alive: Collection[str], around: Around) -> Office | None:
        """Who goes upstream for this site, as all instances know it. Who stands alone goes itself."""
        if alive == {report.appliance_id}:
            return Office(need.group_id, report.appliance_id, self._clock.now())
        key = f"steering/office/{report.site}/{need.group_id}"
        kept = await self._cache.get(key)
        before = from_json(kept, Office) if kept is not None else None
        now = self._clock.now()
        office = before
        if office is not None and (master := around.heard.get(office.master)) is not None:
            done = next((p.bytes_done for p in master.filling if p.release_id == need.group_id), 0)
            office = progressed(office, done, at=now)
        office = appoint(need, office, alive=alive, at=now)
        if office is not None and office != before:
            await self._cache.put(key, to_json(office), ttl=_OFFICE_KEPT)
        return office

    def _order(self, wanted: Wanted, sources: tuple[str, ...], priority: int) -> FillOrder:
        ticket = self._ticket(wanted.release_id) if sources else ""
        return FillOrder(wanted.sequence, wanted.release_id, wanted.manifest_sha256, sources, ticket, priority)

    def _ticket(self, release_id: str) -> str:
        ends = int((self._clock.now() + _FILL_TICKET_LIFETIME).timestamp())
        tiers = (FILL_TIER, CLEAR_TIER, AUDIO_TIER, *VIDEO_TIERS)
        return sign(EdgeTicket(self._ring.current, release_id, tiers, ends, "fill"), self._ring)
