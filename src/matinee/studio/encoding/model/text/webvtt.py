"""WebVTT (W3C), read and written: styles, ruby, alignment, lines, and columns of Japanese."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from matinee.studio.encoding.model.text.colors import NAMED, color_of
from matinee.studio.encoding.model.text.cue import Align, Span, StyledCue, Vertical, cue_of
from matinee.studio.encoding.model.text.markup import spans_of

_CLOCK = r"(?:([0-9]{1,5}):)?([0-9]{1,2}):([0-9]{1,2})[.,]([0-9]{1,3})"
TIMES = re.compile(rf"[ \t]*(-?){_CLOCK}[ \t]*-->[ \t]*(-?){_CLOCK}(.*)")
_MEANT = re.compile(r"[ \t]*-?[0-9]+:[\w:.,;]*[ \t]*(-+>|=+>|[→—–])[ \t]*-?[0-9]+:")
_STYLE = re.compile(r"::cue\(\s*\.([\w-]+)\s*\)\s*\{([^{}]*)\}")
_COLOR = re.compile(r"(?:^|;|\s)color\s*:\s*([^;}]+)")
_ALIGNS: Mapping[str, Align] = {a: a for a in ("start", "center", "end", "left", "right")} | {"middle": "center"}
_VERTICALS: Mapping[str, Vertical] = {"rl": "rl", "lr": "lr"}
_NUMBER_MAX = 24
"""Characters: nobody counts lines further, or percents finer."""
_A_LINE_PC = 100 / 18.75
"""WebVTT's lines are as high as text of a twentieth of the picture."""


def read(text: str) -> Iterator[StyledCue]:
    """As it was written, also what makes no sense: cleaning is another matter."""
    lines = text.split("\n")
    colors = dict(_style_sheet(text))
    at = 0
    while at < len(lines):
        times = TIMES.match(lines[at])
        at += 1
        if times:
            begin, at = at, _end_of_body(lines, at)
            spans = spans_of("\n".join(lines[begin:at]), colors, keeps_unknown=False)
            yield cue_of(*times_of(times), spans, _placed(times[11]))


def write(cues: Sequence[StyledCue]) -> str:
    used = sorted(
        {span.color for cue in cues for span in cue.spans if span.color and _class_of(span.color) not in NAMED}
    )
    sheet = [f"STYLE\n::cue(.{_class_of(color)}) {{ color: {color} }}\n" for color in used]
    blocks = [f"{_time(c.start_ms)} --> {_time(c.end_ms)}{_settings(c)}\n{_marked(c.spans)}\n" for c in cues]
    return "\n".join(["WEBVTT\n", *sheet, *blocks])


def is_meant_as_times(line: str) -> bool:
    """Somebody wrote times there, and nobody can read them."""
    return _MEANT.match(line) is not None and not TIMES.match(line)


def times_of(found: re.Match[str]) -> tuple[int, int]:
    return _ms(found.groups()[:5]), _ms(found.groups()[5:10])


def _ms(parts: Sequence[str | None]) -> int:
    sign, hours, minutes, seconds, fraction = parts
    total = (int(hours or 0) * 60 + int(minutes or 0)) * 60_000 + int(seconds or 0) * 1000
    return (-1 if sign else 1) * (total + int((fraction or "0").ljust(3, "0")))


def _end_of_body(lines: Sequence[str], at: int) -> int:
    """The next line that is empty, or begins another cue."""
    while at < len(lines) and lines[at] and not TIMES.match(lines[at]):
        at += 1
    return at


def _style_sheet(text: str) -> Iterator[tuple[str, str]]:
    for name, rules in _STYLE.findall(text):
        if (found := _COLOR.search(rules)) and (color := color_of(found[1])):
            yield name, color


def _placed(settings: str) -> StyledCue:
    placed = StyledCue(0, 0, ())
    for setting in settings.split():
        name, _, value = setting.partition(":")
        value = value.split(",")[0]
        if name == "align":
            placed = replace(placed, align=_ALIGNS.get(value, placed.align))
        elif name == "vertical":
            placed = replace(placed, vertical=_VERTICALS.get(value, ""))
        elif name == "position" and (percent := _percent(value)) is not None:
            placed = replace(placed, position=percent)
        elif name == "line":
            placed = replace(placed, line=_line(value))
    return placed


def _line(value: str) -> float | None:
    """In percent, or counted: from the top, or below zero from the bottom, where -1 is the usual place."""
    if (percent := _percent(value)) is not None:
        return percent
    if len(value) > _NUMBER_MAX:
        return None
    try:
        counted = int(value)
    except ValueError:
        return None
    if counted == -1:
        return None
    return counted * _A_LINE_PC if counted >= 0 else 100 + counted * _A_LINE_PC


def _percent(value: str) -> float | None:
    try:
        return float(value[:-1]) if value.endswith("%") and len(value) <= _NUMBER_MAX else None
    except ValueError:
        return None


def _time(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"


def _settings(cue: StyledCue) -> str:
    told = [
        *([f"vertical:{cue.vertical}"] if cue.vertical else []),
        *([f"line:{cue.line:g}%"] if cue.line is not None else []),
        *([f"position:{cue.position:g}%"] if cue.position is not None else []),
        *([f"align:{cue.align}"] if cue.align != "center" else []),
    ]
    return "".join(f" {setting}" for setting in told)


def _marked(spans: Sequence[Span]) -> str:
    return "".join(_tagged(span) for span in spans)


def _tagged(span: Span) -> str:
    text = _escaped(span.text)
    if span.ruby is not None:
        text = f"<ruby>{text}<rt>{_escaped(span.ruby)}</rt></ruby>"
    for name, is_on in (("u", span.underline), ("i", span.italic), ("b", span.bold)):
        text = f"<{name}>{text}</{name}>" if is_on else text
    return f"<c.{_class_of(span.color)}>{text}</c>" if span.color else text


def _class_of(color: str) -> str:
    return next((name for name, value in NAMED.items() if value == color), f"c{color[1:]}")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
