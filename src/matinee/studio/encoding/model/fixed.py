"""The ladder that everybody gets elsewhere, to measure ours by."""

from collections.abc import Sequence

from matinee.studio.encoding.api import Raster, RatePoint
from matinee.studio.encoding.model.ladder import lines_of
from matinee.studio.encoding.model.surface import Surface

FIXED: Sequence[tuple[int, int]] = (
    (234, 145),
    (360, 365),
    (432, 730),
    (432, 1100),
    (540, 2000),
    (720, 3000),
    (720, 4500),
    (1080, 6000),
    (1080, 7800),
)
"""(lines, kbit/s): Apple's authoring guide for H.264 at 30 frames a second."""
_RUNGS_MIN = 2
_CRFS = (0.0, 60.0)
_HALVINGS = 40


def fixed_rungs(raster: Raster) -> list[tuple[int, int]]:
    """(height, kbit/s) of those that are no larger than the film. One between two sizes has the next rung at its own: nobody
    would offer it smaller than it is, and no better."""
    source = lines_of(raster.width, raster.height)
    offered = [(lines, kbps) for lines, kbps in FIXED if lines <= source]
    is_cut = all(lines < source for lines, _ in offered)
    offered += [(source, kbps) for lines, kbps in FIXED if lines > source][: max(is_cut, _RUNGS_MIN - len(offered))]
    return [(round(lines * raster.height / source / 2) * 2, kbps) for lines, kbps in offered]


def fixed_points(surface: Surface, raster: Raster) -> list[RatePoint]:
    """How this film would look in them, in the codec of this surface: at the CRF that costs as much."""
    return [_at_rate(surface, height, kbps) for height, kbps in fixed_rungs(raster)]


def _at_rate(surface: Surface, height: int, kbps: float) -> RatePoint:
    low, high = _CRFS
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if surface.at(height, middle).kbps > kbps:
            low = middle
        else:
            high = middle
    return surface.at(height, high)
