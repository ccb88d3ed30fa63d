"""Subtitles read and judged: cues that nobody can read, that stand in each other's way, or that are shown to nobody.

Read here as they were written, not as a converter understood them: it would have put some faults right, and left others out.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from matinee.studio.encoding.api import Cue, Finding, Severity, TextTrack

_CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"^\s*{_CLOCK}\s*-->\s*{_CLOCK}", re.M)
_EMPTY_LINE = re.compile(r"[ \t]*(?:\n|$)")
_EMPTY_LINE_AFTER = re.compile(r"\n[ \t]*\n")
_TAGS = re.compile(r"<[^>]*>|\{\\[^}]*\}")
_CHARACTERS_A_SECOND_MAX = 25.0
"""Guides ask for 17 to 20; who reads fast follows this."""
_SHOWN_MIN_S = 0.3
_OVERLAP_MAX_S = 0.05
"""One frame: some tools let the next cue begin with the last frame of the one before."""
_BEYOND_MAX_S = 0.5
_SAID_MAX = 10


def cues_of(text: str) -> tuple[Cue, ...]:
    """SubRip or WebVTT, in the order they stand."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    starts = list(_TIMES.finditer(lines))
    found: list[Cue] = []
    for number, times in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(lines)
        # What stands on the line of the times are settings. A cue ends at the first empty line; what follows is the
        # number or the name of the next.
        _, _, body = lines[times.start() : end].partition("\n")
        words = "" if _EMPTY_LINE.match(body) else _EMPTY_LINE_AFTER.split(body)[0]
        found.append(Cue(_seconds(times.groups()[:4]), _seconds(times.groups()[4:]), _TAGS.sub("", words).strip()))
    return tuple(found)


def text_findings(track: TextTrack, film_s: float) -> tuple[Finding, ...]:
    found = sorted(
        [*_alone(track, film_s), *_together(track)], key=lambda finding: (finding.start_s or 0.0, finding.code)
    )
    more = len(found) - _SAID_MAX
    if more > 0:
        last = Finding("warning", "subtitles", f"{track.name}: {more} more cues have a fault.")
        return (*found[:_SAID_MAX], last)
    return tuple(found)


def _alone(track: TextTrack, film_s: float) -> Iterator[Finding]:
    if not track.cues:
        yield Finding("warning", "subtitle-empty", f"{track.name}: there is no cue in it.")
    for number, cue in enumerate(track.cues, 1):
        length_s = cue.end_s - cue.start_s
        where = f"{track.name}: cue {number} at {cue.start_s:.2f} s"
        if length_s <= 0:
            yield _finding("error", "subtitle-backwards", f"{where} ends before it begins.", cue)
            continue
        if cue.start_s >= film_s or cue.end_s > film_s + _BEYOND_MAX_S:
            yield _finding("warning", "subtitle-outside", f"{where} is shown after the film ends.", cue)
        if not cue.text:
            yield _finding("warning", "subtitle-empty", f"{where} has no words.", cue)
        elif len(cue.text) / length_s > _CHARACTERS_A_SECOND_MAX or length_s < _SHOWN_MIN_S:
            pace = f"{len(cue.text)} characters in {length_s:.2f} s"
            yield _finding("warning", "subtitle-too-fast", f"{where} cannot be read: {pace}.", cue)


def _together(track: TextTrack) -> Iterator[Finding]:
    valid = sorted((cue for cue in track.cues if cue.end_s > cue.start_s), key=lambda cue: cue.start_s)
    for one, other in pairwise(valid):
        # Cues that begin together are two lines, or two voices, that were meant to be seen together.
        if other.start_s < one.end_s - _OVERLAP_MAX_S and other.start_s - one.start_s > _OVERLAP_MAX_S:
            words = f"{track.name}: the cue at {other.start_s:.2f} s begins before the one before it ends."
            yield _finding("warning", "subtitle-overlap", words, other)


def _finding(severity: Severity, code: str, sentence: str, cue: Cue) -> Finding:
    return Finding(severity, code, sentence, start_s=cue.start_s, end_s=cue.end_s)


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{fraction or 0}")
