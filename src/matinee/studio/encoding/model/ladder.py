"""The ladder of one film: from measured points to rungs.

A point under the upper convex hull of (bitrate, VMAF) is dominated: another height gives more quality for the same bits.
Rungs stand at even steps of VMAF, because viewers notice steps of quality and not of bitrate, and end at 95, beyond which
nobody sees a difference.

A television of 1080 lines decides those that have no more lines than it. More are for who sits near a larger one: they are
decided as a 4K screen shows them (ADR 35), and stand above the others.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from matinee.studio.encoding.api import Profile, Raster, RatePoint, Rung
from matinee.studio.encoding.model.hulls import HULLS
from matinee.studio.encoding.model.surface import Surface
from matinee.wire.releases import TRANSPARENT_VMAF, VideoCodec, VideoRange, tier_of_height

VMAF_CAP = TRANSPARENT_VMAF
TV_LINES = 1080
_LINES = (2160, 1440, 1080, 720, 540, 432, 360, 270, 180)
_LINES_MAX: dict[Profile, int] = {"fast": 720, "full": 2160}
_HEIGHT_COUNT: dict[Profile, int] = {"fast": 2, "full": 4}
"""Of those that a television of 1080 lines decides."""
_RUNG_COUNT: dict[Profile, int] = {"fast": 2, "full": 6}
_RUNGS_ABOVE_TV = 2
_VMAF_STEP: dict[Profile, float] = {"fast": 16.0, "full": 6.0}
_PROBES: dict[Profile, Sequence[Sequence[tuple[int, float]]]] = {
    "fast": (((0, 22), (0, 32)), ((0, 22), (0, 32), (1, 22), (1, 32))),
    "full": (
        ((0, 18), (0, 26), (0, 34)),
        ((0, 18), (0, 26), (0, 34), (1, 27)),
        ((0, 20), (0, 34), (2, 22), (2, 34)),
        ((0, 20), (0, 34), (2, 22), (2, 34)),
        ((0, 20), (0, 34), (2, 22), (2, 34), (4, 27)),
    ),
}
"""(which height, CRF of H.264), for one height, two, and so on: surfaces are smooth, so those in between need none."""
_BEYOND = 0.5
"""How much coarser, or finer, than the outermost probes the surfaces are trusted."""
_MORE_BITS = 5 / 8
"""How much finer the second attempt is."""
_TRIED = (0, 4)
"""Of the rungs for televisions: the best, which most is paid for, and one of the lowest: all others lie between, or near.
Of those above, the best."""
_KEPT_WITHIN = 2.5
"""VMAF: less than half a step is no reason to encode again."""
_BEYOND_CAP = 1.0
"""What nobody sees is paid for by everyone: there it is worth encoding again."""
_FINEST_CRF = 12
_KBPS_RATIO_MIN = 1.2
"""Two rungs closer than this are one rung."""
_KBPS_MAX: Mapping[str, float] = {"sd": 4_000, "hd": 9_000, "fhd": 16_000, "uhd": 45_000}
"""Of each tier, twice what the fixed ladder's best costs: grain that wants more is not sent to everybody."""
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
    above_tv = [lines for lines in (top, *below) if lines > TV_LINES]
    every = [*above_tv, *[lines for lines in (top, *below) if lines <= TV_LINES][: _HEIGHT_COUNT[profile]]]
    if raster.height == source:
        return tuple(every)
    return tuple(round(lines * raster.height / source / 2) * 2 for lines in every)


def probes_for(raster: Raster, profile: Profile, codec: VideoCodec = "h264") -> tuple[tuple[int, float], ...]:
    """(height, CRF) of each."""
    heights = heights_for(raster, profile)
    plans, measure = _PROBES[profile], HULLS["h264"]
    return tuple(
        (heights[place], HULLS[codec].crf_at(measure.coarseness(crf)))
        for place, crf in plans[min(len(heights), len(plans)) - 1]
    )


def worth_trying(rungs: Sequence[Rung], profile: Profile) -> list[Rung]:
    """Those that are encoded and measured before the ladder is settled. A first release settles it by its gate."""
    if profile != "full":
        return []
    on_tv = [rung for rung in rungs if rung.vmaf_4k_expected is None]
    return [*rungs[: len(rungs) - len(on_tv)][:1], *(on_tv[place] for place in _TRIED if place < len(on_tv))]


def is_above_tv(raster: Raster, height: int) -> bool:
    """Whether a 4K screen decides what has this height."""
    return lines_of(width_for(raster, height), height) > TV_LINES


def _tier(raster: Raster, height: int) -> str:
    return tier_of_height(lines_of(width_for(raster, height), height))


def width_for(raster: Raster, height: int) -> int:
    return max(2, round(raster.width * height / raster.height / 2) * 2)


def choose_rungs(
    points: Sequence[RatePoint],
    raster: Raster,
    profile: Profile,
    tried: Sequence[tuple[Rung, RatePoint]] = (),
    codec: VideoCodec = "h264",
) -> tuple[Rung, ...]:
    """Rungs from the best down; in each step bitrate and VMAF fall and the height does not rise.

    What was `tried` stays as it is where it is about as good as a rung there should be: its encodes are made, and the steps
    down to it are as even as they can be.
    """
    made = [_as_tried(rung, point) for rung, point in tried]
    if not any(_on_4k(point) for point in points):
        every = [_rung(point, raster, codec) for point in upper_hull(points)]
        return tuple(_stepping_down(every, made, _on_tv, _RUNG_COUNT[profile], _VMAF_STEP[profile]))
    for_tv = [point for point in points if not is_above_tv(raster, point.height)]
    every = [_rung(point, raster, codec) for point in upper_hull(for_tv)]
    tried_on_tv = [rung for rung in made if rung.vmaf_4k_expected is None]
    chosen = _stepping_down(every, tried_on_tv, _on_tv, _RUNG_COUNT[profile], _VMAF_STEP[profile])
    above = [rung for rung in _above_tv(points, raster, codec) if _adds_to(chosen[0], rung)]
    tried_above = [rung for rung in made if rung.vmaf_4k_expected is not None and _adds_to(chosen[0], rung)]
    return (*_stepping_down(above, tried_above, _on_4k, _RUNGS_ABOVE_TV, _VMAF_STEP[profile]), *chosen)


def _adds_to(best: Rung, above: Rung) -> bool:
    """Whether it can stand above a television's best: who takes it all the same must not lose by it."""
    return _is_step(above, best) and _on_tv(above) >= _on_tv(best)


def _above_tv(points: Sequence[RatePoint], raster: Raster, codec: VideoCodec) -> list[Rung]:
    """What more than 1080 lines have over them on a 4K screen; nothing where the film looks as good without them."""
    hull = upper_hull(points, _on_4k)
    if any(_on_4k(point) >= VMAF_CAP and not is_above_tv(raster, point.height) for point in hull):
        return []
    return [_rung(point, raster, codec) for point in hull if is_above_tv(raster, point.height)]


def _stepping_down(
    every: Sequence[Rung],
    made: Sequence[Rung],
    looks: Callable[[Rung], float],
    count: int,
    step: float,
) -> list[Rung]:
    made = [rung for rung in made if _has_its_height(rung, every, looks, step)]
    chosen: list[Rung] = []
    target = min(VMAF_CAP, max(map(looks, every), default=VMAF_CAP))
    while len(chosen) < count:
        kept = [rung for rung in made if _is_good_enough(looks(rung), target)]
        allowed = _below_all(chosen, kept, looks) or _before(_toward(chosen, made, looks, step), chosen, every, looks)
        if not allowed:
            break
        chosen.append(min(allowed, key=lambda rung: abs(looks(rung) - target)))
        goal = _toward(chosen, made, looks, step)
        gap = looks(chosen[-1]) - looks(goal) if goal else step
        target = looks(chosen[-1]) - gap / max(1, min(count - len(chosen), round(gap / step)))
    return chosen


def _has_its_height(rung: Rung, every: Sequence[Rung], looks: Callable[[Rung], float], step: float) -> bool:
    """Whether a film looks best at this height somewhere near: else all below would have to be as small for its sake."""
    return any(other.height == rung.height and looks(other) >= looks(rung) - step for other in every)


def _toward(chosen: Sequence[Rung], made: Sequence[Rung], looks: Callable[[Rung], float], step: float) -> Rung | None:
    """The next that is made already: a whole number of steps is to lead there."""
    below = [rung for rung in made if chosen and looks(rung) <= looks(chosen[-1]) - step / 2]
    return max(below, key=looks, default=None)


def _before(
    goal: Rung | None, chosen: Sequence[Rung], every: Sequence[Rung], looks: Callable[[Rung], float]
) -> list[Rung]:
    """What can stand between; the goal itself where nothing can."""
    allowed = _below_all(chosen, every, looks)
    if goal is None or not _below_all(chosen, [goal], looks):
        return allowed
    return [rung for rung in allowed if looks(rung) > looks(goal) and _is_step(rung, goal)] or [goal]


def candidates(surface: Surface, raster: Raster, profile: Profile, codec: VideoCodec = "h264") -> list[RatePoint]:
    """Every whole CRF that the probes say something of, at every height, as far as its tier may cost so much."""
    probed, hull = [crf for _, crf in probes_for(raster, profile, codec)], HULLS[codec]
    first = max(hull.crf_min, math.ceil(min(probed) - _BEYOND * hull.step))
    last = min(hull.crf_max, math.floor(max(probed) + _BEYOND * hull.step))
    crfs = [float(crf) for crf in range(first, last + 1)]
    points = [surface.at(height, crf) for height in heights_for(raster, profile) for crf in crfs]
    affordable = [point for point in points if point.kbps <= _KBPS_MAX[_tier(raster, point.height)]]
    return affordable or [min(points, key=lambda point: point.kbps)]


def _on_tv(seen: RatePoint | Rung) -> float:
    return seen.vmaf if isinstance(seen, RatePoint) else seen.vmaf_expected


def _on_4k(seen: RatePoint | Rung) -> float:
    return (seen.vmaf_4k if isinstance(seen, RatePoint) else seen.vmaf_4k_expected) or 0.0


def upper_hull(points: Sequence[RatePoint], looks: Callable[[RatePoint], float] = _on_tv) -> list[RatePoint]:
    """The points no mix of others beats, from the smallest bitrate up; quality rises along it."""
    hull: list[RatePoint] = []

    def slope(a: RatePoint, b: RatePoint) -> float:
        return (looks(b) - looks(a)) / (b.kbps - a.kbps) if b.kbps > a.kbps else math.inf

    for point in sorted(points, key=lambda p: (p.kbps, -looks(p))):
        if hull and looks(point) <= looks(hull[-1]):
            continue
        while len(hull) >= 2 and slope(hull[-2], point) >= slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append(point)
    return hull


def with_more_bits(rung: Rung) -> Rung:
    """The second and last attempt at a rung that did not pass."""
    crf = rung.crf - round(_MORE_BITS * HULLS[rung.codec].step)
    return replace(rung, crf=max(_FINEST_CRF, crf), kbps_max=rung.kbps_max * 2)


def _is_step(rung: Rung, below: Rung) -> bool:
    return rung.height >= below.height and rung.kbps_expected >= below.kbps_expected * _KBPS_RATIO_MIN


def _below_all(chosen: Sequence[Rung], rungs: Sequence[Rung], looks: Callable[[Rung], float]) -> list[Rung]:
    """Those that can be the next step down."""
    if not chosen:
        return [*rungs]
    above = chosen[-1]
    return [rung for rung in rungs if looks(rung) < looks(above) and _is_step(above, rung)]


def _is_good_enough(vmaf: float, target: float) -> bool:
    return abs(vmaf - target) <= _KEPT_WITHIN and vmaf <= VMAF_CAP + _BEYOND_CAP


def _as_tried(rung: Rung, point: RatePoint) -> Rung:
    """What shapes its encodes stays, and what is expected of them is what was measured."""
    return replace(
        rung,
        kbps_expected=round(point.kbps, 1),
        vmaf_expected=round(point.vmaf, 2),
        vmaf_sd=point.vmaf_sd,
        vmaf_phone_expected=_rounded(point.vmaf_phone),
        vmaf_4k_expected=_rounded(point.vmaf_4k),
    )


def _rung(point: RatePoint, raster: Raster, codec: VideoCodec) -> Rung:
    height, width = point.height, width_for(raster, point.height)
    return Rung(
        id=f"video-{_kind(codec, raster.video_range)}{height}p-{round(point.crf)}",
        width=width,
        height=height,
        tier=_tier(raster, height),
        crf=point.crf,
        kbps_expected=round(point.kbps, 1),
        kbps_max=max(150, math.ceil(point.kbps * _PEAK_FACTOR)),
        vmaf_expected=round(point.vmaf, 2),
        vmaf_sd=round(point.vmaf_sd, 2),
        codec=codec,
        video_range=raster.video_range,
        vmaf_phone_expected=_rounded(point.vmaf_phone),
        vmaf_4k_expected=_rounded(point.vmaf_4k) if is_above_tv(raster, height) else None,
    )


def _rounded(vmaf: float | None) -> float | None:
    return None if vmaf is None else round(vmaf, 2)


def _kind(codec: VideoCodec, video_range: VideoRange) -> str:
    """H.264 has none, as before there were others."""
    words = [word for word in (codec, video_range.lower()) if word not in ("h264", "sdr")]
    return "".join(f"{word}-" for word in words)
