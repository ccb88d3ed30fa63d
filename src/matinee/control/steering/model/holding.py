"""Who is to hold what: the appliances of one kind at one site are planned together, as `placement` has it.

Where a site has room for two copies of everything, it holds two of everything: one appliance may fall. Else what makes
three tenths of the bytes is held twice, as soon as there are counts that say what that is.
"""

import hashlib
from collections.abc import Collection, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matinee.control.steering.model.atlas import Spot, distance_km
from matinee.control.steering.model.snapshot import NEARNESS, OPEN
from matinee.wire.health import HealthReport

if TYPE_CHECKING:
    from matinee.control.steering.model import placement

_UNBOUNDED = 1 << 60
"""What an appliance may hold that does not say."""
_STEPS = 64
"""A room that changed by less than so much of it is the same: other files come and go on a disk."""
_TIERS_MAX = 3
_EVERYTHING = 2.0
"""More than all of the bytes, so that no rounding leaves out the last."""


@dataclass(frozen=True, slots=True)
class Stocked:
    """A release that is to be held somewhere."""

    release_id: str
    size: int
    title_id: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan goes by, beside who is there and what there is to hold."""

    demand: Mapping[str, float] = field(default_factory=dict)
    """Playings a day, by release; what is not in it is expected to be played once."""
    is_counted: bool = False
    """Whether anything was ever seen to be played."""
    barred: frozenset[str] = frozenset()
    """Releases without rights here."""
    pinned: frozenset[str] = frozenset()
    """Premieres, around their hour."""
    settled: frozenset[str] = frozenset()
    """What was there to be planned before and is not in the plan. What is neither held nor here is new, and comes at once."""
    is_night: bool = False
    """Once a night something may be replaced for popularity's sake; between nights only what is new comes in."""


@dataclass(frozen=True, slots=True)
class Stock:
    """All there is to hold, the oldest first."""

    each: tuple[Stocked, ...]
    mark: str
    """The same as long as it is the same."""


def stock_of(releases: Iterable[tuple[str, int, str]]) -> Stock:
    each = tuple(Stocked(*one) for one in releases)
    told = hashlib.sha256()
    for one in each:
        told.update(f"{one.release_id}\n".encode())
    return Stock(each, told.hexdigest()[:32])


def cluster_of(report: HealthReport) -> str:
    """Appliances that are planned together have the same; one without a site stands alone."""
    return f"{report.kind}/{report.site or report.appliance_id}"


def countries_of(members: Iterable[HealthReport]) -> tuple[str, ...]:
    """Whose rights count at a site; none: everybody's."""
    told = [one.countries for one in members]
    return tuple(sorted({country for each in told for country in each})) if all(told) else ()


def basis_of(members: Iterable[HealthReport], stock: Stock, rights: str = "") -> str:
    """The same as long as a plan holds: who is there, with how much room, what there is to hold, and what may be played."""
    told = hashlib.sha256(f"{stock.mark}{rights}".encode())
    for one in sorted(members, key=lambda report: report.appliance_id):
        told.update(f"{one.appliance_id} {_rounded(_room(one))}\n".encode())
    return told.hexdigest()[:32]


def planned(
    members: Collection[HealthReport], stock: Stock, outlook: Outlook
) -> Generator[None, None, dict[str, tuple[str, ...]]]:
    """What each of a cluster is to hold, in the order in which to fetch it. In steps: with many releases it takes a while."""
    # Only who plans needs what this brings along.
    from matinee.control.steering.model import placement

    catalog = [placement.FileGroup(each.release_id, each.release_id, each.size) for each in reversed(stock.each)]
    known = {each.release_id for each in stock.each}
    yield
    shelves = [
        placement.Shelves(one.appliance_id, _room(one), frozenset(one.releases), frozenset(one.playing))
        for one in members
    ]
    plans = yield from placement.planning(
        shelves,
        catalog,
        {release_id: outlook.demand.get(release_id, 1.0) for release_id in known},
        kind="storage" if any(one.kind == "storage" for one in members) else "flash",
        allowed=known - outlook.barred,
        pinned=outlook.pinned,
        exempt=known - outlook.settled | outlook.pinned,
        rules=placement.Rules(
            head_share=_head_share(shelves, stock, outlook),
            ingest_share_max=placement.USUAL.ingest_share_max if outlook.is_night else 0.0,
            fills_free_room=True,
        ),
    )
    return {each.appliance_id: (*each.add, *sorted((each.hold & known) - set(each.add))) for each in plans}


def _head_share(shelves: "Collection[placement.Shelves]", stock: Stock, outlook: Outlook) -> float:
    from matinee.control.steering.model import placement

    bytes_in_all = sum(each.size for each in stock.each if each.release_id not in outlook.barred)
    if 2 * bytes_in_all <= sum(each.capacity_bytes for each in shelves):
        return _EVERYTHING
    return placement.USUAL.head_share if outlook.is_counted else 0.0


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
