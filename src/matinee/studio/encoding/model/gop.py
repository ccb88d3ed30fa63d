"""Where a film may be cut. One group of pictures is one segment; chunks are whole groups; every rung has the same ones."""

from matinee.studio.encoding.api import Chunk, Profile, Raster

SEGMENT_S = 3.0
"""Long enough that a closed group costs few bits, short enough that a player can change its mind."""
_CHUNK_GROUPS: dict[Profile, int] = {"fast": 10, "full": 4}
"""Fast: few programs to start. Full: little is lost when a worker dies."""


def gop_frames(raster: Raster) -> int:
    return max(1, round(SEGMENT_S * raster.frames_per_second))


def chunks_of(frames: int, gop: int, profile: Profile) -> tuple[Chunk, ...]:
    size = gop * _CHUNK_GROUPS[profile]
    return tuple(Chunk(start, min(size, frames - start)) for start in range(0, frames, size))
