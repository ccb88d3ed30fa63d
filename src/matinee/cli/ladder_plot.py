"""Rate and quality of a film as a picture: a curve for each height, what was measured, our rungs, and the fixed ladder's beside."""

import io
import math
from collections.abc import Callable, Iterator, Sequence

from PIL import Image, ImageDraw, ImageFont

from matinee.studio.encoding.api import Curves, LadderPlan, RatePoint

_SIZE, _SHARPER = (1120, 700), 2
"""Drawn larger and made smaller, which smooths lines."""
_LEFT, _TOP, _RIGHT, _BOTTOM = 76, 104, 250, 64
_INK, _DIM, _GRID, _PAPER = (27, 29, 34), (92, 98, 112), (226, 229, 235), (255, 255, 255)
_COLORS = ((38, 84, 160), (27, 126, 104), (168, 96, 20), (140, 60, 130))
"""Told apart also by who sees no red or green: each curve has its height written at its end."""
_FIXED = (120, 126, 138)
_KBPS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
_VMAF_LOW = 20.0

Spot = tuple[float, float]


class _Paper:
    def __init__(self, low_kbps: float, high_kbps: float, low_vmaf: float) -> None:
        self.image = Image.new("RGB", (_SIZE[0] * _SHARPER, _SIZE[1] * _SHARPER), _PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self._rates = math.log(low_kbps), math.log(high_kbps)
        self._low_vmaf = low_vmaf

    def at(self, kbps: float, vmaf: float) -> Spot:
        across = (math.log(kbps) - self._rates[0]) / (self._rates[1] - self._rates[0])
        up = (vmaf - self._low_vmaf) / (100 - self._low_vmaf)
        return _LEFT + across * (_SIZE[0] - _LEFT - _RIGHT), _SIZE[1] - _BOTTOM - up * (_SIZE[1] - _TOP - _BOTTOM)

    def line(self, spots: Sequence[Spot], color: tuple[int, int, int], width: int = 2) -> None:
        points = [(x * _SHARPER, y * _SHARPER) for x, y in spots]
        self._draw.line(points, color, width * _SHARPER, joint="curve")

    def dot(self, spot: Spot, color: tuple[int, int, int], radius: float, *, filled: bool = True) -> None:
        box = [(v + side * radius) * _SHARPER for side in (-1, 1) for v in spot]
        self._draw.ellipse(box, fill=color if filled else _PAPER, outline=color, width=2 * _SHARPER)

    def square(self, spot: Spot, color: tuple[int, int, int], radius: float) -> None:
        box = [(v + side * radius) * _SHARPER for side in (-1, 1) for v in spot]
        self._draw.rectangle(box, fill=color, outline=_PAPER, width=_SHARPER)

    def cross(self, spot: Spot, color: tuple[int, int, int], radius: float) -> None:
        x, y = spot
        self.line([(x - radius, y - radius), (x + radius, y + radius)], color)
        self.line([(x - radius, y + radius), (x + radius, y - radius)], color)

    def text(
        self, spot: Spot, words: str, *, size: int = 14, color: tuple[int, int, int] = _DIM, anchor: str = "lm"
    ) -> None:
        font = ImageFont.load_default(size * _SHARPER)
        self._draw.text((spot[0] * _SHARPER, spot[1] * _SHARPER), words, color, font, anchor)


def ladder_plot(name: str, plan: LadderPlan, curves: Curves) -> bytes:
    """A PNG."""
    shown = [*plan.points, *plan.trials, *curves.fixed, *(_expected(plan))]
    paper = _Paper(min(p.kbps for p in shown) * 0.8, max(p.kbps for p in shown) * 1.25, _lowest(shown))
    paper.text((_LEFT, 30), name, size=20, color=_INK)
    raster = plan.raster
    scenes = f"{len(plan.scenes)} scenes" if len(plan.scenes) > 1 else "one scene"
    facts = f"{raster.width} by {raster.height}, {raster.frames_per_second:.4g} frames a second, {scenes}"
    paper.text((_LEFT, 56), facts)
    _axes(paper, shown)
    colors = {points[0].height: _COLORS[number % len(_COLORS)] for number, points in enumerate(curves.heights)}
    for points in curves.heights:
        _curve(paper, points, colors[points[0].height])
    for point in curves.fixed:
        paper.cross(paper.at(point.kbps, point.vmaf), _FIXED, 5)
    for point in plan.points:
        paper.dot(paper.at(point.kbps, point.vmaf), colors[point.height], 4, filled=False)
    for point in plan.trials:
        paper.dot(paper.at(point.kbps, point.vmaf), colors[point.height], 9, filled=False)
    for point in _expected(plan):
        paper.square(paper.at(point.kbps, point.vmaf), colors.get(point.height, _INK), 5)
    _legend(paper, plan)
    drawn = io.BytesIO()
    paper.image.resize(_SIZE, Image.Resampling.LANCZOS).save(drawn, "PNG", optimize=True)
    return drawn.getvalue()


def _expected(plan: LadderPlan) -> list[RatePoint]:
    return [RatePoint(r.height, r.crf, r.kbps_expected, r.vmaf_expected, r.vmaf_sd) for r in plan.rungs]


def _lowest(shown: Sequence[RatePoint]) -> float:
    return max(0.0, min(80.0, math.floor(min(point.vmaf for point in shown) / 10) * 10.0 - 5)) if shown else _VMAF_LOW


def _axes(paper: _Paper, shown: Sequence[RatePoint]) -> None:
    low, high = min(p.kbps for p in shown) * 0.8, max(p.kbps for p in shown) * 1.25
    floor = _lowest(shown)
    for kbps in _KBPS:
        if low <= kbps <= high:
            paper.line([paper.at(kbps, floor), paper.at(kbps, 100)], _GRID, 1)
            paper.text((paper.at(kbps, floor)[0], _SIZE[1] - _BOTTOM + 16), f"{kbps:,}", anchor="mm")
    for vmaf in range(math.ceil(floor / 10) * 10, 101, 10):
        paper.line([paper.at(low, vmaf), paper.at(high, vmaf)], _GRID, 1)
        paper.text((_LEFT - 10, paper.at(low, vmaf)[1]), str(vmaf), anchor="rm")
    paper.text((_LEFT, _TOP - 12), "VMAF")
    paper.text(((_LEFT + _SIZE[0] - _RIGHT) / 2, _SIZE[1] - 20), "kbit/s", anchor="mm")


def _curve(paper: _Paper, points: Sequence[RatePoint], color: tuple[int, int, int]) -> None:
    inside = [
        spot
        for spot in map(_place(paper), points)
        if _LEFT <= spot[0] <= _SIZE[0] - _RIGHT + 4 and spot[1] <= _SIZE[1] - _BOTTOM
    ]
    if len(inside) >= 2:
        paper.line(inside, color)
        end = max(inside)
        paper.text((end[0] + 10, end[1] - 12), f"{points[0].height}p", color=color)


def _place(paper: _Paper) -> Callable[[RatePoint], Spot]:
    return lambda point: paper.at(point.kbps, point.vmaf)


def _legend(paper: _Paper, plan: LadderPlan) -> None:
    x, lines = _SIZE[0] - _RIGHT + 70, _rows(_TOP + 10)
    at = (x, next(lines))
    paper.square(at, _INK, 5)
    paper.text((x + 16, at[1]), "our rungs", color=_INK)
    at = (x, next(lines))
    paper.dot(at, _INK, 4, filled=False)
    paper.text((x + 16, at[1]), "probes", color=_INK)
    if plan.trials:
        at = (x, next(lines))
        paper.dot(at, _INK, 8, filled=False)
        paper.text((x + 16, at[1]), "tried in earnest", color=_INK)
    at = (x, next(lines))
    paper.cross(at, _FIXED, 5)
    paper.text((x + 16, at[1]), "the fixed ladder", color=_INK)
    next(lines)
    for rung in plan.rungs:
        words = f"{rung.height}p  {rung.kbps_expected:,.0f}  {rung.vmaf_expected:.1f} ± {rung.vmaf_sd:.1f}"
        paper.text((x - 6, next(lines)), words, size=13)


def _rows(first: float) -> Iterator[float]:
    while True:
        yield first
        first += 24
