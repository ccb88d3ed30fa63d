"""Where a film is cut: groups of pictures, which are its segments, and chunks, which are what one job encodes.

A group begins where a shot does: the picture is all new there, so a key frame costs nothing. Every rung has the same
groups; a player can change its mind at each of them. A chunk is whole shots where they are short enough, so that each
can have the quality that is right for it.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from matinee.studio.encoding.api import Chunk, Profile, Raster

_GROUP_S = 3.0
"""Long enough that a closed group costs few bits, short enough that a player can change its mind. In a long shot."""
_GROUP_MIN_S = 1.0
"""A shot that is shorter begins no group: so many key frames, and requests, would cost more than they save."""
_CHUNK_S: dict[Profile, float] = {"fast": 30.0, "full": 12.0}
"""Fast: few programs to start. Full: little is lost when a worker dies."""


def groups_of(frames: int, raster: Raster, shots: Sequence[int] = (0,)) -> tuple[int, ...]:
    """The first frame of each group. None is shorter than a second, unless the film is, nor longer than four and a half."""
    return tuple(
        start + (end - start) * part // parts
        for start, end in pairwise([*scenes_of(frames, raster, shots), frames])
        for parts in (max(1, round((end - start) / raster.frames_per_second / _GROUP_S)),)
        for part in range(parts)
    )


def chunks_of(
    frames: int, raster: Raster, profile: Profile, groups: Sequence[int], shots: Sequence[int]
) -> tuple[Chunk, ...]:
    """Whole groups. A chunk ends with its shot; shots that follow one another share one as long as there is room."""
    longest = _CHUNK_S[profile] * raster.frames_per_second
    borders = [*sorted({*groups} & {*shots}), frames]
    starts = [0]
    for group, end in pairwise([*groups, frames]):
        following = borders[bisect_right(borders, group)]
        needed = following if group in borders else end  # a shot that begins here is not cut where it fits
        if group > starts[-1] and needed - starts[-1] > longest:
            starts.append(group)
    return tuple(Chunk(start, end - start) for start, end in pairwise([*starts, frames]))


def group_frames_min(raster: Raster) -> int:
    return math.ceil(_GROUP_MIN_S * raster.frames_per_second)


def scenes_of(frames: int, raster: Raster, shots: Sequence[int]) -> list[int]:
    """The first frame of each shot that is long enough to begin a group; shorter ones belong to the one before."""
    shortest = group_frames_min(raster)
    kept = [0]
    for shot in shots:
        if shot - kept[-1] >= shortest and frames - shot >= shortest:
            kept.append(shot)
    return kept
