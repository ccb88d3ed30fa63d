"""Stand-in films: files that say what a film would be, for simulation alone. They have frames and bytes, and no pictures.

A stand-in is a line of JSON, for an encode followed by filling that follows from it. So it is small, it is the same
wherever it is made, and a part of one that is torn or missing shows.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from matinee.engines.encoder.port import PRINT_BYTES, NotMedia
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.wire.encoding import from_json, to_json

SCALE = 100
"""An encode has this many times fewer bytes than a real one of its bitrate."""


@dataclass(frozen=True, slots=True)
class StandInSound:
    language: str | None = None
    title: str | None = None
    channels: int = 2
    codec: str = "aac"
    has_objects: bool = False
    role: str = "main"


@dataclass(frozen=True, slots=True)
class StandInText:
    language: str | None = None
    cues: tuple[str, ...] = ("Hello.",)


@dataclass(frozen=True, slots=True)
class StandInSpan:
    kind: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class StandIn:
    """A master, or what was made of one."""

    frames: int
    rate: tuple[int, int] = (24, 1)
    size: tuple[int, int] = (1280, 720)
    sounds: tuple[StandInSound, ...] = ()
    texts: tuple[StandInText, ...] = ()
    complexity: float = 1.0
    """How many bits it needs: 0.2 is a cartoon, 3 is confetti."""
    spans: tuple[StandInSpan, ...] = ()
    """Black, frozen and silent stretches."""
    name: str = ""
    """So that two films are not the same bytes."""
    crf: float | None = None
    """Of an encode; None is a master or an excerpt of one."""
    start_frame: int = 0
    key_frames: tuple[int, ...] = ()
    """Of an encode: where its groups begin."""
    has_picture: bool = True
    stand_in: int = 1

    @property
    def duration_s(self) -> float:
        return self.frames * self.rate[1] / self.rate[0]


_MARK = b'"stand_in":1'


def master(film: StandIn) -> bytes:
    """The file that is uploaded."""
    return to_json(film) + b"\n"


def filled(film: StandIn, size_bytes: int) -> bytes:
    """An encode of about that many bytes, never fewer than it takes to say what it is."""
    line = master(film)
    return line + filling(line, max(0, size_bytes - len(line)))


def filling(seed: bytes, size_bytes: int) -> bytes:
    """Bytes that follow from the seed."""
    block = hashlib.sha512(seed).digest()
    return (block * (size_bytes // len(block) + 1))[:size_bytes]


async def read_stand_in(files: Files, path: Path) -> StandIn:
    """Raises `NotMedia` for all that is none, and for one whose filling was torn."""
    try:
        data = await files.read(path)
    except (FileNotFoundError, IsADirectoryError):
        raise NotMedia(f"There is no film at {path.name}.") from None
    line, end, rest = data.partition(b"\n")
    try:
        found = from_json(line, StandIn)
    except InvalidInput:
        raise NotMedia("The file is not a stand-in film, and nothing else is played in simulated time.") from None
    is_sound = found.rate[0] > 0 and found.rate[1] > 0 and found.frames >= 0 and min(found.size) > 0
    if not (end and is_sound and _MARK in line and rest == filling(line + end, len(rest))):
        raise NotMedia("The film breaks off, or what it says of itself makes no sense.")
    return found


def prints_of(film: StandIn, frames: int) -> bytes:
    """A film of another name has other pictures."""
    return hashlib.shake_128(to_json((film.name, film.size, film.rate))).digest(frames * PRINT_BYTES)


def cues_of(text: StandInText, duration_s: float) -> str:
    """The cues as WebVTT, spread evenly."""
    step = duration_s / max(1, len(text.cues))
    shown = (
        f"{_time(number * step)} --> {_time((number + 1) * step)}\n{json.dumps(cue, ensure_ascii=False)[1:-1]}\n"
        for number, cue in enumerate(text.cues)
    )
    return "WEBVTT\n\n" + "\n".join(shown)


def _time(at_s: float) -> str:
    minutes, left_s = divmod(at_s, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours:02d}:{minutes:02d}:{left_s:06.3f}"
