"""Who is to hold what: the appliances of one kind at one site are planned together, as `placement` has it.

Until there are counts of what is played, each release is asked for as often as any other, and new ones come first. Where
a site has room for two copies of everything, it holds two of everything: one appliance may fall.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from matinee.control.steering.model.atlas import Spot, distance_km
from matinee.control.steering.model.decision import NEARNESS, OPEN
from matinee.wire.health import HealthReport

_UNBOUNDED = 1 << 60
"""What an appliance may hold that does not say."""
_STEPS = 64
"""A room that changed by less than so much of it is the same: other files come and go on a disk."""
_TIERS_MAX = 3


@dataclass(frozen=True, slots=True)
class Stocked:
    """A release that is to be held somewhere."""

    release_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Stock:
    """All there is to hold, the oldest first."""

    each: tuple[Stocked, ...]
    mark: str
    """The same as long as it is the same."""


def stock_of(releases: Iterable[tuple[str, int]]) -> Stock:
    each = tuple(Stocked(*one) for one in releases)
    told = hashlib.sha256()
    for one in each:
        told.update(f"{one.release_id}\n".encode())
    return Stock(each, told.hexdigest()[:32])


def cluster_of(report: HealthReport) -> str:
    """Appliances that are planned together have the same; one without a site stands alone."""
    return f"{report.kind}/{report.site or report.appliance_id}"


def basis_of(members: Iterable[HealthReport], stock: Stock) -> str:
    """The same as long as a plan holds: who is there, with how much room, and what there is to hold."""
    told = hashlib.sha256(stock.mark.encode())
    for one in sorted(members, key=lambda report: report.appliance_id):
        told.update(f"{one.appliance_id} {_rounded(_room(one))}\n".encode())
    return told.hexdigest()[:32]


def planned(members: Collection[HealthReport], stock: Stock) -> dict[str, tuple[str, ...]]:
    """What each of a cluster is to hold, in the order in which to fetch it."""
    # Only who plans needs what this brings along.
    from matinee.control.steering.model import placement

    catalog = [placement.FileGroup(each.release_id, each.release_id, each.size) for each in reversed(stock.each)]
    shelves = [placement.Shelves(one.appliance_id, _room(one), frozenset(one.releases)) for one in members]
    twice = 2 * sum(each.size for each in stock.each) <= sum(each.capacity_bytes for each in shelves)
    plans = placement.plan(
        shelves,
        catalog,
        {each.release_id: 1.0 for each in stock.each},
        kind="storage" if any(one.kind == "storage" for one in members) else "flash",
        allowed={each.release_id for each in stock.each},
        rules=placement.Rules(head_share=1.0 if twice else 0.0, ingest_share_max=1.0),
    )
    known = {each.release_id for each in stock.each}
    return {each.appliance_id: (*each.add, *sorted((each.hold & known) - set(each.add))) for each in plans}


def above(report: HealthReport, release_id: str, others: Iterable[HealthReport]) -> list[HealthReport]:
    """Appliances of the tiers above that hold a release: they serve anybody, and stand farther out; nearest first."""
    if (report.reach or "transit") == "transit":
        return []
    spot = None if report.spot is None else Spot(*report.spot)
    outer = [
        other
        for other in others
        if release_id in other.releases
        and _nearness(other) > _nearness(report)
        and other.reach in OPEN
        and not is_together(other, report)
    ]

    def order(other: HealthReport) -> tuple[float, float, str]:
        stands = None if other.spot is None else Spot(*other.spot)
        return distance_km(spot, stands), other.load, other.appliance_id

    return sorted(outer, key=order)[:_TIERS_MAX]


def is_together(one: HealthReport, other: HealthReport) -> bool:
    return one.site != "" and one.site == other.site


def _nearness(report: HealthReport) -> int:
    return NEARNESS[report.reach or "transit"]


def _room(report: HealthReport) -> int:
    """What it says is taken for what can be true."""
    return min(_UNBOUNDED, max(0, report.capacity_bytes)) if report.capacity_bytes else _UNBOUNDED


def _rounded(capacity: int) -> int:
    step = max(1, (1 << max(0, capacity.bit_length() - 1)) // _STEPS)
    return (capacity + step // 2) // step * step
