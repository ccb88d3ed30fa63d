"""What was streamed: kept as appliances tell it, and at night remembered for the forecasts of all sites.

Nobody has this as an office: every instance looks, and the first to write a night's memory has written it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from matinee.control.steering import store
from matinee.control.steering.model.counting import KEPT, believed, playings
from matinee.control.steering.model.holding import Outlook, Stock, cluster_of
from matinee.control.steering.model.remembered import REGION, Known, Memory, days_between, last_day, on_air
from matinee.control.steering.service.fleet import Fleet
from matinee.control.steering.service.territories import Territories, Territory
from matinee.control.steering.store import Wanted
from matinee.engines.database.port import Database
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
        """Sites first, and the region last: then the night is over, for all instances. One that broke off is gone on with."""
        # Only who plans needs what this brings along.
        from matinee.control.steering.model.demand import region_after

        catalog = [Known(each.release_id, each.title_id) for each in fleet.wanted.values()]
        by_cluster, known = await self._database.read(
            lambda work: (store.streamed_by_cluster(work, day, day), store.memories(work))
        )
        own, held, before = _playings(by_cluster, fleet.wanted), _held(fleet), self._region
        whole = _sum(own)
        for name in sorted(({*known} | held.keys()) - {REGION}):
            await self._remember_site(
                name, day, catalog, own=own.get(name, {}), whole=whole, held=held.get(name, set())
            )
        region = region_after(before, catalog, day=day, played=whole, aired=await self._aired(day, fleet))
        await self._keep(region, before)
        await self.look()

    async def _remember_site(
        self,
        name: str,
        day: str,
        catalog: Sequence[Known],
        *,
        own: Mapping[str, float],
        whole: Mapping[str, float],
        held: Collection[str],
    ) -> None:
        from matinee.control.steering.model.demand import site_after

        # Appliances report each second, whatever the night.
        await asyncio.sleep(0)
        before = await self._memory(name)
        if before is None or before.day < day:
            await self._keep(site_after(name, before, catalog, day=day, own=own, played=whole, held=held), before)

    async def _keep(self, memory: Memory, before: Memory | None) -> None:
        body, after = to_json(memory), None if before is None else before.day
        await self._database.write(lambda work: store.put_memory(work, memory.name, memory.day, body, after=after))

    async def _memory(self, name: str) -> Memory | None:
        kept = await self._database.read(lambda work: store.memory(work, name))
        return None if kept is None else from_json(kept[1], Memory)

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

        site = await self._memory(cluster) if cluster != REGION else None
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
