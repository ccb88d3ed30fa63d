"""The outside door of search: titles by words, genres to browse, and for operators what was looked for in vain."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from matinee.control.catalog.api import Card, card, viewer_of
from matinee.control.catalog.api.finding import FACETS, FacetCount, Finding, Look
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller

_LIMIT_MAX, _VALUE_MAX = 50, 60


@dataclass(frozen=True, slots=True)
class FacetBody:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchBody:
    items: tuple[Card, ...]
    """Best first."""
    facets: dict[str, list[FacetBody]] = field(default_factory=dict)
    """By type, genre, language and decade, of the first hundred found; only where `facets` was asked for."""
    did_you_mean: str | None = None
    instead: tuple[Card, ...] = ()
    """Where nothing was found: what can be watched."""


@dataclass(frozen=True, slots=True)
class WishBody:
    text: str
    country: str
    count: int
    last_at: Instant


def routes(finding: Finding, clock: Clock) -> list[HTTPRouteHandler]:
    @get("/search", summary="Titles by words, beginnings of words and words with mistakes, in any script")
    async def search(
        caller: NamedDependency[Caller],
        q: FromQuery[str] = "",
        limit: FromQuery[int] = 20,
        lang: FromQuery[str] = "",
        facets: FromQuery[bool] = False,
        final: FromQuery[bool] = False,
        genre: FromQuery[str] = "",
        type: FromQuery[str] = "",
        language: FromQuery[str] = "",
        decade: FromQuery[str] = "",
    ) -> SearchBody:
        """`final`: they stopped typing, so what is not found is noted as a wish, without who wished it."""
        chosen = dict(zip(FACETS, (type, genre, language, decade), strict=True))
        within = {facet: _value(facet, value) for facet, value in chosen.items() if value}
        look = Look(q, _value("lang", lang) or None, within, max(1, min(limit, _LIMIT_MAX)), facets, final)
        found = await finding.find(viewer_of(caller), look, at=clock.now())
        named = lang or caller.language
        return SearchBody(
            tuple(card(title, named) for title in found.titles),
            {facet: _bodies(counts) for facet, counts in found.facets.items()},
            found.did_you_mean,
            tuple(card(title, named) for title in found.instead),
        )

    @get("/browse/genres", summary="Genres of what this profile may see, with how many titles each has")
    async def genres(caller: NamedDependency[Caller]) -> list[FacetBody]:
        return _bodies(await finding.genres(viewer_of(caller), at=clock.now()))

    @get("/browse/genres/{genre:str}", summary="Titles of a genre, the most popular first")
    async def of_genre(genre: FromPath[str], caller: NamedDependency[Caller], limit: FromQuery[int] = 60) -> SearchBody:
        found = await finding.of_genre(
            viewer_of(caller), _value("genre", genre), at=clock.now(), limit=max(1, min(limit, 2 * _LIMIT_MAX))
        )
        return SearchBody(tuple(card(title, caller.language) for title in found))

    @get("/catalog/wishes", summary="What people looked for and did not find")
    async def wishes(operator: NamedDependency[Caller]) -> list[WishBody]:
        return [WishBody(w.text, w.country, w.count, w.last_at) for w in await finding.wishes()]

    return [search, genres, of_genre, wishes]


def _value(name: str, text: str) -> str:
    if len(text) > _VALUE_MAX:
        raise InvalidInput(f"{name} has at most {_VALUE_MAX} characters.", field=name)
    return text


def _bodies(counts: Sequence[FacetCount]) -> list[FacetBody]:
    return [FacetBody(each.value, each.count) for each in counts]
