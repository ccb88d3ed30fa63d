"""Advanced SubStation Alpha: its styles and the overrides in its words, as far as other formats can say them.

Drawings, movement, karaoke and fonts are left out. What is left are the words, how they look, and in which of nine places.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from matinee.studio.encoding.model.text.cue import PLAIN, Span, StyledCue, cue_of
from matinee.studio.encoding.model.text.numpad import placed_by

_OVERRIDE = re.compile(r"\\(1?c&[Hh][0-9A-Fa-f]*&?|an?[0-9]{1,2}|[biup]-?[0-9]{0,4}|r[^\\}]*)")
_TIME = re.compile(r"\s*(-?)([0-9]{1,5}):([0-9]{1,2}):([0-9]{1,2})[.:]([0-9]{1,3})\s*\Z")
_NUMBER = re.compile(r"[0-9]{1,4}")
_EVENT_FIELDS = ("Layer", "Start", "End", "Style", "Name", "MarginL", "MarginR", "MarginV", "Effect", "Text")
_BOLD_FROM = 600
_OLD_PLACES = {1: 1, 2: 2, 3: 3, 5: 7, 6: 8, 7: 9, 9: 4, 10: 5, 11: 6}
"""SSA's own count of the places, still in `\\a`."""


@dataclass(frozen=True, slots=True)
class _Look:
    span: Span = PLAIN
    place: int = 2


def read(text: str) -> Iterator[StyledCue]:
    looks: dict[str, _Look] = {}
    styles: Sequence[str] = ()
    events: Sequence[str] = _EVENT_FIELDS
    section = ""
    for line in text.split("\n"):
        key, _, value = line.partition(":")
        if line.startswith("["):
            section = line.strip().lower()
        elif key == "Format":
            named = tuple(name.strip() for name in value.split(","))
            styles, events = (named, events) if "styles" in section else (styles, named)
        elif key == "Style":
            fields = dict(zip(styles, (part.strip() for part in value.split(",")), strict=False))
            looks[fields.get("Name", "")] = _look_of(fields, is_old="v4 styles" in section)
        elif key == "Dialogue":
            yield from _dialogue(dict(zip(events, value.split(",", len(events) - 1), strict=False)), looks)


def _dialogue(fields: Mapping[str, str], looks: Mapping[str, _Look]) -> Iterator[StyledCue]:
    start, end = _TIME.match(fields.get("Start", "")), _TIME.match(fields.get("End", ""))
    if not start or not end:
        return
    look = looks.get(fields.get("Style", "").strip().lstrip("*")) or looks.get("Default") or _Look()
    spans, place = _spoken(fields.get("Text", ""), look, looks)
    yield placed_by(place, cue_of(_ms(start), _ms(end), spans))


def _spoken(words: str, look: _Look, looks: Mapping[str, _Look]) -> tuple[list[Span], int]:
    """The words with their overrides. A drawing is no words."""
    spans: list[Span] = []
    now, place, is_drawing = look.span, look.place, False
    for piece, overrides in _pieces(words):
        if piece and not is_drawing:
            plain = piece.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", "\u00a0")
            spans.append(replace(now, text=plain))
        for override in _OVERRIDE.findall(overrides):
            if override.startswith("an"):
                place = int(override[2:])
            elif override.startswith("a"):
                place = _OLD_PLACES.get(int(override[1:]), place)
            elif override.startswith("p"):
                is_drawing = override[1:] not in ("", "0")
            elif override.startswith("r"):
                now = (looks.get(override[1:].strip()) or look).span
            else:
                now = _overridden(now, override, look.span)
    return spans, place


def _pieces(words: str) -> Iterator[tuple[str, str]]:
    """Words, each with the block of overrides that comes after. A brace that nothing closes is a word."""
    at = 0
    while (begin := words.find("{", at)) >= 0 and (end := words.find("}", begin)) >= 0:
        yield words[at:begin], words[begin + 1 : end]
        at = end + 1
    yield words[at:], ""


def _overridden(now: Span, override: str, usual: Span) -> Span:
    """An override without a value goes back to the style's."""
    if "c" in override:
        return replace(now, color=_color(override.partition("&")[2]) or usual.color)
    name, value = override[0], override[1:]
    if name == "b":
        return replace(now, bold=_is_bold(value) if value else usual.bold)
    if name == "i":
        return replace(now, italic=value != "0" if value else usual.italic)
    return replace(now, underline=value != "0" if value else usual.underline)


def _look_of(fields: Mapping[str, str], *, is_old: bool) -> _Look:
    alignment = fields.get("Alignment", "2")
    place = int(alignment) if _NUMBER.fullmatch(alignment) else 2
    color = fields.get("PrimaryColour", "")
    span = Span(
        "",
        italic=_is_on(fields.get("Italic", "0")),
        bold=_is_bold(fields.get("Bold", "0")),
        underline=_is_on(fields.get("Underline", "0")),
        color=_color(color) if "&" in color else None,
    )
    return _Look(span, _OLD_PLACES.get(place, 2) if is_old else place)


def _is_on(value: str) -> bool:
    return value not in ("", "0")


def _is_bold(value: str) -> bool:
    """A truth, or a weight: 700 is bold."""
    return value in ("1", "-1") or (_NUMBER.fullmatch(value) is not None and int(value) >= _BOLD_FROM)


def _color(value: str) -> str | None:
    """Blue, green, red; what stands before them is how far one sees through."""
    digits = value.strip("&Hh ").rjust(6, "0")[-6:].lower()
    return f"#{digits[4:6]}{digits[2:4]}{digits[0:2]}" if re.fullmatch("[0-9a-f]{6}", digits) else None


def _ms(time: re.Match[str]) -> int:
    sign, hours, minutes, seconds, fraction = time.groups()
    total = (int(hours) * 60 + int(minutes)) * 60_000 + int(seconds) * 1000 + int(fraction.ljust(3, "0"))
    return -total if sign else total
