"""Which way words run: their first letter says so (UAX #9, rule P2), and what a format says beyond that becomes a mark."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from matinee.studio.encoding.model.text.cue import Span

_RIGHT_TO_LEFT_MARK = "\u200f"


def runs_right_to_left(text: str) -> bool:
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)


def marked(spans: Sequence[Span], *, is_rtl: bool) -> tuple[Span, ...]:
    """Words that are said to run from right to left, but begin with a letter that does not, get a mark before it."""
    if not spans or not is_rtl or runs_right_to_left("".join(span.text for span in spans)):
        return tuple(spans)
    return (replace(spans[0], text=_RIGHT_TO_LEFT_MARK + spans[0].text), *spans[1:])
