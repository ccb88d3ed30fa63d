"""Which titles are like another: by the genres they share, and the people."""

from collections.abc import Sequence

from matinee.control.catalog.api import Title

_CAST_WEIGHT = 0.5
"""A shared face says less than a shared genre: actors play in everything."""


def alike(title: Title, others: Sequence[Title], *, limit: int) -> list[Title]:
    """Most alike first, the newer of equals before the older. What shares nothing is not similar, and left out."""
    scored = [(likeness(title, other), other) for other in others if other.id != title.id]
    found = sorted(scored, key=lambda each: (each[0], each[1].created_at), reverse=True)
    return [other for score, other in found if score > 0][:limit]


def likeness(one: Title, other: Title) -> float:
    """0: nothing in common; symmetric."""
    return _overlap(one.genres, other.genres) + _CAST_WEIGHT * _overlap(one.cast, other.cast)


def _overlap(one: Sequence[str], other: Sequence[str]) -> float:
    """Of all that either names, the share that both do."""
    first, second = {word.casefold() for word in one}, {word.casefold() for word in other}
    return len(first & second) / len(first | second) if first and second else 0.0
