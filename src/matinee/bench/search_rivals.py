"""What search is measured against: SQLite's FTS5 as one would write it in an afternoon, and BM25 over plain words."""

import math
import re
import sqlite3
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Protocol

from matinee.bench.search_files import BenchTitle


class Rival(Protocol):
    name: str

    def find(self, text: str, limit: int) -> list[str]: ...


class Fts5:
    """All words, the last one as a beginning; where nothing has all of them, any of them."""

    name = "SQLite FTS5"

    def __init__(self, titles: Sequence[BenchTitle]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE film USING fts5(id UNINDEXED, name, people, genres, synopsis,"
            " tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
        )
        self._database.executemany("INSERT INTO film VALUES (?, ?, ?, ?, ?)", _rows(titles))

    def find(self, text: str, limit: int) -> list[str]:
        words = [f'"{word}"' for word in _words(text)]
        if not words:
            return []
        words[-1] += "*"
        return self._ask(" AND ".join(words), limit) or self._ask(" OR ".join(words), limit)

    def _ask(self, match: str, limit: int) -> list[str]:
        found = self._database.execute(
            "SELECT id FROM film WHERE film MATCH ? ORDER BY bm25(film, 0, 4, 2, 1.5, 1) LIMIT ?", (match, limit * 3)
        )
        return list(dict.fromkeys(row[0] for row in found))[:limit]


class PlainBm25:
    """Robertson's formula over words without case and accents, k1 1.2 and b 0.75."""

    name = "plain BM25"

    def __init__(self, titles: Sequence[BenchTitle]) -> None:
        self._ids: list[str] = []
        self._lengths: list[int] = []
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for at, (one, *texts) in enumerate(_rows(titles)):
            counted = Counter(_words(" ".join(texts)))
            self._ids.append(one)
            self._lengths.append(counted.total())
            for word, count in counted.items():
                self._postings[word].append((at, count))
        self._mean = sum(self._lengths) / len(self._lengths)

    def find(self, text: str, limit: int) -> list[str]:
        scores: dict[str, float] = {}
        by_document: dict[int, float] = defaultdict(float)
        for word in _words(text):
            postings = self._postings.get(word, [])
            rarity = math.log(1 + (len(self._ids) - len(postings) + 0.5) / (len(postings) + 0.5))
            for at, count in postings:
                spread = 1.2 * (0.25 + 0.75 * self._lengths[at] / self._mean)
                by_document[at] += rarity * count * 2.2 / (count + spread)
        for at, score in by_document.items():
            scores[self._ids[at]] = max(score, scores.get(self._ids[at], 0.0))
        return sorted(scores, key=lambda one: (-scores[one], one))[:limit]


def _rows(titles: Sequence[BenchTitle]) -> list[tuple[str, str, str, str, str]]:
    return [
        (t.id, name, " ".join(t.cast), " ".join(t.genres), t.synopsis.get(language, ""))
        for t in titles
        for language, name in t.names.items()
    ]


def _words(text: str) -> list[str]:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.findall(r"\w+", bare)
