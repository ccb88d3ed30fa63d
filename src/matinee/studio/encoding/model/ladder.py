"""The ladder of one film: from measured points to rungs.

A point under the upper convex hull of (bitrate, VMAF) is dominated: another height gives more quality for the same bits.
Rungs stand at even steps of VMAF, because viewers notice steps of quality and not of bitrate, and end at 95, beyond which
nobody sees a difference.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from matinee.studio.encoding.api import Profile, Raster, RatePoint, Rung
from matinee.studio.encoding.model.surface import Surface
from matinee.wire.releases import tier_of_height

VMAF_CAP = 95.0
_LINES = (2160, 1440, 1080, 720, 540, 432, 360, 270, 180)
_LINES_MAX: dict[Profile, int] = {"fast": 720, "full": 2160}
_HEIGHT_COUNT: dict[Profile, int] = {"fast": 2, "full": 4}
_RUNG_COUNT: dict[Profile, int] = {"fast": 2, "full": 6}
_VMAF_STEP: dict[Profile, float] = {"fast": 16.0, "full": 6.0}
_PROBES: dict[Profile, Sequence[Sequence[tuple[int, float]]]] = {
    "fast": (((0, 22), (0, 32)), ((0, 22), (0, 32), (1, 22), (1, 32))),
    "full": (
        ((0, 18), (0, 26), (0, 34)),
        ((0, 18), (0, 26), (0, 34), (1, 27)),
        ((0, 20), (0, 34), (2, 22), (2, 34)),
    ),
}
"""(which height, CRF), for one height, two, and more: surfaces are smooth, so those in between need none."""
_CRF_BEYOND = 4
"""How far past the outermost probes the surfaces are trusted."""
_TRIED = (0, 4)
"""Of the rungs: the best, which most is paid for, and one of the lowest: all others lie between, or near."""
_KEPT_WITHIN = 2.5
"""VMAF: less than half a step is no reason to encode again."""
_BEYOND_CAP = 1.0
"""What nobody sees is paid for by everyone: there it is worth encoding again."""
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


def probes_for(raster: Raster, profile: Profile) -> tuple[tuple[int, float], ...]:
    """(height, CRF) of each."""
    heights = heights_for(raster, profile)
    plans = _PROBES[profile]
    return tuple((heights[place], crf) for place, crf in plans[min(len(heights), len(plans)) - 1])


def worth_trying(rungs: Sequence[Rung], profile: Profile) -> list[Rung]:
    """Those that are encoded and measured before the ladder is settled. A first release settles it by its gate."""
    return [rungs[place] for place in _TRIED if place < len(rungs)] if profile == "full" else []


def width_for(raster: Raster, height: int) -> int:
    return max(2, round(raster.width * height / raster.height / 2) * 2)


def choose_rungs(
    points: Sequence[RatePoint], raster: Raster, profile: Profile, tried: Sequence[tuple[Rung, RatePoint]] = ()
) -> tuple[Rung, ...]:
    """Rungs from the best down; in each step bitrate and VMAF fall and the height does not rise.

    What was `tried` stays as it is where it is about as good as a rung there should be: its encodes are made.
    """
    hull = upper_hull(points)
    chosen: list[Rung] = []
    target = min(VMAF_CAP, max(point.vmaf for point in hull))
    while len(chosen) < _RUNG_COUNT[profile]:
        kept = [_as_tried(rung, point) for rung, point in tried if _is_good_enough(point.vmaf, target)]
        allowed = [rung for rung in kept or _rungs_at(hull, raster) if not chosen or _below(rung, chosen[-1])]
        if kept and not allowed:
            allowed = [rung for rung in _rungs_at(hull, raster) if not chosen or _below(rung, chosen[-1])]
        if not allowed:
            break
        chosen.append(min(allowed, key=lambda rung: abs(rung.vmaf_expected - target)))
        target = chosen[-1].vmaf_expected - _VMAF_STEP[profile]
    return tuple(chosen)


def candidates(surface: Surface, raster: Raster, profile: Profile) -> list[RatePoint]:
    """Every whole CRF that the probes say something of, at every height."""
    probed = [crf for _, crf in probes_for(raster, profile)]
    first = max(_CRF_RANGE[0], math.ceil(min(probed)) - _CRF_BEYOND)
    last = min(_CRF_RANGE[1], math.floor(max(probed)) + _CRF_BEYOND)
    crfs = [float(crf) for crf in range(first, last + 1)]
    return [surface.at(height, crf) for height in heights_for(raster, profile) for crf in crfs]


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


def _slope(a: RatePoint, b: RatePoint) -> float:
    return (b.vmaf - a.vmaf) / (b.kbps - a.kbps) if b.kbps > a.kbps else math.inf


def _below(rung: Rung, above: Rung) -> bool:
    falls = rung.vmaf_expected < above.vmaf_expected and rung.height <= above.height
    return falls and rung.kbps_expected * _KBPS_RATIO_MIN <= above.kbps_expected


def _is_good_enough(vmaf: float, target: float) -> bool:
    return abs(vmaf - target) <= _KEPT_WITHIN and vmaf <= VMAF_CAP + _BEYOND_CAP


def _rungs_at(points: Sequence[RatePoint], raster: Raster) -> list[Rung]:
    return [_rung(point, raster) for point in points]


def _as_tried(rung: Rung, point: RatePoint) -> Rung:
    """What shapes its encodes stays, and what is expected of them is what was measured."""
    return replace(rung, kbps_expected=round(point.kbps, 1), vmaf_expected=round(point.vmaf, 2), vmaf_sd=point.vmaf_sd)


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
        vmaf_sd=round(point.vmaf_sd, 2),
    )
