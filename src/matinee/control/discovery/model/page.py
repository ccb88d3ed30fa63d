"""Which rows a page has and what stands in them. Plain for now: order by time, rows by genre."""

from collections.abc import Sequence

from matinee.control.discovery.api import HomeRow, Placed

ROW_LENGTH_MAX = 75
ROWS_MAX = 40
_GENRE_ROW_MIN = 2
"""A row of one looks like a mistake."""


def build_rows(begun: Sequence[Placed], listed: Sequence[Placed], newest: Sequence[Placed]) -> tuple[HomeRow, ...]:
    """Continue watching, My List, new, then a row a genre. Empty rows are left out."""
    rows = [
        HomeRow("continue", "row.continue", "You have begun these", tuple(begun)),
        HomeRow("my-list", "row.mylist", "You put these on your list", tuple(listed)),
        HomeRow("new", "row.new", "The latest films", tuple(newest)),
        *_genre_rows(newest),
    ]
    return tuple(HomeRow(r.id, r.title, r.reason, r.items[:ROW_LENGTH_MAX]) for r in rows if r.items)[:ROWS_MAX]


def _genre_rows(titles: Sequence[Placed]) -> list[HomeRow]:
    genres: dict[str, list[Placed]] = {}
    for placed in titles:
        for genre in dict.fromkeys(placed.title.genres):
            genres.setdefault(genre, []).append(placed)
    return [
        HomeRow(f"genre-{genre}", genre.capitalize(), f"Films of the genre {genre}", tuple(items))
        for genre, items in sorted(genres.items())
        if len(items) >= _GENRE_ROW_MIN
    ]
