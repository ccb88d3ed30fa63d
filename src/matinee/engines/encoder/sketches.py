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
FAR = 12
"""Frames: what moves slowly enough to look still from one to the next has moved by then."""
_SUDDEN_LEVELS, _SUDDEN_TIMES = 0.6, 1.6
"""Steps worth a closer look: whether the picture goes on elsewhere, or is another one."""
_GREEN_BLUE, _GREEN_RED, _GREEN_SPREAD = 98, 88, 5.0
"""Memory that nobody wrote is zero, which is a green; as it is shown, and coded once more, a less strong one."""
_DARK_MAX = 26
"""Bars are black: 16, and what compression adds."""
_DARK_MAX_IN_SLICE = 14
"""The same in full range, where black is 0, and less: half of a night's film is darker than the other would be."""
_RIM, _RIM_FIRST, _RIM_LIT = 4, 0.05, 0.25
"""Rows behind a bar, the share of the first of them that is lit, and of all: words on black have no bars around them."""
_LETTERS_LIT, _LETTERS_LEAST, _LETTERS_GROUND, _LETTERS_COLOR = 32, 0.01, 0.55, 10
"""Letters are thin, so what they light of an area is little; the ground around them is most of the picture."""
_COMB_LEVELS, _COMB_LINES, _COMB_MOVES = 6, 5, 0.002
_FIELD_MOTION = 1.0
"""Squared levels that a frame differs by from its neighbors, on average: less than that has no order in time."""
_STEP_MAX = 40
"""An edge of the picture counts no more than this, so that a few of them do not outweigh a grid of many faint ones."""
_PERIODS = (4.0, 6.0, 8.0, 32 / 3, 12.0, 16.0, 18.0, 24.0, 32.0)
"""Rows between the edges of blocks: codecs' own, and what scaling makes of them."""
_LINES = 2
"""Rows of a phase that may be edges in the picture; every grid has at least four."""
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
    change_two: Floats
    """Mean difference from the frame before that."""
    drift: Floats
    """From the frame half a second before, about."""
    alike: Floats
    """Correlation with the frame before."""
    same_scene: Floats
    """Correlation of the detail with that of the frame before, wherever it moved to; 1 where nothing sudden happens."""
    letters: Floats
    """The share of the picture that is lit, where it is gray letters on a dark ground; else 0."""
    left: Floats
    right: Floats
    """Black columns, as a share of the width."""
    top: Floats
    bottom: Floats
    """Black rows, in rows."""
    fields: Floats
    """How much nearer in time one half of the lines is to the next frame, and the other to the one before; 0 where a
    frame is of one moment, about 0.4 where of two, and negative where the lower lines come first."""
    comb: Floats
    """Of the pixels that change, the share whose lines alternate."""
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
        """The sketches before those that are pending."""
        self._rows_before: Bytes | None = None
        self._order = FieldOrder()
        self._changes = np.zeros(4, np.float32)
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
        whole = np.concatenate([*self._sketched, np.zeros((0, 16), np.float32)])
        slices = np.array(self._sliced, np.float32).reshape(-1, 5)
        fields = self._order.finish()
        count = min(len(whole), len(slices))
        columns = [*whole[:count].T, *slices[:count, :2].T, fields[:count], *slices[:count, 2:].T]
        return Traces(np.array(self._at_ms[:count], np.int64), *columns)

    def _measure(self) -> None:
        sketches = np.stack(self._pending)
        self._pending.clear()
        luma = sketches[:, :_LUMA].astype(np.float32)
        blue, red = sketches[:, _LUMA : _LUMA + _CHROMA], sketches[:, _LUMA + _CHROMA :]
        film = np.concatenate([self._last, luma])
        step, two, far = (_apart(film, len(luma), back) for back in (1, 2, FAR))
        lit = sketches[:, :_LUMA].reshape(-1, SKETCH_HEIGHT, SKETCH_WIDTH) > _DARK_MAX
        rows = [
            luma.mean(1),
            luma.std(1),
            luma.max(1),
            red.mean(1),
            blue.mean(1),
            np.maximum(red.std(1), blue.std(1)),
            _undecoded(blue, red),
            step.mean(1),
            _top(step),
            two.mean(1),
            _top(far),
            _alike(film, len(luma)),
            self._same_scene(film, step.mean(1)),
            _letters(luma, blue, red),
            np.array([_bar(columns) for columns in lit.transpose(0, 2, 1)]) / SKETCH_WIDTH,
            np.array([_bar(columns[::-1]) for columns in lit.transpose(0, 2, 1)]) / SKETCH_WIDTH,
        ]
        self._sketched.append(np.stack(rows, axis=1).astype(np.float32))
        self._last = film[-FAR:]

    def _same_scene(self, film: Floats, change: Floats) -> Floats:
        found = np.ones(len(change), np.float32)
        for at in np.flatnonzero(change >= _SUDDEN_LEVELS).tolist():
            near = np.concatenate([self._changes[-4:], change])[at : at + 4] if at < 4 else change[at - 4 : at]
            here = len(film) - len(change) + at
            if here > 0 and change[at] >= _SUDDEN_TIMES * max(0.2, float(np.median(near))):
                found[at] = _moved_alike(film[here - 1], film[here])
        self._changes = change[-4:]
        return found

    def _of_slice(self, rows: Bytes) -> tuple[float, ...]:
        lit = rows > _DARK_MAX_IN_SLICE
        top, bottom = _bar(lit), _bar(lit[::-1])
        inside = rows[top : self._rows - bottom]
        signed = rows.astype(np.int16)
        steps = signed[1:] - signed[:-1]
        self._order.take(rows)
        return top, bottom, self._woven(rows, steps), self._blocks(steps), _bands(inside)

    def _woven(self, rows: Bytes, steps: Steps) -> float:
        """Of what changed, the share whose lines alternate, if most of those that alternate changed: stripes mostly stay."""
        before, self._rows_before = self._rows_before, rows.copy()
        if before is None or len(rows) < _COMB_LINES:
            return 0.0
        changed = np.abs(rows[2:-2].astype(np.int16) - before[2:-2]) >= _COMB_LEVELS
        alternating = _alternating(steps)
        moves, both = float(changed.mean()), float((alternating & changed).mean())
        return both / moves if moves >= _COMB_MOVES and both >= float(alternating.mean()) / 2 else 0.0

    def _blocks(self, steps: Steps) -> float:
        """By how many levels rows at the edges of a grid differ more than their neighbors do, on average."""
        sizes = np.minimum(np.abs(steps), _STEP_MAX).mean(1)
        excess = np.zeros_like(sizes)
        excess[1:-1] = np.maximum(0, sizes[1:-1] - np.maximum(sizes[:-2], sizes[2:]))
        strongest = 0.0
        for grid in self._grids:
            by_phase = grid @ excess
            at = int(by_phase.argmax())
            others = np.delete(by_phase, at)
            # What is a grid stands out from all other phases, and from how much they differ among themselves.
            if by_phase[at] - others.mean() > 6 * others.std() + 0.05:
                # Two lines are no grid: a horizon outweighs all rows of its phase, and so do the two edges of a bar.
                rows = np.sort(excess[grid[at] > 0])[:-_LINES]
                without = rows.mean()
                strongest = max(strongest, float(without - others.max()))
        return strongest


class FieldOrder:
    """Whether the two halves of a frame's lines were taken one after the other.

    Lines of one half are held against those around them in the frames before and after. In a frame of one moment both
    halves are as far from the one as from the other, or both nearer to the same one where motion slows down or speeds up;
    in a frame of two moments the earlier half is nearer to the frame before, and the later to the one after. In squares,
    what does not move adds the same to both sides, and so does noise: detail and stripes cancel out, however fine.
    """

    def __init__(self) -> None:
        self._found: list[float] = []
        self._lines: list[Floats] = []
        """Of the last two frames, and in `_around` what their neighbors make of each line."""
        self._around: list[Floats] = []
        self._moved = 0.0

    def take(self, rows: Bytes) -> None:
        whole = rows.astype(np.float32)
        lines, around = whole[1:-1], (whole[:-2] + whole[2:]) * np.float32(0.5)
        moved = float(np.square(lines - self._lines[-1]).mean()) if self._lines else 0.0
        if self._lines:
            self._found.append(self._order(around, self._moved + moved) if len(self._lines) == 2 else 0.0)
        self._lines, self._around = [*self._lines[-1:], lines], [*self._around[-1:], around]
        self._moved = moved

    def finish(self) -> Floats:
        """One value a frame. The first and the last have nothing to be held against."""
        return np.array([*self._found, 0.0][: len(self._found) + len(self._lines[-1:])], np.float32)

    def _order(self, around: Floats, motion: float) -> float:
        if motion < _FIELD_MOTION:
            return 0.0
        lines = self._lines[-1]
        nearer = (np.square(lines - self._around[-2]) - np.square(lines - around)).mean(1)
        return float(nearer[0::2].sum() - nearer[1::2].sum()) / len(nearer) / motion


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


def _undecoded(blue: Bytes, red: Bytes) -> Floats:
    """The share of each picture that is one pure green: no meadow is of one color, nor this far from gray."""
    green = (blue < _GREEN_BLUE) & (red < _GREEN_RED)
    share: Floats = green.mean(1).astype(np.float32)
    for frame in np.flatnonzero(share > 0).tolist():
        inside = green[frame]
        # Halves rather than deviations: cells at its edge are mixed with what is beside it.
        spreads = [np.subtract(*np.percentile(side[frame][inside], [75, 25])) for side in (blue, red)]
        if max(spreads) > _GREEN_SPREAD:
            share[frame] = 0
    return share


def _letters(luma: Floats, blue: Bytes, red: Bytes) -> Floats:
    """How much is lit of a picture that is dark but for what has no color and stays away from its sides.

    A dark scene is lit from somewhere, so it has color and reaches a side; and little of it is as black as this.
    """
    lit = (luma > _LETTERS_LIT).mean(1)
    ground = (luma <= _DARK_MAX).mean(1)
    pictures = luma.reshape(-1, SKETCH_HEIGHT, SKETCH_WIDTH)
    sides = np.maximum(pictures[:, :, 0].max(1), pictures[:, :, -1].max(1))
    color = np.maximum(*(np.abs(plane.astype(np.float32) - 128).max(1) for plane in (blue, red)))
    is_text = (ground >= _LETTERS_GROUND) & (sides <= _DARK_MAX) & (color <= _LETTERS_COLOR) & (lit >= _LETTERS_LEAST)
    found: Floats = np.where(is_text, lit, 0).astype(np.float32)
    return found


def _bar(lit: npt.NDArray[np.bool_]) -> int:
    """The rows from the edge that are black, if the picture begins right behind them: else it is only a dark picture."""
    some: npt.NDArray[np.bool_] = lit.mean(axis=1) >= _RIM_FIRST  # a picture's edge rings a little into the black
    first = int(some.argmax())
    return first if some[first] and lit[first : first + _RIM].mean() >= _RIM_LIT else 0


def _alternating(steps: Steps) -> npt.NDArray[np.bool_]:
    """Pixels in the middle of five lines of which each second one is of another moment."""
    big = np.where(np.abs(steps) >= _COMB_LEVELS, np.sign(steps), 0).astype(np.int8)
    turns = big[:-1] * big[1:] < 0
    found: npt.NDArray[np.bool_] = turns[:-2] & turns[1:-1] & turns[2:]
    return found


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


def _apart(film: Floats, count: int, back: int) -> Floats:
    """How much each of the last `count` sketches differs from the one `back` before it; from nothing by nothing."""
    earlier = np.arange(len(film) - count, len(film)) - back
    apart: Floats = np.abs(film[-count:] - film[np.maximum(0, earlier)])
    apart[earlier < 0] = 0
    return apart


def _moved_alike(one: Floats, other: Floats) -> float:
    """The best correlation of the detail of two sketches over all shifts of one against the other.

    Detail, because a sky above and a ground below make any two landscapes alike.
    """
    spectra = [np.fft.rfft2(_detail(sketch)) for sketch in (one, other)]
    product = np.fft.irfft2(spectra[0] * spectra[1].conj(), (SKETCH_HEIGHT, SKETCH_WIDTH))
    power = np.prod([float((_detail(sketch) ** 2).sum()) for sketch in (one, other)])
    return float(product.max() / max(1.0, np.sqrt(power)))


def _detail(sketch: Floats) -> Floats:
    """What is left without the light around each point; faded out to the edges, where shifted pictures have no partner."""
    picture = sketch.reshape(SKETCH_HEIGHT, SKETCH_WIDTH)
    around = picture
    for axis in (0, 1):
        around = np.mean([np.roll(around, shift, axis) for shift in range(-4, 5)], axis=0)
    fade = np.hanning(SKETCH_HEIGHT + 2)[1:-1, None] * np.hanning(SKETCH_WIDTH + 2)[None, 1:-1]
    detail: Floats = (picture - around) * np.sqrt(fade)
    return detail


def _alike(film: Floats, count: int) -> Floats:
    one, other = film[-count:], film[np.maximum(0, np.arange(len(film) - count, len(film)) - 1)]
    a, b = one - one.mean(1, keepdims=True), other - other.mean(1, keepdims=True)
    # Two flat pictures are alike; the 4 is a noise of two levels.
    found: Floats = ((a * b).mean(1) + 4) / (np.sqrt((a**2).mean(1) * (b**2).mean(1)) + 4)
    return found
