"""IMSC 1.1, text profile (W3C): TTML that televisions read. One region for each place where words stand."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from matinee.studio.encoding.model.text.cue import Span, StyledCue, width_at
from matinee.studio.encoding.model.text.direction import runs_right_to_left

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" \
xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:timeBase="media" \
ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text" xml:lang={language}>
<head>
<styling>
<style xml:id="plain" tts:color="white" tts:fontFamily="proportionalSansSerif" tts:textOutline="black 5%"/>
</styling>
<layout>
"""
_USUAL = "5% 5%", "90% 90%"
_MODES = {"rl": "tbrl", "lr": "tblr"}


def write(cues: Sequence[StyledCue], language: str) -> str:
    places = {place: f"r{number}" for number, place in enumerate(dict.fromkeys(_region(cue) for cue in cues))}
    regions = "".join(f'<region xml:id="{name}" {place}/>\n' for place, name in places.items())
    shown = "".join(_paragraph(cue, places[_region(cue)]) for cue in cues)
    head = _HEAD.replace("{language}", quoteattr(language))
    return f'{head}{regions}</layout>\n</head>\n<body style="plain">\n<div>\n{shown}</div>\n</body>\n</tt>\n'


def _region(cue: StyledCue) -> str:
    """Its attributes. Words without a line stand on the region's lower edge, those with one hang from its upper."""
    x, width = 5.0, 90.0
    if cue.position is not None:
        width = width_at(cue.position, cue.align)
        left_of = {"start": cue.position, "left": cue.position, "center": cue.position - width / 2}
        x = left_of.get(cue.align, cue.position - width)
    y, height, edge = (5.0, 90.0, "after") if cue.line is None else (cue.line, 100 - cue.line, "before")
    mode = f' tts:writingMode="{_MODES[cue.vertical]}"' if cue.vertical else ""
    origin, extent = f"{_told(x)}% {_told(y)}%", f"{_told(width)}% {_told(height)}%"
    return f'tts:origin="{origin}" tts:extent="{extent}" tts:displayAlign="{edge}"{mode}'


def _paragraph(cue: StyledCue, region: str) -> str:
    direction = ' tts:direction="rtl"' if runs_right_to_left(cue.text) else ""
    times = f'begin="{_time(cue.start_ms)}" end="{_time(cue.end_ms)}"'
    told = f'{times} region="{region}" tts:textAlign="{cue.align}"{direction} xml:space="preserve"'
    return f"<p {told}>{''.join(_span(span) for span in cue.spans)}</p>\n"


def _span(span: Span) -> str:
    words = "<br/>".join(_words(line) for line in span.text.split("\n"))
    if span.ruby is not None:
        base, reading = f'<span tts:ruby="base">{words}</span>', f'<span tts:ruby="text">{escape(span.ruby)}</span>'
        words = f'<span tts:ruby="container">{base}{reading}</span>'
    looks = [
        *(['tts:fontStyle="italic"'] if span.italic else []),
        *(['tts:fontWeight="bold"'] if span.bold else []),
        *(['tts:textDecoration="underline"'] if span.underline else []),
        *([f'tts:color="{span.color}"'] if span.color else []),
    ]
    return f"<span {' '.join(looks)}>{words}</span>" if looks else words


def _words(line: str) -> str:
    return escape(line, {"\t": "&#9;"})


def _told(percent: float) -> str:
    return f"{round(percent, 2):g}"


def _time(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"
