"""The two files `matinee bench search` reads, a JSON object a line: titles, and questions with the answers that are right.

A title: `{"id": "t1", "names": {"en": "The Paper Boat"}, "synopsis": {"en": "…"}, "aliases": ["…"], "cast": ["…"],
"genres": ["drama"], "type": "movie", "year": 1999, "maturity": 13, "popularity": 12.5}`; only `id` and `names` must be there.
A question: `{"text": "papr boat", "language": "en", "expected": ["t1"], "kind": "typo"}`; `text` and `expected` must be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from matinee.kernel.errors import InvalidInput

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class BenchTitle:
    id: str
    names: dict[str, str]
    synopsis: dict[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    type: str = "movie"
    year: int | None = None
    maturity: int = 0
    popularity: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    expected: tuple[str, ...]
    """Any of these is a right answer."""
    language: str | None = None
    kind: str = "given"


def read_titles(path: Path) -> list[BenchTitle]:
    return _lines(path, BenchTitle)


def read_questions(path: Path) -> list[Question]:
    return _lines(path, Question)


def as_lines(values: Sequence[BenchTitle | Question]) -> bytes:
    return b"".join(msgspec.json.encode(value) + b"\n" for value in values)


def _lines(path: Path, kind: type[_T]) -> list[_T]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.", field="file") from None
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=kind))
            except msgspec.MsgspecError as error:
                raise InvalidInput(f"{path.name}, line {number}: {error}.", field="file") from None
    if not found:
        raise InvalidInput(f"{path} has no lines to read.", field="file")
    return found
