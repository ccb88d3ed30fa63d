"""The stories of finding: search for one viewer, what was meant, what there is instead, and what people wish for."""

from collections import Counter
from collections.abc import Mapping, Sequence

from matinee.control.catalog import store
from matinee.control.catalog.api import Title, Viewer
from matinee.control.catalog.api.finding import FACETS, FacetCount, Found, Look, Wish
from matinee.control.catalog.api.ratings import RatingSystem
from matinee.control.catalog.model.opening_tags import viewer_tags
from matinee.control.catalog.model.visibility import judge, rights_of
from matinee.control.catalog.service.found_by import day_of, maturity_tag
from matinee.control.catalog.service.synonyms import synonyms
from matinee.control.catalog.store import finding as wishes_store
from matinee.engines.database.port import Database, Work
from matinee.engines.search.port import Hit, Query, Search, plain
from matinee.kernel.ids import TitleId
from matinee.kernel.log import logger
from matinee.kernel.quantities import Instant

_TEXT_MAX = 200
_COUNTED = 100
_INSTEAD = 12
_GENRES_OF = 2_000
_WISH_MIN, _WISH_MAX = 3, 80
_VALUES_MAX = 20

_log = logger("catalog")


class FindingService:
    def __init__(self, database: Database, search: Search, other_words: str = "") -> None:
        self._database = database
        self._search = search
        self._synonyms = synonyms(other_words)
        self._levels = RatingSystem().levels

    async def find(self, viewer: Viewer, look: Look, *, at: Instant) -> Found:
        wanted = max(look.limit, _COUNTED) if look.counts else look.limit
        hits = await self._visible(viewer, look, at=at, wanted=wanted)
        titles = await self._titles(viewer, hits[: look.limit], at=at)
        if not titles:
            instead = await self._instead(viewer, at=at)
            if look.is_final and not look.within:
                await self._note_wish(viewer, look.text, at=at)
            return Found(instead=tuple(instead))
        facets = _facets(hits) if look.counts else {}
        return Found(tuple(titles), facets, _meant(hits))

    async def genres(self, viewer: Viewer, *, at: Instant) -> Sequence[FacetCount]:
        hits = await self._visible(viewer, Look(""), at=at, wanted=_GENRES_OF)
        return _facets(hits).get("genre", ())

    async def of_genre(self, viewer: Viewer, genre: str, *, at: Instant, limit: int = 60) -> Sequence[Title]:
        look = Look("", within={"genre": genre}, limit=limit)
        return await self._titles(viewer, await self._visible(viewer, look, at=at, wanted=limit), at=at)

    async def wishes(self, *, limit: int = 100) -> Sequence[Wish]:
        return await self._database.read(lambda work: wishes_store.wishes(work, limit))

    async def _visible(self, viewer: Viewer, look: Look, *, at: Instant, wanted: int) -> list[Hit]:
        """As many as are wanted while there are so many: the tags let hardly anything through that is judged away after."""
        asked = wanted
        while True:
            hits = await self._hits(viewer, look, at=at, limit=asked)
            seen = await self._seen(viewer, hits, at=at)
            if len(seen) >= wanted or len(hits) < asked:
                return seen[:wanted]
            asked *= 4

    async def _seen(self, viewer: Viewer, hits: Sequence[Hit], *, at: Instant) -> list[Hit]:
        ids = [TitleId(hit.id) for hit in hits]
        rights = await self._database.read(lambda work: store.rights(work, ids))
        visible = {one for one, its in rights.items() if judge(viewer, its, at=at).visible}
        return [hit for hit in hits if hit.id in visible]

    async def _hits(self, viewer: Viewer, look: Look, *, at: Instant, limit: int) -> list[Hit]:
        filters = (
            tuple(maturity_tag(age) for age in self._levels if age <= viewer.maturity),
            viewer_tags(viewer, at=at),
            *((f"{facet}:{value}",) for facet, value in look.within.items()),
        )
        language, text = look.language or viewer.language, look.text[:_TEXT_MAX]
        hits = await self._search.query(Query(text, language, filters, limit, day_of(at)))
        for other in self._synonyms(text):
            known = {hit.id for hit in hits}
            more = await self._search.query(Query(other, language, filters, limit, day_of(at)))
            hits = sorted([*hits, *(hit for hit in more if hit.id not in known)], key=lambda hit: (-hit.score, hit.id))
        return hits[:limit]

    async def _titles(self, viewer: Viewer, hits: Sequence[Hit], *, at: Instant) -> list[Title]:
        ids = [TitleId(hit.id) for hit in hits]
        found = {title.id: title for title in await self._database.read(lambda work: store.titles(work, ids))}
        return [found[i] for i in ids if i in found and judge(viewer, rights_of(found[i]), at=at).visible]

    async def _instead(self, viewer: Viewer, *, at: Instant) -> Sequence[Title]:
        look = Look("", limit=_INSTEAD)
        return await self._titles(viewer, await self._visible(viewer, look, at=at, wanted=_INSTEAD), at=at)

    async def _note_wish(self, viewer: Viewer, text: str, *, at: Instant) -> None:
        wished = plain(text[:_TEXT_MAX])
        # What has many digits may be a number of somebody's: it is no film.
        if not _WISH_MIN <= len(wished) <= _WISH_MAX or sum(char.isdigit() for char in wished) > 4 or "@" in text:
            return

        def work(work: Work) -> None:
            wishes_store.note_wish(work, wished, viewer.country, at=at)

        await self._database.write(work)
        _log.info("nothing was found", wish=wished, country=viewer.country)


def _facets(hits: Sequence[Hit]) -> Mapping[str, tuple[FacetCount, ...]]:
    counted: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for hit in hits:
        for tag in hit.tags:
            facet, _, value = tag.partition(":")
            if facet in counted:
                counted[facet][value] += 1
    return {
        facet: tuple(
            FacetCount(value, count)
            for value, count in sorted(values.items(), key=lambda item: (-item[1], item[0]))[:_VALUES_MAX]
        )
        for facet, values in counted.items()
    }


def _meant(hits: Sequence[Hit]) -> str | None:
    """Only where the corrected words are in more of what this viewer sees than the words as they were typed."""
    corrected = Counter(hit.meant for hit in hits if hit.meant)
    as_typed = sum(1 for hit in hits if not hit.meant)
    if not corrected or not hits[0].meant:
        return None
    best = hits[0].meant
    return best if corrected[best] > as_typed or not _is_good(hits, as_typed) else None


def _is_good(hits: Sequence[Hit], as_typed: int) -> bool:
    return as_typed > 0 and max(hit.score for hit in hits if not hit.meant) >= hits[0].score
