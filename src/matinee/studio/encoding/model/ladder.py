"""The ladder of one film: from measured points to rungs.

A point under the upper convex hull of (bitrate, VMAF) is dominated: another height gives more quality for the same bits.
Rungs stand at even steps of VMAF, because viewers notice steps of quality and not of bitrate, and end at 95, beyond which
nobody sees a difference.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from matinee.studio.encoding.api import Profile, Raster, RatePoint, Rung
from matinee.wire.releases import tier_of_height

VMAF_CAP = 95.0
_LINES = (2160, 1440, 1080, 720, 540, 432, 360, 270, 180)
_LINES_MAX: dict[Profile, int] = {"fast": 720, "full": 2160}
_HEIGHT_COUNT: dict[Profile, int] = {"fast": 2, "full": 4}
_RUNG_COUNT: dict[Profile, int] = {"fast": 2, "full": 6}
_VMAF_STEP: dict[Profile, float] = {"fast": 16.0, "full": 6.0}
_CRFS: dict[Profile, tuple[float, ...]] = {"fast": (22, 32), "full": (20, 27, 34)}
_CRF_BEYOND = 4
"""How far past the outermost probes the lines are trusted."""
_CRF_RANGE = (16, 42)
_KBPS_RATIO_MIN = 1.2
"""Two rungs closer than this are one rung."""
_PEAK_FACTOR = 1.75
"""A rung's ceiling over its expected average: room for hard scenes, still a promise to the player's buffer."""


def lines_of(width: int, height: int) -> int:
    """What plans and tiers count: the height of a film as it lies, so that a phone held upright is worth no less."""
    return min(width, height)


def heights_for(raster: Raster, profile: Profile) -> tuple[int, ...]:
    """Heights worth trying, best first, never above the source."""
    source = lines_of(raster.width, raster.height)
    top = min(source, _LINES_MAX[profile])
    below = [lines for lines in _LINES if lines <= top * 0.8]
    if profile == "fast":
        below = [lines for lines in below if lines <= top * 0.6] or below
    if raster.height == source:
        return (top, *below)[: _HEIGHT_COUNT[profile]]
    heights = (round(lines * raster.height / source / 2) * 2 for lines in (top, *below))
    return tuple(heights)[: _HEIGHT_COUNT[profile]]


def crfs_for(profile: Profile) -> tuple[float, ...]:
    return _CRFS[profile]


def width_for(raster: Raster, height: int) -> int:
    return max(2, round(raster.width * height / raster.height / 2) * 2)


def choose_rungs(points: Sequence[RatePoint], raster: Raster, profile: Profile) -> tuple[Rung, ...]:
    """Rungs from the best down; in each step bitrate and VMAF fall and the height does not rise."""
    hull = upper_hull(between(points))
    chosen: list[RatePoint] = []
    target = min(VMAF_CAP, max(point.vmaf for point in hull))
    while len(chosen) < _RUNG_COUNT[profile]:
        allowed = [point for point in hull if not chosen or _below(point, chosen[-1])]
        if not allowed:
            break
        chosen.append(min(allowed, key=lambda point: abs(point.vmaf - target)))
        target = chosen[-1].vmaf - _VMAF_STEP[profile]
    return tuple(_rung(point, raster) for point in chosen)


def between(points: Sequence[RatePoint]) -> list[RatePoint]:
    """Fill in every whole CRF: the logarithm of the bitrate and the VMAF are nearly straight lines over it."""
    filled: list[RatePoint] = []
    for height in sorted({point.height for point in points}):
        known = sorted((p for p in points if p.height == height), key=lambda point: point.crf)
        if len(known) < 2:
            filled += known
            continue
        first = max(_CRF_RANGE[0], math.ceil(known[0].crf) - _CRF_BEYOND)
        last = min(_CRF_RANGE[1], math.floor(known[-1].crf) + _CRF_BEYOND)
        filled += [_at(known, crf) for crf in range(first, last + 1)]
    return filled


def upper_hull(points: Sequence[RatePoint]) -> list[RatePoint]:
    """The points no mix of others beats, from the smallest bitrate up; quality rises along it."""
    hull: list[RatePoint] = []
    for point in sorted(points, key=lambda p: (p.kbps, -p.vmaf)):
        if hull and point.vmaf <= hull[-1].vmaf:
            continue
        while len(hull) >= 2 and _slope(hull[-2], point) >= _slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append(point)
    return hull


def with_more_bits(rung: Rung) -> Rung:
    """The second and last attempt at a rung that did not pass."""
    return replace(rung, crf=max(12, rung.crf - 5), kbps_max=rung.kbps_max * 2)


def _at(known: Sequence[RatePoint], crf: float) -> RatePoint:
    low, high = next(((a, b) for a, b in pairwise(known) if crf <= b.crf), (known[-2], known[-1]))
    share = (crf - low.crf) / (high.crf - low.crf)
    # Beyond the best probe quality flattens: count only half of what the line promises there.
    vmaf = low.vmaf + share * (high.vmaf - low.vmaf) / 2 if share < 0 else low.vmaf + share * (high.vmaf - low.vmaf)
    kbps = math.exp(math.log(low.kbps) + share * (math.log(high.kbps) - math.log(low.kbps)))
    return RatePoint(low.height, crf, kbps, min(100.0, max(0.0, vmaf)))


def _slope(a: RatePoint, b: RatePoint) -> float:
    return (b.vmaf - a.vmaf) / (b.kbps - a.kbps) if b.kbps > a.kbps else math.inf


def _below(point: RatePoint, above: RatePoint) -> bool:
    falls = point.vmaf < above.vmaf and point.height <= above.height
    return falls and point.kbps * _KBPS_RATIO_MIN <= above.kbps


def _rung(point: RatePoint, raster: Raster) -> Rung:
    height, width = point.height, width_for(raster, point.height)
    return Rung(
        id=f"video-{height}p-{round(point.crf)}",
        width=width,
        height=height,
        tier=tier_of_height(lines_of(width, height)),
        crf=point.crf,
        kbps_expected=round(point.kbps, 1),
        kbps_max=max(150, math.ceil(point.kbps * _PEAK_FACTOR)),
        vmaf_expected=round(point.vmaf, 2),
    )
