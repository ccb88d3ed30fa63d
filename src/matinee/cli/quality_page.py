"""The QC report as one HTML page: facts, a line of time, findings with their pictures, loudness. It needs nothing but itself."""

import base64
from collections.abc import Mapping, Sequence
from html import escape

from matinee.studio.encoding.api import Examination, Finding, SoundTrack

_WIDTH, _LANE = 960, 26
_GUTTER = 84
"""Left of what is drawn: names and scales."""
_SEVERITIES = ("error", "warning", "note")
_WORDS = {"error": "Errors", "warning": "Warnings", "note": "Notes"}
_QUIET_DBFS = -70.0
_STYLE = """
:root{color-scheme:light dark;--ink:#1b1d22;--dim:#5c6270;--paper:#fff;--line:#d9dce3;--soft:#f3f4f7;
--error:#b3261e;--warning:#9a5b00;--note:#2f5d9b;--light:#7b8494;--sound:#2f7d6b}
@media (prefers-color-scheme:dark){:root{--ink:#e8e9ec;--dim:#a2a8b4;--paper:#15171b;--line:#343842;--soft:#1e2127;
--error:#ff8a80;--warning:#ffb74d;--note:#90b8f0;--light:#8a93a3;--sound:#6fc3ae}}
body{margin:0 auto;max-width:1040px;padding:24px;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:22px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:17px;margin:32px 0 8px}p{margin:4px 0}
.dim{color:var(--dim)}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:5px 10px 5px 0;
border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}th{font-weight:600;color:var(--dim)}
.wide{overflow-x:auto}.finding{border:1px solid var(--line);border-left:4px solid;border-radius:6px;padding:10px 14px;margin:10px 0;
background:var(--soft)}.error{border-left-color:var(--error)}.warning{border-left-color:var(--warning)}
.note{border-left-color:var(--note)}.pill{font-size:12px;font-weight:600}.error .pill{color:var(--error)}
.warning .pill{color:var(--warning)}.note .pill{color:var(--note)}figure{display:inline-block;margin:8px 10px 0 0}
figure img{display:block;max-width:300px;max-height:220px;border-radius:4px;border:1px solid var(--line)}
figcaption{font-size:12px;color:var(--dim)}svg{width:100%;height:auto;display:block;background:var(--soft);border-radius:6px}
svg text{fill:var(--dim);font-size:12px}svg .scale{font-size:10px}svg .edge{stroke:var(--line)}@media print{.finding{break-inside:avoid}}
"""

Pictures = Mapping[int, Sequence[tuple[str, bytes]]]
"""By the number of the finding: what is shown, and a JPEG."""


def quality_page(name: str, examined: Examination, pictures: Pictures) -> str:
    inspection = examined.inspection
    counts = [sum(f.severity == severity for f in inspection.findings) for severity in _SEVERITIES]
    verdict = "Nothing was found that a person must look at." if not any(counts[:2]) else ""
    said = (
        ", ".join(f"{n} {_WORDS[s].lower() if n > 1 else s}" for s, n in zip(_SEVERITIES, counts, strict=True) if n)
        or "no findings"
    )
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(name)}: quality control</title>',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            f'<h1 dir="auto">{escape(name)}</h1><p class="dim">Quality control: {said}. {verdict}</p>',
            "<h2>Over time</h2>",
            _timeline(examined),
            "<h2>Findings</h2>",
            *(_finding(number, finding, pictures) for number, finding in _worst_first(inspection.findings)),
            "<h2>Picture</h2>",
            _facts(_picture_facts(examined)),
            "<h2>Sound</h2>",
            _sounds(examined.sounds),
            *_texts(examined),
            "</body></html>",
        ]
    )


def _worst_first(findings: Sequence[Finding]) -> list[tuple[int, Finding]]:
    return sorted(enumerate(findings), key=lambda nf: (_SEVERITIES.index(nf[1].severity), nf[1].start_s or 0.0))


def _finding(number: int, finding: Finding, pictures: Pictures) -> str:
    places = []
    if finding.start_s is not None and finding.end_s is not None:
        places.append(f"{_clock(finding.start_s)} – {_clock(finding.end_s)}")
    if finding.frame is not None and finding.frames is not None:
        last = finding.frame + finding.frames - 1
        places.append(f"frame {finding.frame}" if finding.frames == 1 else f"frames {finding.frame} – {last}")
    shown = "".join(
        f'<figure><img alt="{escape(caption)}" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for caption, jpeg in pictures.get(number, ())
    )
    return (
        f'<section class="finding {finding.severity}" id="finding-{number}">'
        f'<p><span class="pill">{finding.severity}</span> <code>{escape(finding.code)}</code> '
        f'<span class="dim">{" · ".join(places)}</span></p>'
        f'<p dir="auto">{escape(finding.sentence)}</p>{shown}</section>'
    )


def _timeline(examined: Examination) -> str:
    """Light and sound, a value a second, and under them a lane for each severity."""
    seconds = max(0.001, examined.inspection.duration_s)
    picture = [(value - 16) / 219 for value in examined.picture.light]
    sound = examined.sounds[0].course_dbfs if examined.sounds else ()
    level = [(value - _QUIET_DBFS) / -_QUIET_DBFS for value in sound]
    parts = [
        *_scaled("light", 10, 60, least="0 %", most="100 %"),
        _curve(picture, 10, 60, "light"),
        *_scaled("sound", 86, 60, least=f"{_QUIET_DBFS:.0f} dBFS".replace("-", "−"), most="0 dBFS"),
        _curve(level, 86, 60, "sound"),
    ]
    for lane, severity in enumerate(_SEVERITIES):
        y = 152 + lane * _LANE
        parts.append(f'<text x="6" y="{y + 15}">{_WORDS[severity].lower()}</text>')
        for number, finding in enumerate(examined.inspection.findings):
            if finding.severity == severity and finding.start_s is not None and finding.end_s is not None:
                x = _across(finding.start_s / seconds)
                width = max(3.0, _across(finding.end_s / seconds) - x)
                parts.append(
                    f'<a href="#finding-{number}"><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_LANE - 6}" '
                    f'rx="2" fill="var(--{severity})"><title>{escape(finding.sentence)}</title></rect></a>'
                )
    height = 152 + len(_SEVERITIES) * _LANE + 20
    marks = "".join(
        f'<text x="{_across(share / 4):.0f}" y="{height - 6}" text-anchor="{_anchor(share, last=4)}">'
        f"{_clock(seconds * share / 4)}</text>"
        for share in range(5)
    )
    label = "Light of the picture, level of the sound, and the findings over the length of the film"
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}{marks}</svg>'


def _across(share: float) -> float:
    return _GUTTER + share * (_WIDTH - _GUTTER)


def _anchor(number: int, *, last: int) -> str:
    return "start" if number == 0 else "end" if number == last else "middle"


def _scaled(name: str, top: int, height: int, *, least: str, most: str) -> list[str]:
    """What a curve is of, and what its highest and lowest place mean."""
    drawn = [f'<text x="6" y="{top + height / 2 + 4:.0f}">{name}</text>']
    for y, words in ((top, most), (top + height, least)):
        drawn.append(f'<text class="scale" x="{_GUTTER - 6}" y="{y + 4}" text-anchor="end">{words}</text>')
        drawn.append(f'<line class="edge" x1="{_GUTTER}" x2="{_WIDTH}" y1="{y}" y2="{y}"/>')
    return drawn


def _curve(values: Sequence[float], top: int, height: int, color: str) -> str:
    if not values:
        return ""
    count = max(1, len(values) - 1)
    clamped = [min(1.0, max(0.0, value)) for value in values]
    points = [f"{_across(at / count):.1f},{top + height * (1 - value):.1f}" for at, value in enumerate(clamped)]
    if len(points) == 1:
        points.append(f"{_WIDTH},{points[0].split(',')[1]}")
    return f'<polyline fill="none" stroke="var(--{color})" stroke-width="1.5" points="{" ".join(points)}"/>'


def _picture_facts(examined: Examination) -> list[tuple[str, str]]:
    picture, inspection = examined.picture, examined.inspection
    colors = (picture.primaries, picture.transfer, picture.matrix, picture.range)
    hdr10 = [
        word
        for word, there in (
            ("mastering display", picture.has_mastering_display),
            ("light level", picture.has_light_level),
        )
        if there
    ]
    return [
        ("container", f"{examined.container}, {examined.size_bytes / 1e6:.1f} MB"),
        ("codec", f"{picture.codec}, {picture.pixel_format}"),
        ("size", f"{picture.width}×{picture.height}, pixels {picture.sample_aspect[0]}:{picture.sample_aspect[1]}"),
        (
            "rate",
            f"{picture.rate[0]}/{picture.rate[1]} on average, {picture.rate_nominal[0]}/{picture.rate_nominal[1]} nominal",
        ),
        ("steady", "yes" if picture.is_steady else "no: frames come at unequal times"),
        ("length", f"{inspection.frames} frames, {inspection.duration_s:.3f} s; starts at {picture.start_s:.3f} s"),
        (
            "interlacing",
            f"{'marked' if picture.marked_interlaced else 'not marked'}; seen in {picture.woven_share:.0%}",
        ),
        ("color", " · ".join(c or "untagged" for c in colors) + " (primaries, transfer, matrix, range)"),
        ("HDR10 metadata", ", ".join(hdr10) or "none"),
    ]


def _facts(rows: Sequence[tuple[str, str]]) -> str:
    return "<table>" + "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in rows) + "</table>"


def _sounds(sounds: Sequence[SoundTrack]) -> str:
    if not sounds:
        return '<p class="dim">The film has no sound track.</p>'
    heads = (
        "stream",
        "codec",
        "language",
        "channels",
        "starts",
        "lasts",
        "loudness",
        "range",
        "true peak",
        "RMS by channel",
    )
    rows = []
    for sound in sounds:
        cells = (
            str(sound.stream),
            f"{sound.codec}, {sound.sample_rate} Hz",
            sound.language or "–",
            f"{sound.channels} ({sound.layout or 'unknown layout'})",
            f"{sound.start_s:.3f} s",
            "–" if sound.duration_s is None else f"{sound.duration_s:.3f} s",
            _with_unit(sound.loudness_lufs, "LUFS"),
            _with_unit(sound.range_lu, "LU"),
            _with_unit(sound.peak_dbtp, "dBTP"),
            " ".join(f"{level:.0f}" for level in sound.channels_dbfs),
        )
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f'<div class="wide"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _texts(examined: Examination) -> list[str]:
    if not examined.cues:
        return []
    return ["<h2>Subtitles</h2>", _facts([(name, f"{count} cues") for name, count in examined.cues])]


def _with_unit(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:.1f} {unit}"


def _clock(at_s: float) -> str:
    hours, left = divmod(at_s, 3600)
    minutes, seconds = divmod(left, 60)
    return f"{int(hours)}:{int(minutes):02}:{seconds:06.3f}" if hours else f"{int(minutes)}:{seconds:06.3f}"
