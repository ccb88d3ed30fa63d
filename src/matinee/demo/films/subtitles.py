"""SubRip text: the narration's lines as cues, written."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    start_ms: int
    end_ms: int
    words: str


def write_srt(cues: Iterable[Cue]) -> str:
    blocks = [
        f"{n}\n{_stamp(cue.start_ms)} --> {_stamp(cue.end_ms)}\n{cue.words}\n" for n, cue in enumerate(cues, start=1)
    ]
    return "\n".join(blocks)


def _stamp(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{ms:03}"
