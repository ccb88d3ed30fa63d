"""What a film's traces show: stretches that are black, stand still, jump, are broken, or are not what they seem.

Measured here is what is there and how strongly; what of it is worth a word is the studio's to say. Times are those of
frames: a stretch begins with its first frame and ends where the first frame after it begins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matinee.engines.encoder.port import PictureSeen, SpanFound, SpanKind
from matinee.engines.encoder.sketches import FAR, Floats, Traces

Bools = npt.NDArray[np.bool_]

_BLACK_LIGHT, _BLACK_BRIGHTEST = 20.0, 32.0
"""Of the sketch, so of areas: stars and grain are not light. A night scene has a lamp or a moon in it."""
_LETTERS_FRAMES, _LETTERS_BRIDGE = 24, 12
"""A screen of letters is read, so it stays; between two of them it may be dark for a moment."""
_FLAT_SPREAD = 2.5
_UNDECODED_SHARE = 0.03
_STILL = 1.2
"""Levels, where most changes: what compression leaves of a frame that is shown again. The faintest motion has twice it."""
_STILL_SHARE, _STILL_MAX = 0.3, 2.4
"""Of the motion before or after it, for coarser compression leaves more where more moves."""
_STOPS_TIMES = 4.0
"""Motion before it stops, in times of what is left: less is noise that a coder stopped keeping."""
_MOVES = 4.0
_NEAR = 5
"""Frames on each side that a frame is compared with."""
_FREEZE_FRAMES = 6
"""Fewer are frames repeated by a cadence or by mistake."""
_HELD_S = 0.25
"""For less, a drawing is held again and again where films are drawn by hand."""
_CADENCE_WINDOW = 24
_CADENCE_STILLS = 2
"""More frames shown twice than this within a window are a cadence (pulldown, animation on twos), not a mistake."""
_RHYTHM = 3
"""Equal distances between frames that are repeated."""
_RHYTHM_SLACK_S = 0.05
_CUT_CHANGE, _CUT_RATIO = 5.0, 2.2
_JUMP_CHANGE, _JUMP_RATIO = 0.8, 2.0
_JUMP_MOVES = 0.25
"""What does not move cannot jump: a caption that appears, or a light that is switched on, is none."""
_SAME_SCENE = 0.5
"""Two pictures with nothing in common reach 0.3 by chance."""
_STRAY_ALIKE = 0.9
"""A flashlight leaves the picture as it is."""
_RETURNS = 0.4
_BAR_SHARE = 0.02
"""Thinner bars are the rims of a scan or a badly cut edge."""
_BAR_FRAMES = 12
_BLOCKS = 0.5
_BANDS, _BANDS_SPREAD = 0.1, 15.0
"""A picture of few tones has few levels, and is not banded."""
_FIELDS, _COMB = 0.2, 0.01
"""A frame of two moments has both an order in its lines, and edges that show it. Either alone is chance: a title that
scrolls by an even number of lines has the first, a distant fence the second."""
_SUSTAINED = 3
_EVERYWHERE = 4.0
"""Times the least: a fault of the whole film stands out from nothing in it."""
_STANDS_OUT = 2.5
"""Times what is before and after."""
_GAP = 1.5
"""Frames' lengths from one frame to the next."""
_RATE_VARIES = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """Frames from `first` to before `end`."""

    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first


class Seeing:
    """One film's traces, and what is found in them."""

    def __init__(self, traces: Traces, frame_rate: tuple[int, int], rows: int) -> None:
        self._traces = traces
        self._rows = rows
        self._count = len(traces)
        self._at_s = _times(traces.at_ms, frame_rate)
        self._frame_s = frame_rate[1] / frame_rate[0]
        steps = np.diff(self._at_s)
        self._step_s = _usual_step(steps, self._frame_s)
        late = steps > _GAP * self._step_s
        early = steps < self._step_s / _GAP
        self._is_steady = self._count < 2 or float((late | early).mean()) < _RATE_VARIES
        self._late = np.flatnonzero(late) + 1
        t = traces
        self._broken = t.undecoded > _UNDECODED_SHARE
        self._black = (t.light <= _BLACK_LIGHT) & (t.brightest <= _BLACK_BRIGHTEST) & ~self._broken
        self._flat = (t.spread < _FLAT_SPREAD) & (t.color_spread < _FLAT_SPREAD) & ~self._black & ~self._broken
        self._cuts = self._sudden(t.change, _CUT_CHANGE, _CUT_RATIO)

    def spans(self) -> list[SpanFound]:
        found = [
            *self._blacks(),
            *self._lettering(),
            *self._flats(),
            *self._stills(),
            *self._jumps(),
            *self._strays(),
            *self._missing(),
            *self._bars(),
            *self._sustained("blocks", self._traces.blocks, _BLOCKS),
            *self._sustained("bands", np.where(self._traces.spread >= _BANDS_SPREAD, self._traces.bands, 0), _BANDS),
            *self._weaves(),
        ]
        return sorted(found, key=lambda span: (span.start_s, span.kind))

    def _blacks(self) -> Iterator[SpanFound]:
        for run in _runs(self._black):
            yield self._span("black", run, is_abrupt=self._is_abrupt(run))

    def _lettering(self) -> Iterator[SpanFound]:
        for run in _runs(self._traces.letters > 0, bridge=_LETTERS_BRIDGE):
            if len(run) >= _LETTERS_FRAMES:
                yield self._span("lettering", run, strength=float(self._traces.letters[run.first : run.end].mean()))

    def _flats(self) -> Iterator[SpanFound]:
        for run in (*_runs(self._flat), *_runs(self._broken)):
            share = float(self._traces.undecoded[run.first : run.end].max())
            yield self._span("flat", run, strength=share, is_abrupt=self._is_abrupt(run))

    def _stills(self) -> Iterator[SpanFound]:
        """Frames that show the one before again: a few (repeated), or many (frozen)."""
        t = self._traces
        near = _STILL_SHARE * self._motion_beside()
        still = t.motion <= np.clip(near, _STILL, _STILL_MAX)
        still &= ~(self._black | self._flat | self._broken)
        still[:1] = False
        repeated: list[SpanFound] = []
        runs = list(_runs(still))
        brief = [run for run in runs if len(run) < _FREEZE_FRAMES]
        for run in runs:
            around = self._around(run, t.motion)
            moves = float(np.median(around)) if len(around) else 0.0
            stands_out = len(around) > 0 and float(around.min()) >= 2 * max(
                _STILL, float(t.motion[run.first : run.end].max())
            )
            alone = stands_out and not _is_cadence(run, brief) and not self._cuts[run.first - 1]
            if len(run) >= _FREEZE_FRAMES:
                if t.drift[run.first + FAR : run.end].max(initial=0.0) > 2 * _STILL:
                    continue  # it only moves slowly
                meant = self._cuts[max(0, run.first - 2) : run.first].any()
                # The frame that is shown again is the last that moved.
                shown = Run(run.first - 1, run.end)
                stops = self._stops(run) and not meant and (alone or len(shown) * self._step_s >= _HELD_S)
                yield self._span("frozen", shown, strength=moves, is_abrupt=stops)
            elif alone:
                repeated.append(self._span("repeated", run, strength=moves, is_abrupt=True))
        yield from _without_rhythm(repeated)

    def _motion_beside(self) -> Floats:
        """What moves in the frames before or after each, whichever is more: the middle of a few, so that one is none."""
        padded = np.concatenate([np.zeros(_NEAR), self._traces.motion, np.zeros(_NEAR)])
        middles = np.median(np.lib.stride_tricks.sliding_window_view(padded, _NEAR), axis=1)
        beside: Floats = np.maximum(middles[: self._count], middles[_NEAR + 1 :])
        return beside

    def _stops(self, run: Run) -> bool:
        """A picture that moves until the frame before. A still that was faded to, or where motion ran out, is meant."""
        motion = self._traces.motion
        before, after = motion[max(0, run.first - _NEAR) : run.first], motion[run.end + 1 : run.end + 1 + _NEAR]
        if not len(before):
            return False
        moved = float(np.median(before))
        left = float(np.median(motion[run.first : run.end]))
        # Little motion that does not go on either may have ended there.
        goes_on = moved >= _MOVES or (len(after) > 0 and float(np.median(after)) >= 2 * _STILL)
        return moved >= max(2 * _STILL, _STOPS_TIMES * left) and before[-1] >= moved / 2 and goes_on

    def _jumps(self) -> Iterator[SpanFound]:
        """Places where the picture goes on as it was, but further than it can have moved in one frame."""
        t = self._traces
        sudden = self._sudden(t.change, _JUMP_CHANGE, _JUMP_RATIO)
        for frame in np.flatnonzero(sudden & (t.same_scene >= _SAME_SCENE)).tolist():
            near = self._around(Run(frame, frame + 1), t.change)
            pair = slice(max(0, frame - 1), frame + 1)
            edge = self._black[pair].any() or self._flat[pair].any() or self._broken[pair].any()
            moves = min(self._moves(frame - _NEAR, frame), self._moves(frame + 1, frame + 1 + _NEAR))
            if len(near) >= 2 * _NEAR - 2 and not edge and moves > _JUMP_MOVES:
                ratio = float(t.change[frame] / near.max())
                yield self._span("jump", Run(frame, frame + 1), strength=ratio, is_abrupt=True)

    def _moves(self, first: int, end: int) -> float:
        steps = self._traces.change[max(1, first) : end]
        return float(np.median(steps)) if len(steps) else 0.0

    def _strays(self) -> Iterator[SpanFound]:
        """One frame of something else, after which the picture goes on."""
        t = self._traces
        for frame in range(1, self._count - 1):
            step = min(float(t.change[frame]), float(t.change[frame + 1]))
            if step < _CUT_CHANGE or t.change_two[frame + 1] > _RETURNS * step or t.alike[frame] > _STRAY_ALIKE:
                continue
            # Where every other frame is another picture, it flickers because it was made so.
            near = [*t.change[max(1, frame - _NEAR) : frame], *t.change[frame + 2 : frame + 2 + _NEAR]]
            whole = not (self._black[frame] or self._flat[frame] or self._broken[frame])
            if whole and max(near, default=0.0) < step / 2:
                yield self._span("stray", Run(frame, frame + 1), strength=step, is_abrupt=True)

    def _missing(self) -> Iterator[SpanFound]:
        if not self._is_steady:
            return
        for frame in self._late:
            start_s = float(self._at_s[frame - 1] + self._step_s)
            yield SpanFound("missing", start_s, float(self._at_s[frame]), is_abrupt=True)

    def _bars(self) -> Iterator[SpanFound]:
        """Stretches with the same black bars, on two opposite sides at least."""
        t = self._traces
        seen = np.stack([t.top / self._rows, t.bottom / self._rows, t.left, t.right], axis=1)
        seen[self._black] = np.nan
        for run in self._alike_runs(seen):
            top, bottom, left, right = (float(v) for v in np.nanmedian(seen[run.first : run.end], axis=0))
            if _is_pair(top, bottom) or _is_pair(left, right):
                yield replace(self._span("bars", run), sides=(top, bottom, left, right))

    def _alike_runs(self, seen: npt.NDArray[np.floating]) -> Iterator[Run]:
        """Stretches with the same bars. What is back within moments was there all the time: a dark frame hides the rims."""
        pending: Run | None = None
        for run in self._steady_runs(seen):
            if pending is not None and run.first - pending.end < _BAR_FRAMES:
                sides = [np.nanmedian(seen[part.first : part.end], axis=0) for part in (pending, run)]
                if np.abs(sides[0] - sides[1]).max() <= _BAR_SHARE / 2:
                    pending = Run(pending.first, run.end)
                    continue
            if pending is not None:
                yield pending
            pending = run
        if pending is not None:
            yield pending

    def _steady_runs(self, seen: npt.NDArray[np.floating]) -> Iterator[Run]:
        """Stretches of frames with the same bars. Black frames have none, and belong to what is around them."""
        first = 0
        last = seen[0] if len(seen) else None
        for frame in range(1, len(seen)):
            if np.isnan(seen[frame, 0]):
                continue
            assert last is not None
            if not np.isnan(last[0]) and np.abs(seen[frame] - last).max() > _BAR_SHARE / 2:
                if frame - first >= _BAR_FRAMES:
                    yield Run(first, frame)
                first = frame
            last = seen[frame]
        if self._count - first >= _BAR_FRAMES and not np.isnan(seen[first:, 0]).all():
            yield Run(first, self._count)

    def _sustained(self, kind: SpanKind, values: Floats, least: float) -> Iterator[SpanFound]:
        """Stretches that stand out from what is usual in this film."""
        usual = float(np.percentile(values, 75)) if self._count else 0.0
        threshold = least if usual >= _EVERYWHERE * least else max(least, _STANDS_OUT * usual)
        for run in _runs(values >= threshold, bridge=_SUSTAINED):
            # A weak neighbor that was bridged to is not part of it.
            level = float(np.percentile(values[run.first : run.end], 75))
            part = _longest(values[run.first : run.end] >= level / 2, run.first)
            if len(part) >= _SUSTAINED:
                yield self._span(kind, part, strength=level, is_abrupt=self._is_abrupt_in(values, part))

    def _weaves(self) -> Iterator[SpanFound]:
        t = self._traces
        for order in (t.fields, -t.fields):
            for run in _runs(order >= _FIELDS, bridge=_SUSTAINED):
                # The frames beside it have half of its neighbors, and a quarter of its order.
                level = float(np.percentile(order[run.first : run.end], 75))
                part = _longest(order[run.first : run.end] >= level / 2, run.first)
                if len(part) >= _SUSTAINED and float(np.median(t.comb[part.first : part.end])) >= _COMB:
                    yield self._span("woven", part, strength=level, is_abrupt=self._is_abrupt_in(order, part))

    def picture(self) -> PictureSeen:
        """The film as a line over time, and what is true of all of it."""
        t = self._traces
        moving = t.motion >= _MOVES
        woven = (np.abs(t.fields) >= _FIELDS) & (t.comb >= _COMB)
        seconds = np.floor(self._at_s).astype(int)
        count = int(seconds.max()) + 1 if self._count else 0
        weight = np.maximum(1, np.bincount(seconds, minlength=count))
        light = np.bincount(seconds, t.light, minlength=count) / weight
        change = np.bincount(seconds, t.change, minlength=count) / weight
        return PictureSeen(
            frames=self._count,
            light=tuple(round(float(v), 1) for v in light),
            change=tuple(round(float(v), 2) for v in change),
            woven_share=float(woven[moving].mean()) if moving.any() else 0.0,
            blocks=float(np.median(t.blocks)) if self._count else 0.0,
            still_share=float((t.motion <= _STILL).mean()) if self._count else 0.0,
            is_steady=self._is_steady,
            cuts_s=tuple(round(float(at), 3) for at in self._at_s[self._cuts & (t.same_scene < _SAME_SCENE)]),
        )

    def _sudden(self, values: Floats, least: float, ratio: float) -> Bools:
        """Frames that change more from the one before than any frame near them does."""
        if not self._count:
            return np.zeros(0, bool)
        padded = np.concatenate([np.zeros(_NEAR), values, np.zeros(_NEAR)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1).copy()
        windows[:, _NEAR] = 0
        found: Bools = (values >= least) & (values >= ratio * windows.max(1))
        return found

    def _around(self, run: Run, values: Floats) -> Floats:
        """Those of the nearest frames outside, cuts left out: they say nothing of what moves."""
        last = min(self._count, run.end + _NEAR + 1)
        near = [n for n in (*range(max(1, run.first - _NEAR), run.first), *range(run.end, last)) if not self._cuts[n]]
        return values[near]

    def _is_abrupt(self, run: Run) -> bool:
        """Whether the picture is as it was until the frame before, and again from the frame after: no fade leads here."""
        t = self._traces
        for inner, outer, beyond in ((run.first, run.first - 1, -_NEAR), (run.end - 1, run.end, _NEAR)):
            if not 0 <= outer < self._count:
                return False
            further = min(max(0, outer + beyond), self._count - 1)
            step = abs(float(t.light[outer] - t.light[inner])) + abs(float(t.spread[outer] - t.spread[inner]))
            drift = abs(float(t.light[further] - t.light[outer])) + abs(float(t.spread[further] - t.spread[outer]))
            if step < 4 or drift > step:
                return False
        return True

    def _is_abrupt_in(self, values: Floats, run: Run) -> bool:
        """Whether it sets in and ends in the middle of a shot: what one picture is made of begins and ends with it."""
        if run.first < 1 or run.end >= self._count:
            return False
        t = self._traces
        if (self._cuts[[run.first, run.end]] & (t.same_scene[[run.first, run.end]] < _SAME_SCENE)).any():
            return False
        inside = float(np.median(values[run.first : run.end]))
        outside = (values[max(0, run.first - _NEAR) : run.first], values[run.end : run.end + _NEAR])
        return all(float(np.median(part)) * _STANDS_OUT <= inside for part in outside)

    def _span(self, kind: SpanKind, run: Run, *, strength: float = 0.0, is_abrupt: bool = False) -> SpanFound:
        end_s = float(self._at_s[run.end]) if run.end < self._count else float(self._at_s[-1]) + self._frame_s
        return SpanFound(kind, float(self._at_s[run.first]), end_s, strength=strength, is_abrupt=is_abrupt)


def _times(at_ms: npt.NDArray[np.int64], frame_rate: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Where frames lie on the film's grid to a millisecond, their place on it is exact."""
    seconds = at_ms / 1000
    on_grid = np.round(seconds * frame_rate[0] / frame_rate[1]) * frame_rate[1] / frame_rate[0]
    return np.where(np.abs(on_grid - seconds) <= 0.002, on_grid, seconds)


def _usual_step(steps: npt.NDArray[np.float64], frame_s: float) -> float:
    """From frame to frame: the film's grid, unless that is another one than most frames came at (slow motion is thinned out)."""
    median = float(np.median(steps)) if len(steps) else frame_s
    return frame_s if frame_s / _GAP <= median <= _GAP * frame_s else median


def _runs(mask: Bools, *, bridge: int = 0) -> Iterator[Run]:
    """Stretches of frames for which it is true; gaps of at most `bridge` frames belong to them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    pending: Run | None = None
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        if pending is not None and first - pending.end <= bridge:
            pending = Run(pending.first, int(end))
            continue
        if pending is not None:
            yield pending
        pending = Run(int(first), int(end))
    if pending is not None:
        yield pending


def _longest(mask: Bools, first: int) -> Run:
    """The longest of the stretches for which it is true; `mask` begins at frame `first`."""
    run = max(_runs(mask, bridge=1), key=len)
    return Run(first + run.first, first + run.end)


def _is_cadence(run: Run, brief: Sequence[Run]) -> bool:
    """Whether there are others like it near: not a picture that stands for long, before anything moves."""
    near = [
        r for r in brief if r != run and r.first < run.end + _CADENCE_WINDOW and r.end > run.first - _CADENCE_WINDOW
    ]
    return sum(len(r) for r in near) > _CADENCE_STILLS


def _without_rhythm(repeated: list[SpanFound]) -> list[SpanFound]:
    """A frame shown twice every second, to the frame, is what a film at 24 becomes at 25: one cadence, not many mistakes."""
    gaps = np.diff([span.start_s for span in repeated])
    if len(gaps) < _RHYTHM or float(np.median(np.abs(gaps - np.median(gaps)))) > _RHYTHM_SLACK_S:
        return repeated
    first, last = repeated[0], repeated[-1]
    return [replace(first, kind="cadence", end_s=last.end_s, strength=float(np.median(gaps)), is_abrupt=False)]


def _is_pair(one: float, other: float) -> bool:
    """Bars lie on both sides, and are about as thick."""
    return min(one, other) >= _BAR_SHARE and max(one, other) <= 2 * min(one, other)
