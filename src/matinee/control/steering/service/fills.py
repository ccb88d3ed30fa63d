"""What is being fetched where, what failed, and what waits for whom: gathered when an operator asks."""

from itertools import islice

from matinee.control.steering.api import Fill
from matinee.control.steering.service.fleet import Fleet
from matinee.control.steering.service.orders import Orders
from matinee.control.steering.service.placing import Placing
from matinee.control.steering.store import Wanted
from matinee.kernel.ids import ApplianceId, ReleaseId
from matinee.kernel.quantities import Instant
from matinee.wire.health import HealthReport

_WAITING_MAX = 200
"""Fills that have not begun are told of so many: after a large publication of a large fleet there are thousands."""


async def fills_of(fleet: Fleet, placing: Placing, orders: Orders, *, at: Instant) -> list[Fill]:
    """What runs first, then what failed, then what waits. Of who is silent nothing is known to run."""
    edges = sorted((edge for edge in fleet.edges() if fleet.is_well(edge, at=at)), key=lambda edge: edge.appliance_id)
    told = sorted((fill for edge in edges for fill in _told(edge, fleet)), key=lambda fill: fill.state == "failed")
    lacked = islice((each for edge in edges for each in _not_begun(edge, fleet, placing)), _WAITING_MAX)
    return [*told, *[await _waiting(edge, wanted, orders) for edge, wanted in lacked]]


def _told(edge: HealthReport, fleet: Fleet) -> list[Fill]:
    """By the appliance itself."""
    return [
        Fill(
            ApplianceId(edge.appliance_id),
            edge.site,
            ReleaseId(each.release_id),
            wanted.title_id if (wanted := fleet.wanted.get(each.release_id)) is not None else "",
            "failed" if each.error is not None and each.bytes_total == 0 else "running",
            each.bytes_done,
            each.bytes_total or (wanted.size_bytes if wanted is not None else 0),
            each.error or "",
        )
        for each in edge.filling
    ]


def _not_begun(edge: HealthReport, fleet: Fleet, placing: Placing) -> list[tuple[HealthReport, Wanted]]:
    lacked = placing.planned(edge.appliance_id).difference(edge.releases, (each.release_id for each in edge.filling))
    return [(edge, wanted) for wanted in fleet.wanted.values() if wanted.release_id in lacked]


async def _waiting(edge: HealthReport, wanted: Wanted, orders: Orders) -> Fill:
    master = await orders.upstream(edge, wanted.release_id)
    return Fill(
        ApplianceId(edge.appliance_id),
        edge.site,
        wanted.release_id,
        wanted.title_id,
        "waiting",
        0,
        wanted.size_bytes,
        waits_for=master if master is not None and master != edge.appliance_id else "",
    )
