"""Where one shot ends and the next begins: hard cuts, dissolves, and fades through black.

Seen on sketches, frames of 32 by 18 pixels: small enough that an hour is looked at in seconds, and blurred enough that
what moves within a shot changes little. A hard cut changes more from one frame to the next than anything near it. A
dissolve is a straight line from one picture to another that is unlike it: what lies between is the mix of both, and
what lies before and after changes less. So neither a pan, nor a light that is dimmed, nor somebody walking by is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SKETCH_WIDTH, SKETCH_HEIGHT = 32, 18
_LUMA = SKETCH_WIDTH * SKETCH_HEIGHT
SKETCH_BYTES = _LUMA * 3 // 2
"""A frame as 8-bit 4:2:0."""

_BLOCK = 4096
_MARGIN = 128
"""Frames looked at on both sides of a block: twice the longest transition's half, and more."""

_HARD_NEAR = 4
"""Frames on each side that a cut must stand out from: more than a pulldown repeats, fewer than a short shot has."""
_HARD_MIN = 5.0
_HARD_RATIO = 2.2
_HALVES = (4, 6, 9, 13, 18, 24)
"""Half the length of a transition, in frames: from a third of a second to two."""
_CHANGE_MIN = 14.0
"""Levels of 255, on average over the picture, from one shot to the other."""
_CHANGE_MIN_BLACK = 8.0
_BEND_MAX = 0.3
"""How far the pictures between may lie off the straight line, as a share of the whole change."""
_ALIKE_MAX = 0.65
"""Correlation of what is seen before and after. A light that is dimmed leaves the picture as it was."""
_SPREAD_MIN = 5.0
"""Levels that half of the picture changes by, brightness apart: who walks by changes less of it."""
_RESTLESS_MAX = 1.5
"""Change before and after, as a share of the transition's own."""
_STRENGTH_MIN = 1.5
_BLACK_MEAN, _BLACK_SPREAD = 20.0, 4.0

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cut:
    frame: int
    """The first of the new shot; of a transition the middle."""
    half: int = 0
    """Half of the frames that show both shots; 0: a hard cut."""


def cuts_in(sketches: npt.NDArray[np.uint8]) -> list[Cut]:
    """`sketches`: a row of `SKETCH_BYTES` a frame."""
    seen = _Seen(sketches)
    hard = _hard_cuts(seen.pixels)
    return sorted([*(Cut(frame) for frame in hard), *_through_black(_transitions(seen, hard), seen.black)], key=_frame)


class ShotFinder:
    """Finds the shots of a film whose sketches come in pieces of any size; it holds a few minutes of them at a time."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._begins = 0
        """The first frame that is held."""
        self._looked = 0
        """Everything before this frame has been judged."""
        self._cuts: list[int] = []

    def add(self, sketches: bytes) -> None:
        self._held += sketches
        while len(self._held) >= (_BLOCK + 2 * _MARGIN) * SKETCH_BYTES:
            self._look(_BLOCK + 2 * _MARGIN, until=self._begins + _BLOCK + _MARGIN)
            del self._held[: _BLOCK * SKETCH_BYTES]
            self._begins += _BLOCK

    def finish(self) -> list[int]:
        """The first frame of each shot, 0 among them."""
        frames = len(self._held) // SKETCH_BYTES
        self._look(frames, until=self._begins + frames)
        return [0, *(cut for cut in self._cuts if cut > 0)]

    def _look(self, frames: int, *, until: int) -> None:
        held = np.frombuffer(bytes(self._held[: frames * SKETCH_BYTES]), np.uint8).reshape(-1, SKETCH_BYTES)
        found = (self._begins + cut.frame for cut in cuts_in(held))
        self._cuts += [frame for frame in found if self._looked <= frame < until]
        self._looked = until


class _Seen:
    """A film as its detectors see it."""

    def __init__(self, sketches: npt.NDArray[np.uint8]) -> None:
        frames = len(sketches)
        luma, chroma = sketches[:, :_LUMA].astype(np.float32), sketches[:, _LUMA:].astype(np.float32)
        self.pixels: Floats = np.concatenate([luma, chroma], axis=1)
        self.black: Bools = (luma.mean(1) < _BLACK_MEAN) & (luma.std(1) < _BLACK_SPREAD)
        # Coarser still: what moves a little is still in its place.
        coarse = luma.reshape(frames, SKETCH_HEIGHT // 2, 2, SKETCH_WIDTH // 2, 2).mean((2, 4)).reshape(frames, -1)
        self.coarse: Floats = np.concatenate([coarse, chroma], axis=1)
        self.shapes: Floats = coarse - np.median(coarse, axis=1, keepdims=True)
        self.contrast: Floats = np.sqrt((self.shapes**2).mean(1))

    def __len__(self) -> int:
        return len(self.pixels)


def _hard_cuts(pixels: Floats) -> list[int]:
    change = np.zeros(len(pixels), np.float32)
    change[1:] = np.abs(pixels[1:] - pixels[:-1]).mean(1)
    found: list[int] = []
    for frame in np.flatnonzero(change >= _HARD_MIN):
        near = np.concatenate([change[max(1, frame - _HARD_NEAR) : frame], change[frame + 1 : frame + 1 + _HARD_NEAR]])
        if change[frame] >= _HARD_RATIO * near.max(initial=0.0) + 1.0:
            found.append(int(frame))
    return found


def _transitions(seen: _Seen, hard: Sequence[int]) -> list[Cut]:
    """The strongest first, and none that overlaps a stronger one or a hard cut."""
    strength, half = np.zeros(len(seen), np.float32), np.zeros(len(seen), np.int64)
    for each in _HALVES:
        if len(seen) > 2 * each:
            middle = np.arange(each, len(seen) - each)
            found = _strength(seen, middle, each)
            better = found > strength[middle]
            strength[middle[better]], half[middle[better]] = found[better], each
    taken = [Cut(frame) for frame in hard]
    chosen: list[Cut] = []
    for frame in np.argsort(-strength, kind="stable"):
        if strength[frame] < _STRENGTH_MIN:
            break
        cut = Cut(int(frame), int(half[frame]))
        if all(abs(cut.frame - other.frame) > max(cut.half, other.half) for other in taken):
            chosen.append(cut)
            taken.append(Cut(cut.frame, cut.half + 2))
    return sorted(chosen, key=_frame)


def _strength(seen: _Seen, middle: npt.NDArray[np.int64], half: int) -> Floats:
    """How surely a transition of this length lies around each of these frames; 0 where none does."""
    first, last, quarter = middle - half, middle + half, half // 2
    before, after = seen.coarse[first], seen.coarse[last]
    change = _apart(before, after)
    share = np.float32((half - quarter) / (2 * half))
    bend = (
        _apart(seen.coarse[middle], (before + after) * np.float32(0.5))
        + _apart(seen.coarse[middle - quarter], before * (1 - share) + after * share)
        + _apart(seen.coarse[middle + quarter], before * share + after * (1 - share))
    ) / (3 * np.maximum(change, 1e-3))
    product = (seen.shapes[first] * seen.shapes[last]).mean(1)
    alike = product / np.maximum(seen.contrast[first] * seen.contrast[last], 4.0)
    spread = np.median(np.abs(seen.shapes[first] - seen.shapes[last]), axis=1)
    earlier, later = np.maximum(0, first - half), np.minimum(len(seen) - 1, last + half)
    unrest = _apart(seen.coarse[earlier], before) + _apart(seen.coarse[later], after)
    is_dissolve = (
        (change >= _CHANGE_MIN)
        & (alike < _ALIKE_MAX)
        & (spread >= _SPREAD_MIN)
        & (unrest < _RESTLESS_MAX * np.maximum(change, 1e-3))
    )
    is_fade = (change >= _CHANGE_MIN_BLACK) & (seen.black[first] ^ seen.black[last])
    return np.where((bend < _BEND_MAX) & (is_dissolve | is_fade), change * (1 - bend / _BEND_MAX), 0).astype(np.float32)


def _apart(one: Floats, other: Floats) -> Floats:
    apart: Floats = np.abs(one - other).mean(1)
    return apart


def _through_black(found: Sequence[Cut], black: Bools) -> list[Cut]:
    """A fade out and the fade in after it are one border, in the middle of the black. What begins or ends a film is none."""
    kept: list[Cut] = []
    pending = list(found)
    while pending:
        out = pending.pop(0)
        joined = _joined(out, pending[0], black) if pending else None
        if joined is not None:
            pending.pop(0)
        cut = joined or out
        if not (black[: cut.frame - cut.half + 1].all() or black[cut.frame + cut.half :].all()):
            kept.append(cut)
    return kept


def _joined(out: Cut, into: Cut, black: Bools) -> Cut | None:
    """One border, where nothing but one stretch of black lies between the two."""
    dark = np.flatnonzero(black[out.frame : into.frame + 1]) + out.frame
    if not len(dark) or dark[-1] - dark[0] != len(dark) - 1:
        return None
    if out.frame + out.half < dark[0] - _HARD_NEAR or into.frame - into.half > dark[-1] + _HARD_NEAR:
        return None
    middle = int(dark[0] + dark[-1]) // 2
    return Cut(middle, max(middle - out.frame + out.half, into.frame + into.half - middle))


def _frame(cut: Cut) -> int:
    return cut.frame
