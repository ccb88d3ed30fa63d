"""A file of subtitles to cues: its format is told by what stands in it, never by its name."""

from itertools import islice
from typing import Literal

from matinee.studio.encoding.model.text import ass, subrip, ttml, webvtt
from matinee.studio.encoding.model.text.cue import StyledCue, TextRefused

Kind = Literal["webvtt", "ass", "srt", "ttml"]
_READERS = {"webvtt": webvtt.read, "ass": ass.read, "srt": subrip.read, "ttml": ttml.read}
_HEAD = 4096
_LINE_MAX = 131_072
_CUES_MAX = 100_000
"""A film of three hours has some 3000; signs that move with the picture have one for each frame."""


def kind_of(text: str) -> Kind | None:
    start = text.lstrip("\ufeff \t\n")
    if start.startswith("WEBVTT"):
        return "webvtt"
    if start.startswith("<"):
        return "ttml" if "<tt" in start[:_HEAD] or ":tt" in start[:_HEAD] or start.startswith("<?xml") else None
    if "[Script Info]" in text[:_HEAD] or "\nDialogue:" in text:
        return "ass"
    return "srt" if "-->" in text else None


def unread_lines(text: str) -> tuple[int, ...]:
    """Lines that were meant to be a cue's times and are none, counted from 1. Their words are left out."""
    if kind_of(text) not in ("srt", "webvtt"):
        return ()
    return tuple(number for number, line in enumerate(text.split("\n"), 1) if webvtt.is_meant_as_times(line))


def cues_in(text: str) -> list[StyledCue]:
    """Decoded words in; every cue as it was written out. Raises `TextRefused`."""
    kind = kind_of(text)
    if kind is None:
        raise TextRefused("The subtitle file is neither SRT, WebVTT, ASS nor TTML: there is no cue in it.")
    if kind != "ttml" and any(len(line) > _LINE_MAX for line in text.split("\n")):
        raise TextRefused(f"A line of the subtitles has more than {_LINE_MAX} characters, which nobody can read.")
    cues = list(islice(_READERS[kind](text), _CUES_MAX + 1))
    if len(cues) > _CUES_MAX:
        raise TextRefused(f"The subtitles have more than {_CUES_MAX} cues. Leave out those that only move or decorate.")
    return cues
