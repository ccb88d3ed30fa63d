"""What was streamed: kept as appliances tell it, and at night remembered for the forecasts of all sites.

Nobody has this as an office: every instance looks, and the first to write a night's memory has written it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from matinee.control.steering import store
from matinee.control.steering.model.counting import KEPT, believed, playings
from matinee.control.steering.model.holding import Outlook, Stock, cluster_of
from matinee.control.steering.model.remembered import REGION, Known, Memory, days_between, last_day, on_air
from matinee.control.steering.service.fleet import Fleet
from matinee.control.steering.service.territories import Territories, Territory
from matinee.control.steering.store import Wanted
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant, Span, hours
from matinee.wire.accounts import Accounts
from matinee.wire.encoding import from_json, to_json

_TOLD_AFTER: Span = hours(1)
"""Accounts of a day have come by then. What comes later is counted, but no forecast learns of it."""
_MISSED_MAX = 30
"""So many nights are made up for, after we were away."""

Played = Mapping[str, Mapping[str, float]]
"""Playings by release, by cluster."""


class Counts:
    def __init__(self, database: Database, clock: Clock, territories: Territories) -> None:
        self._database = database
        self._clock = clock
        self._territories = territories
        self._region: Memory | None = None
        self._number = 0

    @property
    def night(self) -> str:
        """The last day that is remembered; empty: none is."""
        return "" if self._region is None else self._region.day

    async def take(self, accounts: Accounts, cluster: str) -> None:
        counts = believed(accounts.streamed, at=self._clock.now())
        if counts:
            life = (accounts.appliance_id, accounts.boot_id)
            await self._database.write(lambda work: store.count(work, *life, cluster, counts))

    async def look(self) -> None:
        """Read what was remembered since."""
        if await self._database.read(lambda work: store.memory_number(work, REGION)) == self._number:
            return
        kept = await self._database.read(lambda work: store.memory(work, REGION))
        if kept is not None:
            self._number, self._region = kept[0], from_json(kept[1], Memory)

    async def remember(self, fleet: Fleet) -> None:
        """Take in the days that are over and not remembered yet. What nobody asks about any more is folded away."""
        now = self._clock.now()
        await self.look()
        first = None if self.night else await self._database.read(store.first_day_counted)
        until = last_day(now, told_after=_TOLD_AFTER)
        for day in days_between(self.night or None, until, first=first, most=_MISSED_MAX):
            await self._remember(day, fleet)
        before = (now - KEPT).date().isoformat()
        await self._database.write(lambda work: store.fold_counts(work, before))

    async def _remember(self, day: str, fleet: Fleet) -> None:
        # Only who plans needs what this brings along.
        from matinee.control.steering.model.demand import region_after, site_after

        catalog = [Known(each.release_id, each.title_id) for each in fleet.wanted.values()]
        aired = await self._aired(day, fleet)
        by_cluster, bodies = await self._database.read(
            lambda work: (store.streamed_by_cluster(work, day, day), store.memories_but(work, REGION))
        )
        own = _playings(by_cluster, fleet.wanted)
        whole = _sum(own)
        before, after = self._region, self.night or None
        memories = [region_after(before, catalog, day=day, played=whole, aired=aired)]
        sites = {memory.name: memory for memory in (from_json(body, Memory) for body in bodies)}
        held = _held(fleet)
        for name in sorted(sites.keys() | held.keys()):
            await asyncio.sleep(0)  # appliances report each second, whatever the night
            here = held.get(name, set())
            mine = own.get(name, {})
            site = site_after(name, sites.get(name), catalog, day=day, own=mine, played=whole, held=here)
            if site.rows:
                memories.append(site)
        rows = [(each.name, each.day, to_json(each)) for each in memories]

        def work(work: Work) -> bool:
            return store.put_memories(work, rows, after=after)

        await self._database.write(work)
        await self.look()

    async def _aired(self, day: str, fleet: Fleet) -> dict[str, float]:
        territory = await self._territories.of(()) or Territory()
        return {
            each.release_id: 0.0 if each.title_id in territory.barred else on_air(day, _begins(each, territory))
            for each in fleet.wanted.values()
        }

    async def outlook(
        self, cluster: str, stock: Stock, territory: Territory, before: frozenset[str] | None, *, is_night: bool
    ) -> Outlook:
        """What the next plan of this cluster goes by. `before` is what the last one holds; None: there was none."""
        region, settled = self._region, frozenset[str]()
        if region is not None and before is not None:
            # What was planned is fetched also between nights; of a later night's, only what has just come out.
            settled = frozenset(region.rows.keys() - (before - region.settled if is_night else before))
        return Outlook(
            await self.expected(cluster, stock) if region is not None else {},
            region is not None and region.is_counted,
            frozenset(each.release_id for each in stock.each if each.title_id in territory.barred),
            frozenset(each.release_id for each in stock.each if each.title_id in territory.pinned),
            settled,
            is_night,
        )

    async def expected(self, cluster: str, stock: Stock) -> dict[str, float]:
        """Playings a day of each release at this cluster; of `REGION`, in the whole house."""
        # Only who plans needs what this brings along.
        from matinee.control.steering.model.demand import expected

        kept = await self._database.read(lambda work: store.memory(work, cluster)) if cluster != REGION else None
        site = None if kept is None else from_json(kept[1], Memory)
        return expected([Known(each.release_id, each.title_id) for each in stock.each], self._region, site)


def _playings(rows: Sequence[tuple[str, str, float]], wanted: Mapping[str, Wanted]) -> Played:
    sizes: dict[str, int] = {each.release_id: each.size_bytes for each in wanted.values()}
    sent: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for cluster, release_id, size in rows:
        sent[cluster][release_id] = size
    return {cluster: playings(each, sizes) for cluster, each in sent.items()}


def _sum(own: Played) -> dict[str, float]:
    whole: defaultdict[str, float] = defaultdict(float)
    for mine in own.values():
        for release_id, played in mine.items():
            whole[release_id] += played
    return dict(whole)


def _held(fleet: Fleet) -> dict[str, set[str]]:
    held: defaultdict[str, set[str]] = defaultdict(set)
    for edge in fleet.edges():
        held[cluster_of(edge)].update(edge.releases)
    return held


def _begins(wanted: Wanted, territory: Territory) -> Instant | None:
    """Since when it can be played."""
    known = [at for at in (wanted.wanted_at, territory.opens.get(TitleId(wanted.title_id))) if at is not None]
    return max(known, default=None)
