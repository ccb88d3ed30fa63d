"""Which half minute of a film makes one want to see it: the liveliest that gives nothing away.

Lively is what moves, is cut fast and is loud, for this film. A preview begins and ends with a shot where it can.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from matinee.studio.encoding.api import Inspection

_SHORTEST_S, _USUAL_S, _LONGEST_S = 20.0, 25.0, 30.0
NO_SPOILERS = 2 / 3
"""Of a film, what may be shown of it beforehand."""
_AVOIDED = ("black", "silence", "frozen", "lettering")
_STEP_S = 1.0
"""Between beginnings that are tried where there are no cuts."""
_LOUD, _CUTS = 0.7, 0.6
"""What loudness and cuts weigh beside motion."""
_CUTS_A_SECOND = 0.5
"""As lively as cutting gets."""


def preview_of(inspection: Inspection) -> tuple[float, float] | None:
    """From where to where, in seconds. None where there is no such stretch: a short film is its own preview."""
    end_s = inspection.duration_s * NO_SPOILERS
    if end_s < _SHORTEST_S:
        return None
    sums = [0.0, *accumulate(_liveliness(inspection))]
    avoided = sorted((s.start_s, s.end_s) for s in inspection.stretches if s.kind in _AVOIDED)
    for windows in (_between_cuts(inspection.course.cuts_s, end_s), _anywhere(end_s)):
        free = (w for w in windows if not any(first < w[1] and w[0] < last for first, last in avoided))
        if best := max(free, key=lambda window: _mean(sums, *window), default=None):
            return best
    return None


def _between_cuts(cuts_s: Sequence[float], end_s: float) -> Iterator[tuple[float, float]]:
    """Whole shots, from each cut to the one that ends the most usual length."""
    for start_s in cuts_s:
        first, last = start_s + _SHORTEST_S, min(start_s + _LONGEST_S, end_s)
        ends = cuts_s[bisect_left(cuts_s, first) : bisect_right(cuts_s, last)]
        if ends:
            wanted_s = start_s + _USUAL_S
            yield start_s, min(ends, key=lambda at: abs(at - wanted_s))


def _anywhere(end_s: float) -> Iterator[tuple[float, float]]:
    for number in range(int((end_s - _SHORTEST_S) / _STEP_S) + 1):
        start_s = number * _STEP_S
        yield start_s, min(start_s + _USUAL_S, end_s)


def _liveliness(inspection: Inspection) -> list[float]:
    """One value a second."""
    course = inspection.course
    seconds = max(1, int(inspection.duration_s))
    change, loud = _spread(course.change), _spread(course.loudness_dbfs)
    cuts = [0.0] * seconds
    for at in course.cuts_s:
        if int(at) < seconds:
            cuts[int(at)] += 1
    return [
        _at(change, n) + _LOUD * _at(loud, n) + _CUTS * min(1.0, cuts[n] / _CUTS_A_SECOND) * 0.5 for n in range(seconds)
    ]


def _spread(values: Sequence[float]) -> list[float]:
    """Between what is little and what is much for this film, 0 … 1."""
    if not values:
        return []
    ordered = sorted(values)
    little, much = ordered[len(ordered) // 5], ordered[min(len(ordered) - 1, len(ordered) * 19 // 20)]
    if much <= little:
        return [0.0] * len(values)
    return [min(1.0, max(0.0, (value - little) / (much - little))) for value in values]


def _at(values: Sequence[float], second: int) -> float:
    return values[second] if second < len(values) else 0.0


def _mean(sums: Sequence[float], start_s: float, end_s: float) -> float:
    first, last = (min(len(sums) - 1, max(0, round(at))) for at in (start_s, end_s))
    return (sums[last] - sums[first]) / max(1, last - first)
