"""What catalog may expect of a search engine. Filters are applied before ranking."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Document:
    """One title in one language. `fields` are searched with the weights the engine was given."""

    id: str
    language: str
    fields: dict[str, str]
    tags: tuple[str, ...] = ()
    """Exact terms to filter by: genre:drama, maturity:13 …"""
    popularity: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    language: str | None = None
    """Prefer this language; others are still found."""
    any_of: tuple[tuple[str, ...], ...] = field(default=())
    """Each inner tuple: at least one of these tags."""
    limit: int = 20


class Search(Protocol):
    async def put(self, documents: Sequence[Document]) -> None:
        """Replace by (id, language). Visible to queries when this returns; durable."""
        ...

    async def remove(self, ids: Sequence[str]) -> None: ...

    async def query(self, query: Query) -> list[Hit]:
        """Best first, one hit an id. An empty text matches everything, by popularity."""
        ...

    async def close(self) -> None: ...
