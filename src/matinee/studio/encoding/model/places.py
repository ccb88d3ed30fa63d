"""Which moments of a film to look at for artwork: inside shots, all over what may be shown, not in the dark."""

from itertools import pairwise

from matinee.studio.encoding.api import Inspection
from matinee.studio.encoding.model.previews import NO_SPOILERS

_FEWEST, _MOST = 3, 18
_APART_S = 4.0
"""A film gets a place for each so many seconds, up to a number that is enough."""
_AVOIDED = ("black", "lettering")
_FROM_CUTS, _FROM_CUTS_S = 0.2, 1.5
"""Of a shot at each end, and no more seconds than that: there it may still be mixed with its neighbor."""


def places_of(inspection: Inspection) -> list[float]:
    """In seconds, in the film's order; the middle of the longest stretch of a shot in each part of the film."""
    end_s = inspection.duration_s * NO_SPOILERS
    count = max(_FEWEST, min(_MOST, round(end_s / _APART_S)))
    cuts_s = [at for at in inspection.course.cuts_s if 0 < at < end_s]
    shots = [_inside(first, last) for first, last in pairwise((0.0, *cuts_s, end_s))]
    found: list[float] = []
    for part in range(count):
        start_s, stop_s = (end_s * edge / count for edge in (part, part + 1))
        inside = [(max(first, start_s), min(last, stop_s)) for first, last in shots]
        free = [piece for first, last in inside if last > first for piece in _lit(first, last, inspection)]
        if free:
            first, last = max(free, key=lambda piece: piece[1] - piece[0])
            found.append((first + last) / 2)
    return found


def _inside(first_s: float, last_s: float) -> tuple[float, float]:
    rim_s = min(_FROM_CUTS_S, _FROM_CUTS * (last_s - first_s))
    return first_s + rim_s, last_s - rim_s


def _lit(first_s: float, last_s: float, inspection: Inspection) -> list[tuple[float, float]]:
    """What is left of a stretch without what is black or only letters."""
    pieces = [(first_s, last_s)]
    for stretch in inspection.stretches:
        if stretch.kind in _AVOIDED:
            pieces = [
                piece
                for first, last in pieces
                for piece in ((first, min(last, stretch.start_s)), (max(first, stretch.end_s), last))
                if piece[1] > piece[0]
            ]
    return pieces
