"""Search over documents in memory, for simulated time: what the index in a folder finds, by looking at every document.

Small on purpose: a simulated catalog has some dozens of titles.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from matinee.engines.search.analysis import Value, asked, values
from matinee.engines.search.closeness import CLOSE_MIN, Judge, factors
from matinee.engines.search.port import UNCOUNTED, Document, Hit, Query


@dataclass(frozen=True, slots=True)
class Indexed:
    document: Document
    values: tuple[Value, ...]


Shelf = dict[tuple[str, str], Indexed]
"""What survives the process, by (id, language)."""


class MemorySearch:
    """`settle` is how long the disk takes: a process killed before it ends has put nothing."""

    def __init__(self, weights: Mapping[str, float], shelf: Shelf, *, settle: Callable[[], Awaitable[None]]) -> None:
        self._names = sorted(weights)
        self._factors = factors(weights)
        self._shelf = shelf
        self._settle = settle

    async def put(self, documents: Sequence[Document]) -> None:
        if not documents:
            return
        indexed = {(d.id, d.language): Indexed(d, values(d.fields, self._names)) for d in documents}
        await self._settle()
        self._shelf.update(indexed)

    async def remove(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        await self._settle()
        for key in [key for key in self._shelf if key[0] in ids]:
            del self._shelf[key]

    async def query(self, query: Query) -> list[Hit]:
        what = asked(query.text)
        if query.text.strip() and not what.tokens:
            return []  # punctuation only: asking for everything was not meant
        judge = Judge(what, self._factors, query.language, query.day)
        passing = [one for one in self._shelf.values() if _passes(one.document, query)]
        judged = judge.all([one.values for one in passing]) if what.tokens else [CLOSE_MIN] * len(passing)
        best: dict[str, Hit] = {}
        for one, closeness in zip(passing, judged, strict=True):
            found = _hit(judge, one, closeness) if what.tokens else _popular(one.document)
            if closeness >= CLOSE_MIN and (found.id not in best or best[found.id].score < found.score):
                best[found.id] = found
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.id))[: query.limit]

    async def close(self) -> None:
        """Nothing is open."""


def _passes(document: Document, query: Query) -> bool:
    return all(any(tag in document.tags for tag in alternatives) for alternatives in query.any_of)


def _hit(judge: Judge, one: Indexed, closeness: float) -> Hit:
    document = one.document
    extras = judge.extras(language=document.language, popularity=document.popularity, day=document.day)
    return Hit(document.id, closeness + extras, _counted(document), judge.meant(one.values))


def _popular(document: Document) -> Hit:
    return Hit(document.id, document.popularity, _counted(document))


def _counted(document: Document) -> tuple[str, ...]:
    return tuple(tag for tag in document.tags if not tag.startswith(UNCOUNTED))
