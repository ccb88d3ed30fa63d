"""Which appliances may serve a release, best first: a snapshot goes in, an order comes out."""

from collections.abc import Sequence

from matinee.kernel.quantities import Instant, Span, seconds
from matinee.wire.health import HealthReport

SILENCE_MAX: Span = seconds(5)
"""Reports come each second; after this many missed ones an appliance is out."""
LOAD_MAX = 0.8

_NEARNESS = {"flash": 0, "storage": 1, "origin": 2}


def is_healthy(report: HealthReport, *, at: Instant) -> bool:
    return at - report.at <= SILENCE_MAX


def rank(reports: Sequence[HealthReport], release_id: str, *, at: Instant) -> list[HealthReport]:
    """Healthy holders: those with room before the overloaded, near before far, idle before busy."""
    holders = [r for r in reports if is_healthy(r, at=at) and (r.kind == "origin" or release_id in r.releases)]
    return sorted(holders, key=lambda r: (r.load >= LOAD_MAX, _NEARNESS[r.kind], r.load, r.appliance_id))
