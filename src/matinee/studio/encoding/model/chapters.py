"""Chapter points of a long film whose maker named none: where it pauses, or at least cuts, about every ten minutes.

They are places to wind to, and have no names. A point in the middle of a sentence would be worse than none, so each lies
where the picture or the sound was gone for a moment, and where there is nothing of the kind on a cut.
"""

from collections.abc import Sequence

from matinee.studio.encoding.api import Outline
from matinee.wire.releases import Marker

_FILM_MIN_S, _CHAPTER_S = 1200.0, 600.0
_APART = 0.35
"""Of a chapter: how far a point may lie from where even ones would have it."""


def chapters_of(outline: Outline, end_s: float | None = None) -> tuple[Marker, ...]:
    """`end_s`: where the credits begin; nobody winds to a point within them."""
    last_s = outline.duration_s if end_s is None else end_s
    if last_s < _FILM_MIN_S:
        return ()
    count = round(last_s / _CHAPTER_S)
    even_s = last_s / count
    points = [_nearest(outline, number * even_s, even_s * _APART) for number in range(1, count)]
    starts = [0, *(round(at * 1000) for at in points if at is not None)]
    if len(starts) == 1:
        return ()
    return tuple(
        Marker("chapter", start, end) for start, end in zip(starts, [*starts[1:], round(last_s * 1000)], strict=True)
    )


def _nearest(outline: Outline, wanted_s: float, apart_s: float) -> float | None:
    for places in (outline.pauses_s, outline.edges_s):
        if near := _within(places, wanted_s, apart_s):
            return min(near, key=lambda at: abs(at - wanted_s))
    return None


def _within(places: Sequence[float], wanted_s: float, apart_s: float) -> list[float]:
    return [at for at in places if abs(at - wanted_s) <= apart_s]
