"""Plans of what each appliance is to hold: made when something changes, kept on the database, known to each instance.

Nobody has this as an office. Whoever hears an appliance whose site has no plan for things as they are makes one; two who
do so at once make the same.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from matinee.control.steering import store
from matinee.control.steering.model.holding import Stock, basis_of, cluster_of, planned
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Span, seconds
from matinee.wire.encoding import from_json, to_json
from matinee.wire.health import HealthReport

_SETTLES: Span = seconds(5)
"""A site that misses an appliance is planned anew when the others have been the same for so long: a cache that forgot who
is there must not move everything."""


@dataclass(frozen=True, slots=True)
class SitePlan:
    cluster: str
    basis: str
    hold: dict[str, tuple[str, ...]]
    """Releases by appliance, in the order in which to fetch them."""


class Placing:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
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
        cluster = cluster_of(report)
        before = self._plans.get(cluster)
        basis, has_settled = basis_of(members, stock), self._has_settled(cluster, members)
        if before is not None and before.basis == basis:
            return
        if before is not None and not has_settled and _somebody_is_missed(before, members):
            return
        plan = SitePlan(cluster, basis, planned(members, stock))

        def work(work: Work) -> None:
            store.put_plan(work, cluster, to_json(plan))

        await self._database.write(work)
        await self.look()

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


def _somebody_is_missed(plan: SitePlan, members: Collection[HealthReport]) -> bool:
    return bool(plan.hold.keys() - {one.appliance_id for one in members})
