"""Which stretches of a film the probes look at: spread out, inside shots, not in the dark."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matinee.studio.encoding.api import Inspection

_FAST_STRETCHES, _FAST_S = 4, 1.0
"""Two short looks cost what one long one does, and are less often misled by one wild scene."""
_HALF_IS_ENOUGH_S = 60.0
"""Probes of a short film would cost more than its encodes, and every rung is measured whole in the end."""
_SHARE, _TOTAL_S = 0.2, 60.0
"""Of each scene in the full profile, and at most in all: a long film has more of the same, and a lossless excerpt is large."""
_SCENES_MAX = 100
_STRETCH_MIN_S, _STRETCH_MAX_S = 0.6, 1.0
"""A stretch begins anew. Shorter ones would tell more of that than of the film."""
_STRETCHES_MAX = 4
"""In one scene, which looks alike all through."""


@dataclass(frozen=True, slots=True)
class Sample:
    scene: int
    start_frame: int
    frames: int


def samples_of_film(inspection: Inspection, shots: Sequence[int] = (0,)) -> tuple[Sample, ...]:
    """For a first release: at most 4 s in all, as if the film were one scene. A stretch that would begin in another shot's
    last frames begins at the next cut instead."""
    count = _FAST_STRETCHES // (2 if inspection.duration_s <= _HALF_IS_ENOUGH_S else 1)
    length = max(1, round(_FAST_S * inspection.raster.frames_per_second))
    if inspection.frames <= count * length:
        return (Sample(0, 0, inspection.frames),)
    starts: list[int] = []
    for number in range(count):
        start = round((number + 0.5) / count * (inspection.frames - length))
        cut = next((shot for shot in shots if start < shot < start + length), None)
        if cut is not None and cut + length <= inspection.frames:
            start = cut
        start = _out_of_the_dark(start, length, inspection.frames, inspection)
        if not starts or start >= starts[-1] + length:
            starts.append(start)
    return tuple(Sample(0, start, length) for start in starts)


def samples_of_scenes(inspection: Inspection, scenes: Sequence[int]) -> tuple[Sample, ...]:
    """For a full release: a fifth of each scene, in order."""
    found: list[Sample] = []
    rate = inspection.raster.frames_per_second
    share = min(_SHARE, _TOTAL_S / inspection.duration_s)
    shortest, longest = max(1, round(_STRETCH_MIN_S * rate)), max(1, round(_STRETCH_MAX_S * rate))
    for number, (first, end) in enumerate(pairwise([*scenes, inspection.frames])):
        wanted = share * (end - first)
        count = max(1, min(_STRETCHES_MAX, round(wanted / shortest)))
        length = min(end - first, max(shortest, min(longest, round(wanted / count))))
        for part in range(count):
            start = first + max(0, round((part + 0.5) / count * (end - first) - length / 2))
            start = _out_of_the_dark(min(start, end - length), length, end, inspection)
            if not found or start >= found[-1].start_frame + found[-1].frames:
                found.append(Sample(number, start, length))
    return tuple(found)


def fewer(scenes: Sequence[int]) -> tuple[int, ...]:
    """Neighbors together, where there are more scenes than can be probed one by one."""
    step = -(-len(scenes) // _SCENES_MAX)
    return tuple(scenes[::step])


def scene_at(scenes: Sequence[int], frame: int) -> int:
    return bisect_right(scenes, frame) - 1


def _out_of_the_dark(start: int, length: int, end: int, inspection: Inspection) -> int:
    rate = inspection.raster.frames_per_second
    for stretch in inspection.stretches:
        after = round(stretch.end_s * rate)
        inside = stretch.start_s * rate < start + length and start < after
        if stretch.kind in ("black", "frozen") and inside and after + length <= end:
            return after
    return start
