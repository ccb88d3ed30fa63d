"""Where to go on watching, and what counts as finished."""

FINISHED_SHARE = 0.95
"""Credits start about here; nobody wants to resume into them."""
BEGUN_MS = 5_000
"""Less than this was a look, not a viewing."""
REWIND_MS = 2_000
"""A little before where it stopped, so that the scene is picked up again."""


def is_finished(position_ms: int, duration_ms: int) -> bool:
    return duration_ms > 0 and position_ms >= FINISHED_SHARE * duration_ms


def is_begun(position_ms: int, duration_ms: int) -> bool:
    """Short films begin sooner: five seconds are a sixth of half a minute."""
    return position_ms >= min(BEGUN_MS, 0.05 * duration_ms if duration_ms > 0 else BEGUN_MS)


def resume_at(position_ms: int, duration_ms: int) -> int:
    if is_finished(position_ms, duration_ms) or not is_begun(position_ms, duration_ms):
        return 0
    return max(0, position_ms - REWIND_MS)
