"""Catalog's door for whoever looks for a title: search with all that belongs to it, and what was wished for in vain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from matinee.control.catalog.api import Title, Viewer
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, seconds

FACETS = ("type", "genre", "language", "decade")


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody looks for."""

    text: str
    language: str | None = None
    """Of the pages; else the viewer's."""
    within: Mapping[str, str] = field(default_factory=dict)
    """By facet: only what is of this genre, this decade …"""
    limit: int = 20
    counts: bool = False
    """Of the facets too."""
    is_final: bool = False
    """They stopped typing. What is found in vain is then noted as a wish."""


@dataclass(frozen=True, slots=True)
class FacetCount:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    titles: tuple[Title, ...] = ()
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    """Counted over what this viewer may see of the first hundred that were found."""
    did_you_mean: str | None = None
    instead: tuple[Title, ...] = ()
    """Where nothing was found: what can be watched."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What people looked for and did not find. Nobody is named."""

    text: str
    country: str
    count: int
    last_at: Instant


class Finding(Protocol):
    @call(idempotent=True, timeout=seconds(3))
    async def find(self, viewer: Viewer, look: Look, *, at: Instant) -> Found:
        """Only what this viewer may see at this moment, best first: nothing else is counted, suggested or ranked."""
        ...

    @call(idempotent=True)
    async def genres(self, viewer: Viewer, *, at: Instant) -> Sequence[FacetCount]:
        """Of what this viewer may see, the most first."""
        ...

    @call(idempotent=True)
    async def of_genre(self, viewer: Viewer, genre: str, *, at: Instant, limit: int = 60) -> Sequence[Title]:
        """The most popular first."""
        ...

    @call(idempotent=True)
    async def wishes(self, *, limit: int = 100) -> Sequence[Wish]:
        """For operators, the most wished for first."""
        ...
