"""Bjøntegaard's delta: how much less bitrate one set of encodes needs than another for the same quality, on average.

The logarithm of the rate over quality, interpolated by monotone cubics (PCHIP, which never overshoots between points as the
original's one polynomial does), and integrated over the qualities that both reach.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from matinee.kernel.errors import InvalidInput

Point = tuple[float, float]
"""(rate, quality)"""
_STEPS = 400


def bd_rate(anchor: Sequence[Point], test: Sequence[Point]) -> float:
    """In percent; negative where `test` needs less. Raises `InvalidInput` where they reach no quality in common."""
    first, second = _Curve(anchor), _Curve(test)
    low, high = max(first.low, second.low), min(first.high, second.high)
    if high - low < 1e-6:
        raise InvalidInput("The two sets of encodes reach no quality in common, so their rates cannot be compared.")
    places = [low + (high - low) * (step + 0.5) / _STEPS for step in range(_STEPS)]
    return (math.exp(sum(second(q) - first(q) for q in places) / _STEPS) - 1) * 100


class _Curve:
    """The logarithm of the rate that a quality costs: the cheapest of what was measured, where a dearer point is worse."""

    def __init__(self, points: Sequence[Point]) -> None:
        kept: list[tuple[float, float]] = []
        for rate, quality in sorted(points, key=lambda point: (-point[1], point[0])):
            if not kept or (quality < kept[-1][0] and math.log(rate) < kept[-1][1]):
                kept.append((quality, math.log(rate)))
        kept.reverse()
        if len(kept) < 2:
            raise InvalidInput("A curve needs at least two encodes, of which the dearer is the better.")
        self._x, self._y = [q for q, _ in kept], [r for _, r in kept]
        self._slopes = _pchip(self._x, self._y)
        self.low, self.high = self._x[0], self._x[-1]

    def __call__(self, quality: float) -> float:
        at = min(max(bisect_right(self._x, quality) - 1, 0), len(self._x) - 2)
        width = self._x[at + 1] - self._x[at]
        t = (quality - self._x[at]) / width
        return (
            (1 + 2 * t) * (1 - t) ** 2 * self._y[at]
            + t * (1 - t) ** 2 * width * self._slopes[at]
            + t * t * (3 - 2 * t) * self._y[at + 1]
            + t * t * (t - 1) * width * self._slopes[at + 1]
        )


def _pchip(x: Sequence[float], y: Sequence[float]) -> list[float]:
    """Fritsch and Carlson's slopes, as Fritsch and Butland weigh them."""
    widths = [b - a for a, b in pairwise(x)]
    steps = [(b - a) / width for (a, b), width in zip(pairwise(y), widths, strict=True)]
    inner: list[float] = []
    for (w0, w1), (s0, s1) in zip(pairwise(widths), pairwise(steps), strict=True):
        if s0 * s1 <= 0:
            inner.append(0.0)
            continue
        a, b = 2 * w1 + w0, w1 + 2 * w0
        inner.append((a + b) / (a / s0 + b / s1))
    return [steps[0], *inner, steps[-1]]
