"""Which texts may stand in the catalog: what is invisible, turns the reading around, or pretends to be another letter may not."""

import re
import unicodedata
from functools import lru_cache

_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "GEORGIAN", "CHEROKEE", "LISU"})
"""Scripts with letters that look alike. A word is written in one of them."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINING = frozenset("\u200c\u200d\u200e\u200f\u061c")
"""Invisible, and needed: Hindi, Persian and emoji join and part letters by them; the marks place punctuation."""
_MARKS_IN_A_ROW = 4
_WORD = re.compile(r"[^\W\d_]+")

Fault = tuple[str, str]
"""What is wrong, and what to do."""


def tidied(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def fault(text: str, *, length_max: int, lines: bool = False) -> Fault | None:
    if len(text) > length_max:
        return f"It has {len(text)} characters.", f"Shorten it to {length_max}."
    if text.isascii() and text.isprintable():
        return None
    return _hidden(text, lines=lines) or _piled(text) or _mixed(text)


def _hidden(text: str, *, lines: bool) -> Fault | None:
    for place, letter in enumerate(text, 1):
        if letter in _JOINING or (lines and letter == "\n"):
            continue
        kind = unicodedata.category(letter)
        name = f"U+{ord(letter):04X} at character {place}"
        if letter in _TURNING:
            return f"{name} turns the direction of what follows.", "Take it out; text knows its own direction."
        if kind in ("Cc", "Zl", "Zp"):
            return f"{name} is a control character.", "Take it out."
        if kind == "Cf":
            return f"{name} is invisible.", "Take it out."
        if kind in ("Cs", "Co", "Cn"):
            return f"{name} is no character of Unicode.", "Write it with characters that everybody has."
    return None


def _piled(text: str) -> Fault | None:
    row = 0
    for letter in text:
        row = row + 1 if unicodedata.combining(letter) else 0
        if row > _MARKS_IN_A_ROW:
            return "More marks stand on one letter than any language has.", f"Leave at most {_MARKS_IN_A_ROW}."
    return None


def _mixed(text: str) -> Fault | None:
    for word in _WORD.findall(text):
        scripts = sorted({script for letter in word if (script := _script(letter)) is not None})
        if len(scripts) > 1:
            mixed = " and ".join(script.capitalize() for script in scripts)
            return f"The word {word!r} mixes {mixed} letters, which look alike.", "Write each word in one script."
    return None


@lru_cache(maxsize=4096)
def _script(letter: str) -> str | None:
    """One of those that look alike. None: none of them."""
    first = unicodedata.name(letter, "").split(" ")[0]
    return first if first in _ALIKE else None
