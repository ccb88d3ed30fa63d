"""What a client got from appliances of late, and which of them are too slow for it.

Rates are averaged by the time that bytes took, so that slow ones count; each measure counts half as much five minutes
later, and after half an hour nothing is known any more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from matinee.kernel.quantities import Instant, Span, minutes

KNOWN_FOR: Span = minutes(30)
_HALVES: Span = minutes(5)
_NO_BETTER = 0.7
"""Of the best that is known: as little as that is as good, and nobody is sent away for it."""
FAILED_KBPS = 1
"""What a failure counts as."""
NEIGHBORS_KEPT = 15
_NEIGHBORS_LEAST = 3


@dataclass(frozen=True, slots=True)
class Speed:
    """Measures of one client at one appliance, each with the weight it has by now."""

    weight: float
    slowness: float
    """The weighted sum of the times that a kilobit took."""
    at: Instant


def measured(before: Speed | None, kbps: float, *, at: Instant) -> Speed:
    """With one measure more. What is not faster than nothing is a failure."""
    slowness = 1 / max(float(FAILED_KBPS), kbps)
    if before is None or at - before.at > KNOWN_FOR:
        return Speed(1.0, slowness, at)
    kept = 0.5 ** max(0.0, (at - before.at) / _HALVES)
    return Speed(before.weight * kept + 1.0, before.slowness * kept + slowness, max(at, before.at))


def rates(speeds: Mapping[str, Speed], *, at: Instant) -> dict[str, float]:
    """In kbit/s, of those that are still known."""
    return {id: each.weight / each.slowness for id, each in speeds.items() if at - each.at <= KNOWN_FOR}


@dataclass(frozen=True, slots=True)
class Measure:
    kbps: float
    at: Instant


def with_neighbor(before: Mapping[str, Measure], session: str, kbps: float, *, at: Instant) -> dict[str, Measure]:
    """What sessions in one network last got from one appliance; the oldest goes."""
    newest = sorted({**before, session: Measure(kbps, at)}.items(), key=lambda pair: pair[1].at, reverse=True)
    return dict(newest[:NEIGHBORS_KEPT])


def of_neighbors(measures: Iterable[Measure], *, at: Instant) -> float | None:
    """What a network gets: the middle of what several sessions had, lest one that is slow, or lies, speaks for all."""
    known = [each.kbps for each in measures if at - each.at <= KNOWN_FOR]
    return median(known) if len(known) >= _NEIGHBORS_LEAST else None


def too_slow(known: Mapping[str, float], needs_kbps: float, sites: Mapping[str, str]) -> dict[str, float]:
    """Those to be offered after others, with what they gave; `sites`, by appliance: empty stands alone. Where appliances of
    several sites are known and all are slow, the line is, and only who is clearly slower than the best of them is left: or
    a client on a slow line would be sent back and forth."""
    slow = {id: kbps for id, kbps in known.items() if kbps < needs_kbps}
    if len(slow) < len(known) or len({sites.get(id) or id for id in known}) < 2:
        return slow
    best = max(slow.values())
    return {id: kbps for id, kbps in slow.items() if kbps < best * _NO_BETTER}
