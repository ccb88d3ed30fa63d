"""What the studio may expect of a quality meter. A score is believed only after the frame counts agree."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from matinee.engines.encoder.port import Picture
from matinee.kernel.errors import MatineeError


class FramesDiffer(MatineeError):
    """The encode has not as many frames as the source; a score would compare the wrong pictures."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Score `distorted` against the frames `source` gives under `picture`, both at the model's size."""

    source: Path
    distorted: Path
    picture: Picture
    start_frame: int = 0
    frames: int | None = None
    every: int = 1
    """Score each n-th frame."""
    threads: int = 2
    distorted_start: int | None = None
    """The encode's first frame that is compared, where only `frames` of it are; None: all of it."""
    looks_at_all: bool = False
    """Also tell of every frame how far it is from the source's: not how it looks, but whether it is the same picture."""


@dataclass(frozen=True, slots=True)
class Score:
    mean: float
    first_percentile: float
    minimum: float
    frames: tuple[tuple[int, float], ...]
    """(frame, VMAF) for each scored frame."""
    differences: tuple[float, ...] = ()
    """Of every frame, if all were looked at: the mean square of what differs once both are made small, where 50 is a lot
    for a coarse encode and another picture has thousands."""


class Quality(Protocol):
    async def compare(self, job: Comparison) -> Score: ...
