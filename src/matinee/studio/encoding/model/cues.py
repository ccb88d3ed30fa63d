"""Subtitles read and judged: cues that nobody can read, that stand in each other's way, or that are shown to nobody.

Judged as they were written, before they are cleaned: that would put some faults right, and leave others out.
"""

from collections.abc import Iterator
from itertools import pairwise

from matinee.studio.encoding.api import Cue, Finding, Severity, TextTrack
from matinee.studio.encoding.model.text.reading import cues_in, unread_lines
from matinee.studio.encoding.model.text.scripts import contradiction

_CHARACTERS_A_SECOND_MAX = 25.0
"""Guides ask for 17 to 20; who reads fast follows this."""
_SHOWN_MIN_S = 0.3
_OVERLAP_MAX_S = 0.05
"""One frame: some tools let the next cue begin with the last frame of the one before."""
_BEYOND_MAX_S = 0.5
_SAID_MAX = 10


def as_written(name: str, text: str, language: str | None = None) -> TextTrack:
    """Cues of decoded words, in the order they stand, with all their faults. Raises `TextRefused`."""
    cues = tuple(Cue(cue.start_ms / 1000, cue.end_ms / 1000, cue.text) for cue in cues_in(text))
    return TextTrack(name, cues, language, unread_lines(text))


def has_words_to_show(track: TextTrack, film_s: float) -> bool:
    return any(cue.text and cue.start_s < film_s and cue.end_s > max(0.0, cue.start_s) for cue in track.cues)


def text_findings(track: TextTrack, film_s: float) -> tuple[Finding, ...]:
    script = script_finding(track.name, track.language, "\n".join(cue.text for cue in track.cues))
    found = sorted(
        [*_unread(track), *_alone(track, film_s), *_together(track), *([script] if script else [])],
        key=lambda finding: (finding.start_s or 0.0, finding.code),
    )
    more = len(found) - _SAID_MAX
    if more > 0:
        last = Finding("warning", "subtitles", f"{track.name}: {more} more cues have a fault.")
        return (*found[:_SAID_MAX], last)
    return tuple(found)


def script_finding(name: str, language: str | None, text: str) -> Finding | None:
    """A note: who declared it may know better, and nothing is changed for it."""
    words = contradiction(language, text)
    return None if words is None else Finding("note", "subtitle-script", f"{name}: {words}.")


def _unread(track: TextTrack) -> Iterator[Finding]:
    for line in track.unread_lines:
        words = f"{track.name}: line {line} is no pair of times that can be read, so the words below it are left out."
        yield Finding("error", "subtitle-unreadable", words)


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
