"""How soon and how well search answers, beside SQLite's FTS5 and plain BM25, on a made catalog or on anybody's files."""

import argparse
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.app.doors import Doors
from matinee.app.engines import open_search
from matinee.bench.report import Figure, Report, percentile
from matinee.bench.search_catalog import Catalogue
from matinee.bench.search_files import BenchTitle, Question, read_questions, read_titles
from matinee.bench.search_questions import Asking
from matinee.bench.search_rivals import Fts5, PlainBm25
from matinee.control.catalog.service.found_by import document_fields
from matinee.engines.search.port import Document, Query, Search
from matinee.kernel.clock import Clock

Say = Callable[[str], None]
Find = Callable[[Question], Awaitable[Sequence[str]]]

_TITLES, _LIMIT, _EACH = 20_000, 10, 24
_P50_MS, _P99_MS, _SUCCESS, _RECIPROCAL = 3.0, 15.0, 0.95, 0.90
_WARM_UP = 50


@dataclass(slots=True)
class Marks:
    """Of one engine over many questions."""

    ms: list[float] = field(default_factory=list)
    first: dict[str, list[int]] = field(default_factory=dict)
    """By kind: at which place the first right answer stood, from 1; 0: among none of the ten."""
    missed: list[dict[str, object]] = field(default_factory=list)

    def note(self, question: Question, found: Sequence[str], ms: float) -> None:
        self.ms.append(ms)
        place = next((at for at, one in enumerate(found, 1) if one in question.expected), 0)
        self.first.setdefault(question.kind, []).append(place)
        if not 0 < place <= 3:
            missed = {"kind": question.kind, "text": question.text, "expected": question.expected[:3], "place": place}
            self.missed.append({**missed, "found": tuple(found[:3])})

    @property
    def places(self) -> list[int]:
        return [place for places in self.first.values() for place in places]


def success(places: Sequence[int], within: int = 3) -> float:
    return sum(0 < place <= within for place in places) / len(places)


def reciprocal(places: Sequence[int]) -> float:
    return sum(1 / place for place in places if place) / len(places)


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    clock = doors.clock
    titles, questions, held_out = _input(options, say)
    with TemporaryDirectory() as folder:
        search = open_search(Path(folder))
        say(f"putting {len(titles):,} titles")
        began = clock.monotonic()
        await search.put([document for title in titles for document in documents(title)])
        put_s = clock.monotonic() - began
        marks = {"Matinee": await _ask(_engine(search), questions, clock)}
        held = await _ask(_engine(search), held_out, clock) if held_out else None
        await search.close()
    for rival in (Fts5(titles), PlainBm25(titles)):
        say(f"asking {rival.name}")
        marks[rival.name] = await _ask(_plainly(rival.find), questions, clock)
    figures = [*_figures(marks["Matinee"]), Figure("put everything", put_s, "s")]
    if held is not None:
        figures += [
            Figure("held out: success@3", success(held.places), "", _SUCCESS, "higher"),
            Figure("held out: MRR", reciprocal(held.places), "", _RECIPROCAL, "higher"),
        ]
    tables = {"engines": _engines(marks), "kinds": _kinds(marks), "missed": marks["Matinee"].missed[:60]}
    described = {"titles": len(titles), "documents": sum(len(t.names) for t in titles), "questions": len(questions)}
    return Report("search", {**described, "seed": options.seed, "files": options.queries is not None}, figures, tables)


def _input(options: argparse.Namespace, say: Say) -> tuple[list[BenchTitle], list[Question], list[Question]]:
    if options.queries is not None:
        return read_titles(options.titles), read_questions(options.queries), []
    count = options.titles or _TITLES
    say(f"making {count:,} titles and questions about them")
    made = Catalogue(options.seed).make(count)
    return (
        list(made.titles),
        Asking(made, options.seed).all(_EACH),
        Asking(made, f"{options.seed}, held out").all(_EACH),
    )


def documents(title: BenchTitle) -> list[Document]:
    return [
        Document(
            title.id,
            language,
            document_fields([name, *title.aliases], title.cast, title.genres, title.synopsis.get(language, "")),
            (f"maturity:{title.maturity}",),
            title.popularity,
        )
        for language, name in title.names.items()
    ]


def _engine(search: Search) -> Find:
    async def find(question: Question) -> Sequence[str]:
        return [hit.id for hit in await search.query(Query(question.text, question.language, limit=_LIMIT))]

    return find


def _plainly(find: Callable[[str, int], list[str]]) -> Find:
    async def found(question: Question) -> Sequence[str]:
        return find(question.text, _LIMIT)

    return found


async def _ask(find: Find, questions: Sequence[Question], clock: Clock) -> Marks:
    for question in questions[:_WARM_UP]:
        await find(question)
    marks = Marks()
    for question in questions:
        began = clock.monotonic()
        found = await find(question)
        marks.note(question, found, (clock.monotonic() - began) * 1000)
    return marks


def _figures(marks: Marks, name: str = "") -> list[Figure]:
    return [
        Figure(f"{name}p50", percentile(marks.ms, 0.5), "ms", _P50_MS),
        Figure(f"{name}p99", percentile(marks.ms, 0.99), "ms", _P99_MS),
        Figure(f"{name}success@3", success(marks.places), "", _SUCCESS, "higher"),
        Figure(f"{name}MRR", reciprocal(marks.places), "", _RECIPROCAL, "higher"),
    ]


def _engines(marks: Mapping[str, Marks]) -> list[dict[str, object]]:
    return [
        {
            "engine": name,
            "p50_ms": round(percentile(mine.ms, 0.5), 3),
            "p99_ms": round(percentile(mine.ms, 0.99), 3),
            "success_at_1": round(success(mine.places, 1), 4),
            "success_at_3": round(success(mine.places), 4),
            "mrr": round(reciprocal(mine.places), 4),
        }
        for name, mine in marks.items()
    ]


def _kinds(marks: Mapping[str, Marks]) -> list[dict[str, object]]:
    rows = []
    for kind in next(iter(marks.values())).first:
        row: dict[str, object] = {"kind": kind}
        for name, mine in marks.items():
            places = mine.first[kind]
            row[name] = f"{success(places):.3f} / {reciprocal(places):.3f}"
        rows.append(row)
    return rows
