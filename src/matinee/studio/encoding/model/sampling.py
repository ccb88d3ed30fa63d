"""Which stretches of a film the probes look at: spread out, inside shots, not in the dark."""

from collections.abc import Sequence

from matinee.studio.encoding.api import Chunk, Inspection, Profile

_STRETCHES: dict[Profile, int] = {"fast": 4, "full": 4}
_STRETCH_S: dict[Profile, float] = {"fast": 1.0, "full": 2.0}
"""Two short looks cost what one long one does, and are less often misled by one wild scene."""
_HALF_IS_ENOUGH_S = 60.0
"""Probes of a short film would cost more than its encodes, and every rung is measured whole in the end."""


def samples_of(inspection: Inspection, profile: Profile, shots: Sequence[int] = (0,)) -> tuple[Chunk, ...]:
    """At most 8 s in all. A stretch that would begin in another shot's last frames begins at the next cut instead."""
    count = _STRETCHES[profile] // (2 if inspection.duration_s <= _HALF_IS_ENOUGH_S else 1)
    length = max(1, round(_STRETCH_S[profile] * inspection.raster.frames_per_second))
    if inspection.frames <= count * length:
        return (Chunk(0, inspection.frames),)
    starts: list[int] = []
    for number in range(count):
        start = round((number + 0.5) / count * (inspection.frames - length))
        cut = next((shot for shot in shots if start < shot < start + length), None)
        if cut is not None and cut + length <= inspection.frames:
            start = cut
        start = _out_of_the_dark(start, length, inspection)
        if not starts or start >= starts[-1] + length:
            starts.append(start)
    return tuple(Chunk(start, length) for start in starts)


def _out_of_the_dark(start: int, length: int, inspection: Inspection) -> int:
    rate = inspection.raster.frames_per_second
    for stretch in inspection.stretches:
        after = round(stretch.end_s * rate)
        inside = stretch.start_s * rate < start + length and start < after
        if stretch.kind != "silence" and inside and after + length <= inspection.frames:
            return after
    return start
