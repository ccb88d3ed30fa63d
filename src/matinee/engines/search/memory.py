"""Search over documents in memory, for simulated time: what the index in a folder finds, by looking at every document.

Small on purpose: a simulated catalog has some dozens of titles. The words and the ranking's order are the embedded
engine's; its scores are not.
"""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from matinee.engines.search.port import Document, Hit, Query
from matinee.engines.search.words import index_terms, query_terms

_EXACT, _PREFIX, _FUZZY = 4.0, 1.5, 0.6
_LANGUAGE_BONUS = 1.0
_TERMS_MAX = 12
_FORGIVEN_PREFIX_LENGTH_MIN = 5


@dataclass(frozen=True, slots=True)
class Indexed:
    document: Document
    terms: Mapping[str, frozenset[str]]
    """By field."""


Shelf = dict[tuple[str, str], Indexed]
"""What survives the process, by (id, language)."""


class MemorySearch:
    """`settle` is how long the disk takes: a process killed before it ends has put nothing."""

    def __init__(self, weights: Mapping[str, float], shelf: Shelf, *, settle: Callable[[], Awaitable[None]]) -> None:
        self._weights = dict(weights)
        self._shelf = shelf
        self._settle = settle

    async def put(self, documents: Sequence[Document]) -> None:
        if not documents:
            return
        indexed = {(document.id, document.language): self._indexed(document) for document in documents}
        await self._settle()
        self._shelf.update(indexed)

    async def remove(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        await self._settle()
        for key in [key for key in self._shelf if key[0] in ids]:
            del self._shelf[key]

    async def query(self, query: Query) -> list[Hit]:
        terms = query_terms(query.text)[:_TERMS_MAX]
        if query.text.strip() and not terms:
            return []  # punctuation only: asking for everything was not meant
        best: dict[str, tuple[float, float]] = {}
        for one in self._shelf.values():
            document = one.document
            if not all(any(tag in document.tags for tag in alternatives) for alternatives in query.any_of):
                continue
            score = self._score(one, terms, query.language) if terms else document.popularity
            if score is not None:
                best[document.id] = max((score, document.popularity), best.get(document.id, (-math.inf, 0.0)))
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))
        return [Hit(found, score) for found, (score, _) in ranked[: query.limit]]

    async def close(self) -> None:
        """Nothing is open."""

    def _indexed(self, document: Document) -> Indexed:
        fields = {name: frozenset(index_terms(document.fields.get(name, ""))) for name in self._weights}
        return Indexed(document, fields)

    def _score(self, one: Indexed, terms: Sequence[tuple[str, bool]], language: str | None) -> float | None:
        """None where too few of the terms are there: of more than two, three quarters must be."""
        each = [self._term_score(one, term, is_word) for term, is_word in terms]
        enough = len(terms) if len(terms) <= 2 else math.ceil(0.75 * len(terms))
        if sum(score > 0 for score in each) < enough:
            return None
        bonus = _LANGUAGE_BONUS if one.document.language == language else 0.0
        # Popularity breaks ties; it must not lift a poor match over a good one.
        return (math.fsum(each) + bonus) * (1.0 + 0.15 * math.log1p(max(0.0, one.document.popularity)))

    def _term_score(self, one: Indexed, term: str, is_word: bool) -> float:
        scores = (weight * _likeness(one.terms[name], term, is_word) for name, weight in self._weights.items())
        return max(scores, default=0.0)


def _likeness(words: frozenset[str], term: str, is_word: bool) -> float:
    if term in words:
        return _EXACT
    if not is_word:
        return 0.0
    if len(term) >= 2 and any(word.startswith(term) for word in words):
        return _PREFIX
    mistakes = 0 if len(term) < 4 else 1 if len(term) < 8 else 2
    return _FUZZY if mistakes and any(_is_near(word, term, mistakes) for word in words) else 0.0


def _is_near(word: str, term: str, mistakes: int) -> bool:
    """Within this many changed, missing, extra or exchanged letters; of a longer term, of the word's beginning."""
    is_prefix = len(term) >= _FORGIVEN_PREFIX_LENGTH_MIN
    if not is_prefix and abs(len(word) - len(term)) > mistakes:
        return False
    before: list[int] = []
    row = list(range(len(term) + 1))
    nearest = row[-1]
    for at, letter in enumerate(word, 1):
        older, before, row = before, row, [at]
        for place, wanted in enumerate(term, 1):
            cost = min(before[place] + 1, row[-1] + 1, before[place - 1] + (letter != wanted))
            if at > 1 and place > 1 and letter == term[place - 2] and word[at - 2] == wanted:
                cost = min(cost, older[place - 2] + 1)
            row.append(cost)
        nearest = min(nearest, row[-1])
        if min(row) > mistakes:
            break
    return (nearest if is_prefix else row[-1]) <= mistakes
