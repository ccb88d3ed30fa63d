"""What is kept of each frame when a master is examined: a few numbers, so that an hour fits into a few megabytes.

A frame is seen twice. The *sketch* is the whole picture made small, where noise and compression are averaged out: light,
color, and what changes from frame to frame. The *slice* is a number of its columns as they are, each with all its rows:
only there do interlacing, blocks, bands and the exact edges of black bars show.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SKETCH_WIDTH, SKETCH_HEIGHT = 96, 54
SLICE_COLUMNS = 128
_LUMA = SKETCH_WIDTH * SKETCH_HEIGHT
_CHROMA = _LUMA // 4
_BATCH = 64
"""Sketches that are measured together: numpy's calls cost as much as the arithmetic of one."""
_TOP = _LUMA // 50
"""What moves may be small: a fiftieth of the picture is enough to see that it does."""
_UNDECODED_MAX = 40
"""Both color differences this low occur in no picture: it is the green of memory that nobody wrote."""
_DARK_MAX = 26
"""Bars are black: 16, and what compression adds."""
_RIM, _RIM_LIT = 4, 0.25
"""Rows behind a bar, and the share of them that must be lit: words on black have no bars around them."""
_COMB_LEVELS = 10
_STEP_MAX = 40
"""An edge of the picture counts no more than this, so that a few of them do not outweigh a grid of many faint ones."""
_PERIODS = (4.0, 6.0, 8.0, 32 / 3, 12.0, 16.0, 18.0, 24.0, 32.0)
"""Rows between the edges of blocks: codecs' own, and what scaling makes of them."""
_BAND_LOW, _BAND_HIGH = 20, 236
"""Black and white are levels that any picture may heap up."""
_BAND_DISTANCES = (6, 8, 10, 12, 14, 16, 20, 24, 32)
_BAND_COUNT = 5
_BAND_LEVEL_MAX = 0.04

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Steps = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Traces:
    """One number a frame in each. Light is in levels of 255, in video range."""

    at_ms: npt.NDArray[np.int64]
    light: Floats
    spread: Floats
    """Standard deviation of luma."""
    brightest: Floats
    red: Floats
    blue: Floats
    color_spread: Floats
    undecoded: Floats
    """Share of the picture."""
    change: Floats
    """Mean difference from the frame before."""
    motion: Floats
    """The same where most changes."""
    motion_two: Floats
    """From the frame before that."""
    alike: Floats
    """Correlation with the frame before."""
    left: Floats
    right: Floats
    """Black columns, as a share of the width."""
    top: Floats
    bottom: Floats
    """Black rows, in rows."""
    comb: Floats
    blocks: Floats
    bands: Floats

    def __len__(self) -> int:
        return len(self.at_ms)


class Looker:
    """Takes sketches (track 1) and slices (track 2) as they come."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._at_ms: list[int] = []
        self._pending: list[Bytes] = []
        self._last = np.zeros((0, _LUMA), np.float32)
        """The two sketches before those that are pending."""
        self._sketched: list[Floats] = []
        self._sliced: list[tuple[float, ...]] = []
        self._grids = _grids(rows - 1)

    def take(self, track: int, at_ms: int, frame: memoryview) -> None:
        if track == 2:
            self._sliced.append(self._of_slice(np.frombuffer(frame, np.uint8).reshape(self._rows, -1)))
            return
        self._at_ms.append(at_ms)
        self._pending.append(np.array(frame, np.uint8))
        if len(self._pending) == _BATCH:
            self._measure()

    @property
    def seen_s(self) -> float:
        return self._at_ms[-1] / 1000 if self._at_ms else 0.0

    def finish(self) -> Traces:
        if self._pending:
            self._measure()
        whole = np.concatenate([*self._sketched, np.zeros((0, 13), np.float32)])
        slices = np.array(self._sliced, np.float32).reshape(-1, 5)
        count = min(len(whole), len(slices))
        columns = [*whole[:count].T, *slices[:count].T]
        return Traces(np.array(self._at_ms[:count], np.int64), *columns)

    def _measure(self) -> None:
        sketches = np.stack(self._pending)
        self._pending.clear()
        luma = sketches[:, :_LUMA].astype(np.float32)
        blue, red = sketches[:, _LUMA : _LUMA + _CHROMA], sketches[:, _LUMA + _CHROMA :]
        before = np.concatenate([self._last, luma])
        known = len(self._last)
        first, second = before[max(0, known - 1) : -1], before[max(0, known - 2) : -2]
        gone = len(luma) - len(first), len(luma) - len(second)
        step = np.abs(luma[gone[0] :] - first)
        two = np.abs(luma[gone[1] :] - second)
        lit = sketches[:, :_LUMA].reshape(-1, SKETCH_HEIGHT, SKETCH_WIDTH) > _DARK_MAX
        rows = [
            luma.mean(1),
            luma.std(1),
            luma.max(1),
            red.mean(1),
            blue.mean(1),
            np.maximum(red.std(1), blue.std(1)),
            ((red < _UNDECODED_MAX) & (blue < _UNDECODED_MAX)).mean(1),
            _late(step.mean(1), gone[0]),
            _late(_top(step), gone[0]),
            _late(_top(two), gone[1]),
            _late(_correlation(luma[gone[0] :], first), gone[0]),
            np.array([_bar(columns) for columns in lit.transpose(0, 2, 1)]) / SKETCH_WIDTH,
            np.array([_bar(columns[::-1]) for columns in lit.transpose(0, 2, 1)]) / SKETCH_WIDTH,
        ]
        self._sketched.append(np.stack(rows, axis=1).astype(np.float32))
        self._last = before[-2:]

    def _of_slice(self, rows: Bytes) -> tuple[float, ...]:
        lit = rows > _DARK_MAX
        top, bottom = _bar(lit), _bar(lit[::-1])
        inside = rows[top : self._rows - bottom]
        signed = rows.astype(np.int16)
        steps = signed[1:] - signed[:-1]
        return top, bottom, _comb(steps), self._blocks(steps), _bands(inside)

    def _blocks(self, steps: Steps) -> float:
        """By how many levels rows at the edges of a grid differ more than their neighbors do, on average."""
        sizes = np.minimum(np.abs(steps), _STEP_MAX).mean(1)
        excess = np.zeros_like(sizes)
        excess[1:-1] = sizes[1:-1] - np.maximum(sizes[:-2], sizes[2:])
        strongest = 0.0
        for grid in self._grids:
            by_phase = grid @ excess
            at = int(by_phase.argmax())
            others = np.delete(by_phase, at)
            # What is a grid stands out from all other phases, and from how much they differ among themselves.
            if by_phase[at] - others.mean() > 6 * others.std() + 0.05:
                strongest = max(strongest, float(by_phase[at] - others.max()))
        return strongest


def _grids(count: int) -> list[npt.NDArray[np.float64]]:
    """For each period a matrix that averages rows by their phase."""
    made = []
    for period in _PERIODS:
        phases = round(period)
        phase = np.floor(np.arange(count) % period / period * phases).astype(int)
        grid = (phase[None, :] == np.arange(phases)[:, None]).astype(float)
        if (grid.sum(1) >= 4).all():
            made.append(grid / grid.sum(1, keepdims=True))
    return made


def _bar(lit: npt.NDArray[np.bool_]) -> int:
    """The rows from the edge that are black, if the picture begins right behind them: else it is only a dark picture."""
    some = lit.any(1)
    first = int(some.argmax())
    return first if some[first] and lit[first : first + _RIM].mean() >= _RIM_LIT else 0


def _comb(steps: Steps) -> float:
    """The share of pixels whose rows alternate: what is woven of two moments shows where something moves."""
    big = np.where(np.abs(steps) >= _COMB_LEVELS, np.sign(steps), 0).astype(np.int8)
    turns = big[:-1] * big[1:] < 0
    woven = turns[:-2] & turns[1:-1] & turns[2:]
    return float(woven.mean()) if len(woven) else 0.0


def _bands(rows: Bytes) -> float:
    """How much of the picture keeps to levels at equal distances, 0 … 1: a smooth picture uses those between as well.

    A drawing has few levels too, but not at equal distances, so a few of them are no bands.
    """
    used = np.bincount(rows.ravel(), minlength=256)[_BAND_LOW:_BAND_HIGH].astype(np.float64)
    total = used.sum()
    if total < 0.3 * rows.size or total == 0:
        return 0.0
    # How many levels are used, rather than how much of one: large areas of one color are no ladder.
    used = np.minimum(used / total, _BAND_LEVEL_MAX)
    used /= used.sum()
    strongest = 0.0
    for distance in _BAND_DISTANCES:
        levels = -(-len(used) // distance)
        ladder = np.concatenate([used, np.zeros(levels * distance - len(used))]).reshape(levels, distance)
        by_phase = ladder.sum(0)
        near = by_phase + np.roll(by_phase, 1) + np.roll(by_phase, -1)
        at = int(near.argmax())
        steps = np.roll(ladder, 1 - at, axis=1)[:, :3].sum(1)
        expected = 3 / distance
        if (steps > 0.01).sum() >= _BAND_COUNT and near[(at + distance // 2) % distance] < expected:
            strongest = max(strongest, float((near[at] - expected) / (1 - expected)))
    return strongest


def _top(steps: Floats) -> Floats:
    found: Floats = np.partition(steps, -_TOP, axis=1)[:, -_TOP:].mean(1)
    return found


def _correlation(one: Floats, other: Floats) -> Floats:
    a, b = one - one.mean(1, keepdims=True), other - other.mean(1, keepdims=True)
    # Two flat pictures are alike; the 4 is a noise of two levels.
    found: Floats = ((a * b).mean(1) + 4) / (np.sqrt((a**2).mean(1) * (b**2).mean(1)) + 4)
    return found


def _late(values: Floats, missing: int) -> Floats:
    return np.concatenate([np.zeros(missing, np.float32), values]) if missing else values
