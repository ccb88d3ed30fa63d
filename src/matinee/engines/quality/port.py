"""What the studio may expect of a quality meter. A score is believed only after the frame counts agree."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Literal, Protocol

from matinee.engines.encoder.port import Picture
from matinee.kernel.errors import MatineeError

Screen = Literal["phone", "4k"]
"""Where else it is seen than on a television of 1080 lines from three times its height: on a phone at arm's length, and on
2160 lines from one and a half times their height."""
Frames = tuple[tuple[int, float], ...]
"""(frame, VMAF) for each scored frame."""


class FramesDiffer(MatineeError):
    """The encode has not as many frames as the source; a score would compare the wrong pictures."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Score `distorted` against the frames `source` gives under `picture`, both at the size of the screen they are seen on."""

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
    grain: int = 0
    """What the encode was freed of, for the player to draw anew (`VideoEncode.grain`). No drawn grain is the source's own, and
    a meter of likeness sees only that: so the encode is scored without it, beside the source freed of as much."""
    screens: tuple[Screen, ...] = ()
    """Where the same frames are scored as well, in the same pass."""


@dataclass(frozen=True, slots=True)
class Score:
    mean: float
    first_percentile: float
    minimum: float
    frames: Frames
    """As a television of 1080 lines shows them."""
    differences: tuple[float, ...] = ()
    """Of every frame, if all were looked at: the mean square of what differs once both are made small, where 50 is a lot
    for a coarse encode and another picture has thousands."""
    elsewhere: Mapping[Screen, Frames] = field(default_factory=dict)
    """The same frames on each screen that was asked for."""

    def on(self, screen: Screen) -> float | None:
        """The mean there; None where nobody asked."""
        frames = self.elsewhere.get(screen)
        return fmean(vmaf for _, vmaf in frames) if frames else None


def score_of(
    frames: Frames, differences: Sequence[float] = (), elsewhere: Mapping[Screen, Frames] | None = None
) -> Score:
    values = sorted(value for _, value in frames)
    first_percentile = values[max(0, math.ceil(len(values) * 0.01) - 1)]
    return Score(fmean(values), first_percentile, values[0], frames, tuple(differences), elsewhere or {})


def joined_scores(parts: Sequence[tuple[int, Score]]) -> Score:
    """The score of a whole, of whose parts each begins at that frame."""

    def moved(found: Sequence[tuple[int, Frames]]) -> Frames:
        return tuple((first + frame, value) for first, frames in found for frame, value in frames)

    return score_of(
        moved([(first, score.frames) for first, score in parts]),
        [value for _, score in parts for value in score.differences],
        {
            screen: moved([(first, score.elsewhere[screen]) for first, score in parts])
            for screen in parts[0][1].elsewhere
        },
    )


class Quality(Protocol):
    async def compare(self, job: Comparison) -> Score: ...
