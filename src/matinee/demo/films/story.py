"""What a film is here: shots that paint frames, lines that are spoken, a score, and the words around them.

A shot is staged once (its plates and sprites are drawn) and then asked for frames by time. A painter
is a pure function of that time, so any frame can be drawn alone: stills and tests need no replay.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from matinee.demo.films.canvas import Frame, Stage

FRAMES_PER_SECOND = 24
SAMPLES_PER_SECOND = 48_000

Samples = npt.NDArray[np.float64]
Painter = Callable[[float], Frame]
Staging = Callable[[Stage], Painter]
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shot:
    """One continuous take between two hard cuts."""

    name: str
    seconds: float
    staging: Staging
    kind: Literal["title", "scene", "end"] = "scene"

    @property
    def frames(self) -> int:
        return round(self.seconds * FRAMES_PER_SECOND)


@dataclass(frozen=True, slots=True)
class Line:
    """One narrated sentence: when it is heard, how it is pronounced, how it is written."""

    start_seconds: float
    end_seconds: float
    spoken: Words
    written: Words


@dataclass(frozen=True, slots=True)
class Voice:
    """Who tells the story in one language."""

    language: str
    label: str
    pitch_hz: float
    tract_scale: float


@dataclass(frozen=True, slots=True)
class Still:
    """A picture of the film for the shelves: the frame at `seconds` of the shot named `shot`."""

    kind: Literal["backdrop", "still"]
    shot: str
    seconds: float
    shows: str


@dataclass(frozen=True, slots=True)
class Film:
    """Everything the renderer needs to make one film."""

    id: str
    names: Words
    synopsis: Words
    rating: str
    genres: tuple[str, ...]
    cast: tuple[str, ...]
    shots: tuple[Shot, ...]
    lines: tuple[Line, ...]
    voices: tuple[Voice, ...]
    score: Callable[[float], Samples]
    poster: Callable[[], Image.Image]
    poster_shows: str
    stills: tuple[Still, ...]

    @property
    def frames(self) -> int:
        return sum(shot.frames for shot in self.shots)

    @property
    def seconds(self) -> float:
        return self.frames / FRAMES_PER_SECOND

    def shot(self, name: str) -> Shot:
        return next(shot for shot in self.shots if shot.name == name)
