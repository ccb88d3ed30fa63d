"""Plans of what each appliance is to hold: made when something changes and each night, kept on the database, known to each
instance.

Nobody has this as an office. Whoever hears an appliance whose site has no plan for things as they are makes one, and at
night whoever looks first; two who do so at once make the same.
"""

import asyncio
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from matinee.control.steering import store
from matinee.control.steering.model.holding import Stock, basis_of, cluster_of, countries_of, planned
from matinee.control.steering.service.counts import Counts
from matinee.control.steering.service.fleet import Fleet
from matinee.control.steering.service.territories import Territories, Territory
from matinee.engines.database.port import Database
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Span, seconds
from matinee.wire.encoding import from_json, to_json
from matinee.wire.health import HealthReport

T = TypeVar("T")

_SETTLES: Span = seconds(5)
"""A site that misses an appliance is planned anew when the others have been the same for so long: a cache that forgot who
is there must not move everything."""


@dataclass(frozen=True, slots=True)
class SitePlan:
    cluster: str
    basis: str
    hold: dict[str, tuple[str, ...]]
    """Releases by appliance, in the order in which to fetch them."""
    night: str = ""
    """The last day whose counts it knows."""


class Placing:
    def __init__(self, database: Database, clock: Clock, territories: Territories, counts: Counts) -> None:
        self._database = database
        self._clock = clock
        self._territories = territories
        self._counts = counts
        self._planning: set[str] = set()
        """Clusters whose plan is being made here."""
        self._plans: dict[str, SitePlan] = {}
        self._holds: dict[str, frozenset[str]] = {}
        """By appliance."""
        self._last = 0
        """The newest plan that was read."""
        self._members: dict[str, tuple[frozenset[str], float]] = {}
        """Who was last heard of each cluster, and since when they have been the same."""

    async def look(self) -> None:
        """Read what was planned since."""
        for number, body in await self._database.read(lambda work: store.plans_after(work, self._last)):
            if number > self._last:  # another look may have been quicker
                self._last = number
                plan = from_json(body, SitePlan)
                self._plans[plan.cluster] = plan
                self._holds |= {name: frozenset(holds) for name, holds in plan.hold.items()}

    def holds(self, report: HealthReport) -> tuple[str, ...]:
        """What this appliance is to hold."""
        plan = self._plans.get(cluster_of(report))
        return plan.hold.get(report.appliance_id, ()) if plan is not None else ()

    def planned(self, appliance_id: str) -> frozenset[str]:
        return self._holds.get(appliance_id, frozenset())

    async def keep_up(self, report: HealthReport, members: Collection[HealthReport], stock: Stock) -> None:
        """Plan this appliance's site anew where its plan is not for things as they are."""
        cluster, members = cluster_of(report), list(members)
        before, has_settled = self._plans.get(cluster), self._has_settled(cluster, members)
        territory = await self._territories.of(countries_of(members))
        if territory is None:  # whose rights are not known is sent nothing: it might be what nobody there may see
            return
        if before is not None and before.basis == basis_of(members, stock, territory.mark):
            return
        if before is not None and not has_settled and _somebody_is_missed(before, members):
            return
        await self._plan(cluster, members, stock, territory, is_night=False)

    async def plan_night(self, fleet: Fleet) -> None:
        """Plan each site by what is remembered since its last plan, unless somebody has."""
        for report in {cluster_of(edge): edge for edge in fleet.edges()}.values():
            cluster, members = cluster_of(report), list(fleet.cluster(report))
            before = self._plans.get(cluster)
            if before is None or before.night == self._counts.night or _somebody_is_missed(before, members):
                continue
            if (territory := await self._territories.of(countries_of(members))) is not None:
                await self._plan(cluster, members, fleet.stock, territory, is_night=True)

    async def _plan(
        self, cluster: str, members: list[HealthReport], stock: Stock, territory: Territory, *, is_night: bool
    ) -> None:
        if cluster in self._planning:
            return
        self._planning.add(cluster)
        try:
            before = self._plans.get(cluster)
            known = None if before is None else frozenset(each for hold in before.hold.values() for each in hold)
            night = self._counts.night if is_night or before is None else before.night
            outlook = await self._counts.outlook(cluster, stock, territory, known, is_night=is_night)
            hold = await _in_steps(planned(members, stock, outlook))
            plan = SitePlan(cluster, basis_of(members, stock, territory.mark), hold, night)
            await self._database.write(lambda work: store.put_plan(work, cluster, to_json(plan)))
            await self.look()
        finally:
            self._planning.discard(cluster)

    def nobodys(self, stock: Sequence[str], edges: Iterable[HealthReport]) -> set[str]:
        """What is planned for none of these, where each has a plan."""
        left = set(stock)
        for edge in edges:
            if cluster_of(edge) not in self._plans:
                return set()
            theirs = self.planned(edge.appliance_id)
            left = {release_id for release_id in left if release_id not in theirs}
        return left

    def _has_settled(self, cluster: str, members: Collection[HealthReport]) -> bool:
        now_s = self._clock.monotonic()
        names = frozenset(one.appliance_id for one in members)
        before, since_s = self._members.get(cluster, (names, now_s))
        if before != names:
            since_s = now_s
        self._members[cluster] = (names, since_s)
        return now_s - since_s >= _SETTLES.total_seconds()


async def _in_steps(steps: Generator[None, None, T]) -> T:
    """Others have their turn in between: with many releases a plan takes longer than a report may wait."""
    made: list[T] = []

    def run() -> Generator[None, None, None]:
        made.append((yield from steps))

    for _ in run():
        await asyncio.sleep(0)
    return made[0]


def _somebody_is_missed(plan: SitePlan, members: Collection[HealthReport]) -> bool:
    return bool(plan.hold.keys() - {one.appliance_id for one in members})
