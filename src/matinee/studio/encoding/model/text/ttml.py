"""TTML as IMSC's text profile and EBU-TT-D have it, read: times that nest, styles that are inherited, regions, ruby.

Names are matched without their namespaces: there are four generations of them, which mean the same.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from matinee.studio.encoding.model.text.colors import color_of
from matinee.studio.encoding.model.text.cue import Align, Span, StyledCue, TextRefused, Vertical, cue_of
from matinee.studio.encoding.model.text.direction import marked
from matinee.studio.encoding.model.text.times import Timing, timing_of
from matinee.studio.encoding.model.text.tree import tree_of

_INHERITED = (
    "color",
    "fontStyle",
    "fontWeight",
    "textDecoration",
    "textAlign",
    "direction",
    "visibility",
    "writingMode",
)
_STYLES = frozenset((*_INHERITED, "display", "displayAlign", "extent", "origin", "ruby"))
"""All that is looked at."""
_VALUE_MAX = 256
_ALIGNS: Mapping[str, Align] = {a: a for a in ("start", "center", "end", "left", "right")} | {"justify": "start"}
_VERTICALS: Mapping[str, Vertical] = {"tbrl": "rl", "tb": "rl", "tblr": "lr"}
_USUAL = (5.0, 5.0, 90.0, 90.0)
_BLANKS = " \t\r\n"
_RUNS = re.compile(r"[ \t\r\n]+")
_HELD = 2
_LOW_FROM_PC = 60.0
"""Words on the lower edge of a region that ends above this stand high, and are placed by its top."""

Look = Mapping[str, str]


def read(text: str) -> Iterator[StyledCue]:
    root = tree_of(text)
    if _name(root.tag) != "tt":
        raise TextRefused(f"The subtitles are XML, but not TTML: they begin with <{_name(root.tag)}>.")
    if any(_name(key) == "backgroundImage" for element in root.iter() for key in element.attrib):
        raise TextRefused(
            "These subtitles are pictures of text, which cannot become text. Bring SRT, WebVTT, ASS or TTML."
        )
    document = _Document(timing_of({_name(key): value for key, value in root.attrib.items()}))
    document.learn(root)
    body = next((child for child in root if _name(child.tag) == "body"), None)
    begun = _Place({k: v for k, v in document.own(root).items() if k in _INHERITED}, _space(root, keeps=False))
    if body is not None:
        yield from document.cues(body, begun)


@dataclass(frozen=True, slots=True)
class _Place:
    """What an element has from those around it."""

    look: Look
    keeps_space: bool = False
    start_ms: int = 0
    end_ms: int | None = None
    region: str | None = None


@dataclass(slots=True)
class _Document:
    timing: Timing
    styles: dict[str, ET.Element] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    regions: dict[str, Look] = field(default_factory=dict)

    def learn(self, root: ET.Element) -> None:
        for element in root.iter():
            name = _id(element)
            if _name(element.tag) == "style" and name:
                self.styles[name] = element
        for name in self.styles:
            self._look_up(name)
        for element in root.iter():
            name = _id(element)
            if _name(element.tag) == "region" and name:
                within = [self.own(child) for child in element if _name(child.tag) == "style"]
                self.regions[name] = {k: v for look in [*within, self.own(element)] for k, v in look.items()}

    def own(self, element: ET.Element) -> dict[str, str]:
        """What it says itself, over what the styles it names say."""
        found: dict[str, str] = {}
        for name in element.get("style", "").split():
            found |= self.looks.get(name, {})
        own = ((_name(key), value) for key, value in element.attrib.items() if "#styl" in key.rpartition("}")[0])
        return found | {name: value.strip() for name, value in own if name in _STYLES and len(value) <= _VALUE_MAX}

    def _look_up(self, name: str) -> None:
        """After the styles that it names, each once: chains may be long, branch, or bite their own tails."""
        waiting, begun = [name], set[str]()
        while waiting:
            at = waiting[-1]
            named = [] if at in begun else self.styles[at].get("style", "").split()
            begun.add(at)
            if before := [
                each for each in named if each in self.styles and each not in self.looks and each not in begun
            ]:
                waiting += reversed(before)
            elif at not in self.looks:
                self.looks[at] = self.own(self.styles[at])
            else:
                waiting.pop()

    def cues(self, element: ET.Element, around: _Place) -> Iterator[StyledCue]:
        here = self._within(element, around)
        if here is None:
            return
        if _name(element.tag) == "p":
            yield from self._paragraph(element, here)
            return
        at = here
        for child in element:
            if _name(child.tag) in ("div", "p"):
                yield from self.cues(child, at)
                at = self._after(element, child, at)

    def _after(self, element: ET.Element, child: ET.Element, at: _Place) -> _Place:
        """In a sequence the next begins when this one ends; otherwise all begin together."""
        if element.get("timeContainer") != "seq":
            return at
        ended = self._within(child, at)
        return at if ended is None or ended.end_ms is None else replace(at, start_ms=ended.end_ms)

    def _within(self, element: ET.Element, around: _Place) -> _Place | None:
        """None for what is not shown."""
        own = self.own(element)
        region = element.get("region") or around.region
        inherited = around.look
        if region is not None and around.region is None:
            inherited = {k: v for k, v in self.regions.get(region, {}).items() if k in _INHERITED} | dict(inherited)
        look = dict(inherited) | own
        if look.get("display") == "none" or look.get("visibility") == "hidden":
            return None
        start_ms, end_ms = self.timing.within(element.attrib, around.start_ms, around.end_ms)
        return _Place(look, _space(element, keeps=around.keeps_space), start_ms, end_ms, region)

    def _paragraph(self, element: ET.Element, here: _Place) -> Iterator[StyledCue]:
        """One cue; or where its spans have times of their own, one for each time."""
        where = self._where(here)
        found: dict[tuple[int, int | None], list[Span]] = {}
        for times, span in self._spans(element, here):
            found.setdefault(times, []).append(span)
        for (start_ms, end_ms), spans in found.items():
            if end_ms is not None:
                cue = cue_of(start_ms, end_ms, spans, where)
                yield replace(cue, spans=marked(cue.spans, is_rtl=here.look.get("direction") == "rtl"))

    def _spans(self, element: ET.Element, here: _Place) -> Iterator[tuple[tuple[int, int | None], Span]]:
        times = (here.start_ms, here.end_ms)
        yield times, _span(_worded(element.text, here), here.look)
        for child in element:
            name = _name(child.tag)
            if name == "br":
                yield times, _span("\n", here.look)
            elif (
                name == "span" and (inner := self._within(child, replace(here, look=_passed_on(here.look)))) is not None
            ):
                if inner.look.get("ruby") == "container":
                    yield (inner.start_ms, inner.end_ms), self._ruby(child, inner)
                elif inner.look.get("ruby") not in ("text", "delimiter"):
                    yield from self._spans(child, inner)
            yield times, _span(_worded(child.tail, here), here.look)

    def _ruby(self, element: ET.Element, here: _Place) -> Span:
        parts = list(self._ruby_parts(element))
        base, reading = ("".join(words for kind, words in parts if kind == wanted) for wanted in ("base", "text"))
        return replace(_span(base, here.look), ruby=reading)

    def _ruby_parts(self, element: ET.Element) -> Iterator[tuple[str, str]]:
        for child in element:
            kind = self.own(child).get("ruby", "")
            if kind in ("base", "text"):
                yield kind, "".join(child.itertext())
            else:
                yield from self._ruby_parts(child)

    def _where(self, here: _Place) -> StyledCue:
        align = _ALIGNS.get(here.look.get("textAlign", "center"), "center")
        vertical = _VERTICALS.get(here.look.get("writingMode", ""), "")
        region = self.regions.get(here.region or "", {})
        placed = StyledCue(0, 0, (), align=align, vertical=_VERTICALS.get(region.get("writingMode", ""), vertical))
        origin, extent = _percents(region.get("origin")), _percents(region.get("extent"))
        if origin is None or extent is None:
            return placed
        (x, y), (w, h) = origin, extent
        high = y if y + h < _LOW_FROM_PC else None
        line = {"before": y, "center": y + h / 2}.get(region.get("displayAlign", "before"), high)
        if (x, w) == (_USUAL[0], _USUAL[2]):
            return replace(placed, line=line)
        held = x + w / 2 if align == "center" else x if align in ("start", "left") else x + w
        return replace(placed, line=line, position=held)


def _passed_on(look: Look) -> Look:
    return {name: value for name, value in look.items() if name in _INHERITED}


def _span(text: str, look: Look) -> Span:
    return Span(
        text,
        italic=look.get("fontStyle") in ("italic", "oblique"),
        bold=look.get("fontWeight") == "bold",
        underline="underline" in look.get("textDecoration", "").split(),
        color=color_of(look.get("color", "")),
    )


def _worded(text: str | None, here: _Place) -> str:
    """Line breaks of the file are no line breaks of the words: those are <br/>."""
    if not text:
        return ""
    if here.keeps_space:
        return text.replace("\n", " ")
    words = _RUNS.sub(" ", text).strip(" ")
    before = " " if text[0] in _BLANKS else ""
    after = " " if words and text[-1] in _BLANKS else ""
    return f"{before}{words}{after}"


def _space(element: ET.Element, *, keeps: bool) -> bool:
    told = element.get("{http://www.w3.org/XML/1998/namespace}space")
    return keeps if told is None else told == "preserve"


def _percents(text: str | None) -> tuple[float, float] | None:
    """Both in percent; pixels and cells are left to the usual place."""
    parts = (text or "").split()
    if len(parts) != _HELD or not all(part.endswith("%") for part in parts):
        return None
    try:
        return float(parts[0][:-1]), float(parts[1][:-1])
    except ValueError:
        return None


def _id(element: ET.Element) -> str | None:
    return element.get("{http://www.w3.org/XML/1998/namespace}id") or element.get("id")


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
