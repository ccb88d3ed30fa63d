"""Ceilings: what a chunk may spend, so that the rung they are joined to never asks more of a player than was promised.

Each chunk's encoder begins with a buffer that is nearly full, and knows nothing of what the chunk before it took out of
the same buffer. So a chunk that is not alone gets a smaller one, and a little less a second: then what it spends in all is
what the ceiling allows for its time, and two that meet spend together no more than one buffer.
"""

BUFFER_S = 2.0
"""Of the ceiling: what a player that starts has to have."""
_BEGINS_FULL = 0.9
"""How x264 and x265 begin."""
_SHARE_OF_CHUNK = 0.25
"""A buffer longer than this share of a short chunk would leave it too little a second."""


def ceiling_of(kbps_max: int, chunk_s: float, *, is_alone: bool) -> tuple[int, int]:
    """The most a second, in kbit/s, and the buffer, in kbit, that the chunk's encoder is given."""
    if is_alone:
        return kbps_max, round(kbps_max * BUFFER_S)
    buffer_s = min(BUFFER_S / (1 + _BEGINS_FULL), _SHARE_OF_CHUNK * chunk_s)
    return int(kbps_max * (1 - _BEGINS_FULL * buffer_s / chunk_s)), int(kbps_max * buffer_s)
