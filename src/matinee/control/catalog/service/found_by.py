"""By what a title is found: its names, people, genres and words, and the tags that it is filtered and counted by."""

from collections.abc import Sequence
from datetime import UTC, datetime

from matinee.control.catalog.api import Title
from matinee.control.catalog.model.genre_names import genre_names
from matinee.control.catalog.model.opening_tags import window_tags
from matinee.engines.search.port import Document
from matinee.kernel.quantities import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def documents(title: Title, aliases: Sequence[str] = (), popularity: float = 0.0) -> list[Document]:
    """One a language."""
    tags = (
        # Of the country where it is for the youngest; what that lets through is judged by the viewer's own.
        maturity_tag(min((title.maturity, *title.ages.values()))),
        *window_tags(title.windows),
        f"type:{title.type}",
        *(f"genre:{genre}" for genre in title.genres),
        *(f"language:{language}" for language in title.words),
        *(() if title.year is None else (f"decade:{title.year // 10 * 10}",)),
    )
    return [
        Document(
            title.id,
            language,
            document_fields([words.name, *aliases], title.cast, title.genres, words.synopsis),
            tags,
            popularity,
            day_of(title.created_at),
        )
        for language, words in title.words.items()
    ]


def document_fields(names: Sequence[str], cast: Sequence[str], genres: Sequence[str], synopsis: str) -> dict[str, str]:
    """Each name and person stands on a line of its own."""
    return {
        "name": _lines(names),
        "cast": _lines(cast),
        "genres": " ".join(name for genre in genres for name in genre_names(genre)),
        "synopsis": " ".join(synopsis.split()),
    }


def maturity_tag(age: int) -> str:
    return f"maturity:{age}"


def day_of(at: Instant) -> int:
    return (at - _EPOCH).days


def _lines(values: Sequence[str]) -> str:
    return "\n".join(" ".join(value.split()) for value in values)
