"""What a person is shown: which versions, and which frames of them."""

import hashlib
from collections.abc import Sequence

from matinee.studio.production.api import ReviewReason

_COMPARED_MIN, _COMPARED_MAX, _COMPARED_EVERY_S = 2, 6, 20.0


def review_reason(edition: str, severities: Sequence[str], *, one_in: int) -> ReviewReason | None:
    """Why a person should see a version of this edition. Which of the clean ones are sampled depends on nothing but their
    names, so that asking again, anywhere else or for another profile gives the same answer: drawn for each release, a film
    of two would come up twice as often."""
    if any(severity != "note" for severity in severities):
        return "found"
    drawn = int.from_bytes(hashlib.sha256(edition.encode()).digest()[:8], "big")
    return "sampled" if drawn % one_in == 0 else None


def frames_to_compare(
    frames: int, frames_per_second: float, segments: Sequence[int], vmaf: Sequence[float]
) -> list[int]:
    """Half of them where the encode looks worst, the others spread over the film; few for a short film."""
    wanted = min(_COMPARED_MAX, max(_COMPARED_MIN, round(frames / frames_per_second / _COMPARED_EVERY_S)))
    ends = [*segments[1:], frames]
    worst = sorted(range(len(vmaf)), key=lambda number: (vmaf[number], number))[: wanted // 2]
    # Not its middle: that of a film which is one segment is among the others.
    chosen = {(2 * segments[number] + ends[number]) // 3 for number in worst}
    spread = wanted - len(chosen)
    return sorted(chosen | {frames * (2 * place + 1) // (2 * spread) for place in range(spread)})
