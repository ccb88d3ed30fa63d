"""A title's pictures: those its release brought, as the desk describes and orders them, and those put there by hand."""

from collections.abc import Sequence

from matinee.control.catalog.api import Artwork


def arranged(made: Sequence[Artwork], by_desk: Sequence[tuple[Artwork, bool]]) -> tuple[Artwork, ...]:
    """The desk's order comes first. What it says of a picture that no release brings any more is kept for its return."""
    brought = {a.key for a in made}
    first = [artwork for artwork, by_hand in by_desk if by_hand or artwork.key in brought]
    named = {artwork.key for artwork in first}
    return (*first, *(artwork for artwork in made if artwork.key not in named))
