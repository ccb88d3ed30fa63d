"""What catalog may expect of a search engine. Filters are applied before ranking.

An engine finds candidates: documents with the asked words, beginnings of them, words near them. Which of those come first is
decided by `closeness`, the same for every engine, so an engine is judged by what it finds and not by its scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from matinee.engines.search.words import words

UNCOUNTED = ("open:", "maturity:")
"""What tags of this kind begin with is only filtered by; hits come without them."""


@dataclass(frozen=True, slots=True)
class Document:
    """One title in one language. `fields` are searched with the weights the engine was given."""

    id: str
    language: str
    fields: dict[str, str]
    """Several values of a field, as people or other names, stand on lines of their own."""
    tags: tuple[str, ...] = ()
    """Exact terms to filter by: genre:drama, maturity:13 …"""
    popularity: float = 0.0
    day: int = 0
    """Since 1970: what came lately comes a little before what is as close."""


@dataclass(frozen=True, slots=True)
class Hit:
    id: str
    score: float
    """Between 0 and about 1.2: how close the words are, and a little for what is popular, new and in the language."""
    tags: tuple[str, ...] = ()
    meant: str = ""
    """The query with its mistaken words as this document has them. Empty: there were none."""


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    language: str | None = None
    """Prefer this language; others are still found."""
    any_of: tuple[tuple[str, ...], ...] = field(default=())
    """Each inner tuple: at least one of these tags."""
    limit: int = 20
    day: int = 0
    """Today, since 1970."""


def plain(text: str) -> str:
    """As searches see it: its words without case, accents and punctuation."""
    return " ".join(word for word, _ in words(text))


class Search(Protocol):
    async def put(self, documents: Sequence[Document]) -> None:
        """Replace by (id, language). Visible to queries when this returns; durable."""
        ...

    async def remove(self, ids: Sequence[str]) -> None: ...

    async def query(self, query: Query) -> list[Hit]:
        """Best first, one hit an id. An empty text matches everything, by popularity."""
        ...

    async def close(self) -> None: ...
