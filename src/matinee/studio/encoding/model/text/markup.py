"""Tags in words, as SubRip and WebVTT have them, to spans that look like that."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from matinee.studio.encoding.model.text.colors import color_of
from matinee.studio.encoding.model.text.cue import PLAIN, Span

# Possessive: a name that was read is never given back letter by letter, so a tag without an end is read once.
_TAG = re.compile(r"<(/?)([A-Za-z]*+)([^<>]*+)>")
_KNOWN = ("i", "b", "u", "c", "v", "font", "ruby", "rt", "lang")
_FONT_COLOR = re.compile(r"color\s*=\s*[\"']?([#\w(),. ]+?)[\"']?(?:\s|$)", re.I)
_OPEN_MAX = 64
"""Tags within tags. Those further inside change nothing."""
_NO_LETTER = re.compile(r"&#[0-9]{8,};?")
"""Unicode ends at seven digits."""


@dataclass(slots=True)
class _Reader:
    """What is open at a place in the words."""

    colors: Mapping[str, str]
    open: list[tuple[str, Span]] = field(default_factory=list)
    look: Span = PLAIN
    base: list[str] | None = None
    """Words whose reading comes next."""
    reading: list[str] | None = None

    def begin(self, name: str, rest: str) -> None:
        if len(self.open) == _OPEN_MAX:
            return
        self.open.append((name, self.look))
        if name == "i":
            self.look = replace(self.look, italic=True)
        elif name == "b":
            self.look = replace(self.look, bold=True)
        elif name == "u":
            self.look = replace(self.look, underline=True)
        elif name == "font" and (found := _FONT_COLOR.search(rest)):
            self.look = replace(self.look, color=color_of(found[1]) or self.look.color)
        elif name == "c":
            named = [self.colors.get(each) or color_of(each) for each in rest.split(".") if each]
            self.look = replace(self.look, color=next(filter(None, named), self.look.color))
        elif name == "ruby":
            self.base = []
        elif name == "rt":
            self.reading = []

    def end(self, name: str) -> Iterator[Span]:
        if name in ("rt", "ruby"):
            yield from self.read()
        if name == "ruby":
            self.base = None
        # A tag that was never opened closes nothing; those left open inside are closed with it.
        if any(opened == name for opened, _ in self.open):
            while self.open:
                opened, self.look = self.open.pop()
                if opened == name:
                    break

    def words(self, text: str) -> Iterator[Span]:
        if self.reading is not None:
            self.reading.append(text)
        elif self.base is not None:
            self.base.append(text)
        elif text:
            yield replace(self.look, text=text)

    def read(self) -> Iterator[Span]:
        """The base with its reading, once both are known."""
        if self.base:
            reading = None if self.reading is None else "".join(self.reading)
            yield replace(self.look, text="".join(self.base), ruby=reading)
            self.base = []
        self.reading = None


def spans_of(text: str, colors: Mapping[str, str], *, keeps_unknown: bool) -> Iterator[Span]:
    """`colors` by the classes of a style sheet. `keeps_unknown`: what only looks like a tag is words, as in SubRip."""
    reader, at = _Reader(colors), 0
    for tag in _TAG.finditer(text):
        closing, name, rest = tag[1], tag[2].lower(), tag[3]
        if name not in _KNOWN and keeps_unknown:
            continue
        yield from reader.words(_unescaped(text[at : tag.start()]))
        at = tag.end()
        if name not in _KNOWN:
            continue
        if closing:
            yield from reader.end(name)
        else:
            reader.begin(name, rest)
    yield from reader.words(_unescaped(text[at:]))
    yield from reader.read()


def _unescaped(text: str) -> str:
    return html.unescape(_NO_LETTER.sub("\ufffd", text))
