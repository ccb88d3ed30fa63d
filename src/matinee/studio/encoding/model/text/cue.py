"""A cue in words that every format of subtitles can say, or comes near to: when, what, how it looks, and where it stands."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from matinee.kernel.errors import Unsupported

Align = Literal["start", "center", "end", "left", "right"]
Vertical = Literal["", "rl", "lr"]
"""Columns of characters, from right to left as Japanese has them, or from left to right."""
WHITE = "#ffffff"
_LINE_MAX_PC = 95.0
_WIDTH_MIN_PC = 10.0
# What XML 1.0 cannot hold, and returns; no format has a use for them.
_NOT_TEXT = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RUNS = re.compile(r"\n+")
_BLANKS = " \t\n"


class TextRefused(Unsupported):
    """A file that holds no subtitles we can read; the sentence says why, and what to bring instead."""


@dataclass(frozen=True, slots=True)
class Span:
    """Words that look alike."""

    text: str
    italic: bool = False
    bold: bool = False
    underline: bool = False
    color: str | None = None
    """`#rrggbb`; None is the player's own, white."""
    ruby: str | None = None
    """How the words are read, small above them."""


PLAIN = Span("")


@dataclass(frozen=True, slots=True)
class StyledCue:
    start_ms: int
    end_ms: int
    spans: tuple[Span, ...]
    align: Align = "center"
    line: float | None = None
    """Where its first line stands, in percent of the picture's height from the top; None is at the bottom."""
    position: float | None = None
    """Where `align` holds it, in percent of the width from the left; None is where that is usual."""
    vertical: Vertical = ""

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


def cue_of(start_ms: int, end_ms: int, spans: Iterable[Span], where: StyledCue | None = None) -> StyledCue:
    """The one way to make a cue: spans that look alike become one, empty lines go, places off the picture are usual ones.

    So what is written in any format and read again is equal. `where` gives the place.
    """
    placed = where or StyledCue(0, 0, ())
    line = placed.line if placed.line is not None and 0 <= placed.line <= _LINE_MAX_PC else None
    position = placed.position if placed.position is not None and _has_room(placed.position, placed.align) else None
    return replace(
        placed,
        start_ms=start_ms,
        end_ms=end_ms,
        spans=_tidied(spans),
        line=None if line is None else round(line, 2),
        position=None if position is None else round(position, 2),
    )


def width_at(position: float, align: Align) -> float:
    """How wide text may become that is held there, in percent."""
    if align == "center":
        return 2 * min(position, 100 - position)
    return 100 - position if align in ("start", "left") else position


def _has_room(position: float, align: Align) -> bool:
    return 0 <= position <= 100 and width_at(position, align) >= _WIDTH_MIN_PC


def _tidied(spans: Iterable[Span]) -> tuple[Span, ...]:
    clean: list[Span] = []
    for span in spans:
        text = _RUNS.sub("\n", _NOT_TEXT.sub("", span.text))
        if not clean:
            text = text.lstrip(_BLANKS)
        elif clean[-1].text.endswith("\n"):
            text = text.lstrip("\n")
        if text:
            color = None if span.color == WHITE else span.color
            clean.append(replace(span, text=text, color=color, ruby=_reading(span, text)))
    found = _joined(clean)
    while found and not (text := found[-1].text.rstrip(_BLANKS)):
        found.pop()
    if found:
        found[-1] = replace(found[-1], text=found[-1].text.rstrip(_BLANKS))
    return tuple(found)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Neighbors that look alike become one. Words with a reading stay by themselves."""

    def look(numbered: tuple[int, Span]) -> tuple[Span, int | None]:
        number, span = numbered
        return replace(span, text=""), None if span.ruby is None else number

    groups = groupby(enumerate(spans), look)
    return [replace(alike, text="".join(span.text for _, span in group)) for (alike, _), group in groups]


def _reading(span: Span, text: str) -> str | None:
    """A reading belongs to words of one line."""
    if span.ruby is None or "\n" in text:
        return None
    return " ".join(_NOT_TEXT.sub("", span.ruby).split()) or None
