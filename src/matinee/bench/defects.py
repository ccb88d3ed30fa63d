"""Defects that are planted into reels, each at a place that chance chooses and with the finding that must name it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matinee.bench.reels import RATE_HZ, Planes, Reel

Chance = np.random.Generator

_EDGE = 14
"""Frames at the ends of a reel, and beside its own cuts, that stay as they are."""
_TRIES = 12
_HEARD_EDGE_S = 0.3
_MOVES_LEVELS = 0.4
_MOVED_LEVELS = 2.5
_TONES_LEVELS, _DETAIL_LEVELS = 20.0, 6.0
_WOVEN_LEVELS, _WOVEN_SHARE = 12, 0.01


class NoPlace(Exception):
    """Nothing in this reel moves enough, or long enough without a cut; or the reel is too short."""


@dataclass(frozen=True, slots=True)
class Planted:
    reel: Reel
    start_s: float
    end_s: float


Plant = Callable[[Reel, Chance], Planted]


@dataclass(frozen=True, slots=True)
class Defect:
    name: str
    codes: tuple[str, ...]
    """Any of them names it."""
    plant: Plant
    is_heard: bool = False


def place(reel: Reel, chance: Chance, length: int, *, moves: bool = False) -> int:
    """The first of `length` frames without a cut near them; `moves`: in each of which, and around them, something moves."""
    change = reel.changes()
    fits = []
    for first in range(_EDGE, len(reel) - length - _EDGE):
        near = change[first - _EDGE : first + length + _EDGE]
        # What is several times its neighbors is a cut, or a light.
        if near.max() > 3 * float(np.median(near)) + 2:
            continue
        if moves and (near.min() < _MOVES_LEVELS):
            continue
        fits.append(first)
    if not fits:
        raise NoPlace
    return int(fits[int(chance.integers(len(fits)))])


def _painted(length: tuple[int, int], paint: Callable[[Reel, slice, Chance], None], *, moves: bool = False) -> Plant:
    def plant(reel: Reel, chance: Chance) -> Planted:
        for _ in range(_TRIES):
            count = int(chance.integers(length[0], length[1] + 1))
            first = place(reel, chance, count, moves=moves)
            made = reel.copy()
            with suppress(NoPlace):
                paint(made, slice(first, first + count), chance)
                return Planted(made, first / reel.frames_per_second, (first + count) / reel.frames_per_second)
        raise NoPlace

    return plant


def _black(reel: Reel, at: slice, chance: Chance) -> None:
    reel.luma[at], reel.blue[at], reel.red[at] = 16, 128, 128


def _gray(reel: Reel, at: slice, chance: Chance) -> None:
    reel.luma[at], reel.blue[at], reel.red[at] = int(chance.integers(60, 200)), 128, 128


def _green(reel: Reel, at: slice, chance: Chance) -> None:
    reel.luma[at], reel.blue[at], reel.red[at] = 0, 0, 0


def _half_green(reel: Reel, at: slice, chance: Chance) -> None:
    row = int(chance.integers(4, 12)) * reel.luma.shape[1] // 32 * 2
    reel.luma[at, row:], reel.blue[at, row // 2 :], reel.red[at, row // 2 :] = 0, 0, 0


def _stray(reel: Reel, at: slice, chance: Chance) -> None:
    """A picture from elsewhere: upside down, and its light turned around."""
    reel.luma[at] = 251 - reel.luma[at, ::-1, ::-1]
    reel.blue[at], reel.red[at] = reel.red[at, ::-1].copy(), reel.blue[at, ::-1].copy()


def _mosaic(size: int) -> Callable[[Reel, slice, Chance], None]:
    def paint(reel: Reel, at: slice, chance: Chance) -> None:
        for planes, block in ((reel.luma, size), (reel.blue, size // 2), (reel.red, size // 2)):
            planes[at] = _coarse(planes[at], block)

    return paint


def _coarse(planes: Planes, block: int) -> Planes:
    count, height, width = planes.shape
    padded = np.pad(planes, ((0, 0), (0, -height % block), (0, -width % block)), mode="edge").astype(np.float32)
    rows, columns = padded.shape[1] // block, padded.shape[2] // block
    means = padded.reshape(count, rows, block, columns, block).mean((2, 4))
    whole = np.repeat(np.repeat(means, block, axis=1), block, axis=2)
    return whole[:, :height, :width].round().astype(np.uint8)


def _starved(reel: Reel, at: slice, chance: Chance) -> None:
    """What a codec with too few bits leaves of blocks of 8: their mean and their slopes. Where there is detail to lose."""
    if reel.luma[at].std((1, 2)).min() < _DETAIL_LEVELS:
        raise NoPlace
    flat = _coarse(reel.luma[at], 8).astype(np.float32)
    count, height, width = flat.shape
    detail = reel.luma[at].astype(np.float32) - flat
    rows, columns = height // 8 * 8, width // 8 * 8
    blocks = detail[:, :rows, :columns].reshape(count, rows // 8, 8, columns // 8, 8)
    ramp = (np.arange(8) - 3.5) / 42
    down = np.einsum("nrycx,y->nrc", blocks, ramp) / 8
    across = np.einsum("nrycx,x->nrc", blocks, ramp) / 8
    slopes = [np.round(s * 3.5 / 12) * 12 / 3.5 for s in (down, across)]
    made = slopes[0][:, :, None, :, None] * (np.arange(8) - 3.5)[:, None, None]
    made = made + slopes[1][:, :, None, :, None] * (np.arange(8) - 3.5)
    flat[:, :rows, :columns] += made.reshape(count, rows, columns)
    reel.luma[at] = np.clip(flat, 16, 235).astype(np.uint8)


def _bands(reel: Reel, at: slice, chance: Chance) -> None:
    """Where the picture has tones enough to lose some."""
    if reel.luma[at].std() < _TONES_LEVELS:
        raise NoPlace
    step = int(chance.choice([12, 16]))
    reel.luma[at] = np.clip(reel.luma[at] // step * step + step // 2, 16, 235)


def _woven(reel: Reel, at: slice, chance: Chance) -> None:
    """Where enough moves far enough between two frames that their lines show it."""
    steps = np.abs(reel.luma[at.start + 1 : at.stop + 1].astype(np.int16) - reel.luma[at])
    if (steps >= _WOVEN_LEVELS).mean((1, 2)).min() < _WOVEN_SHARE:
        raise NoPlace
    reel.luma[at, 1::2] = reel.luma[at.start + 1 : at.stop + 1, 1::2]


def _bars(upright: bool) -> Callable[[Reel, slice, Chance], None]:
    def paint(reel: Reel, at: slice, chance: Chance) -> None:
        share = float(chance.uniform(0.08, 0.16))
        size = reel.luma.shape[2 if upright else 1]
        thick = round(size * share / 2) * 2
        for planes, width, value in ((reel.luma, thick, 16), (reel.blue, thick // 2, 128), (reel.red, thick // 2, 128)):
            view = planes[at].swapaxes(1, 2) if upright else planes[at]
            view[:, :width] = value
            view[:, -width:] = value

    return paint


def _frozen(reel: Reel, at: slice, chance: Chance) -> None:
    for planes in (reel.luma, reel.blue, reel.red):
        planes[at] = planes[at.start - 1]


def _dropped(reel: Reel, chance: Chance) -> Planted:
    """Frames cut out, and what follows moved up, where that can be seen."""
    count = int(chance.integers(3, 7))
    change = reel.changes()
    for _ in range(_TRIES):
        first = place(reel, chance, count, moves=True)
        jump = np.abs(reel.luma[first + count].astype(np.float32) - reel.luma[first - 1]).mean()
        near = np.concatenate([change[first - 6 : first], change[first + count : first + count + 6]])
        if jump >= max(_MOVED_LEVELS, 2.2 * float(near.max())):
            kept = [*range(first), *range(first + count, len(reel))]
            made = reel.frames(kept)
            at_s = first / reel.frames_per_second
            return Planted(replace(made, sound=reel.sound[: round(made.seconds * RATE_HZ)]), at_s, at_s)
    raise NoPlace


def _heard(length_s: tuple[float, float], change: Callable[[npt.NDArray[np.float32]], None]) -> Plant:
    def plant(reel: Reel, chance: Chance) -> Planted:
        seconds = float(chance.uniform(*length_s))
        if reel.seconds < seconds + 2 * _HEARD_EDGE_S:
            raise NoPlace
        made = reel.copy()
        for _ in range(_TRIES):
            start_s = float(chance.uniform(_HEARD_EDGE_S, reel.seconds - seconds - _HEARD_EDGE_S))
            first, end = round(start_s * RATE_HZ), round((start_s + seconds) * RATE_HZ)
            edges = [made.sound[at - 960 : at + 960] for at in (first, end)]
            # Who hears nothing before cannot hear that it breaks off.
            if all(np.sqrt((edge**2).mean(0)).min() > 0.01 for edge in edges):
                change(made.sound[first:end])
                return Planted(made, first / RATE_HZ, end / RATE_HZ)
        raise NoPlace

    return plant


def _mute(sound: npt.NDArray[np.float32]) -> None:
    sound[:] = 0


def _mute_right(sound: npt.NDArray[np.float32]) -> None:
    sound[:, 1] = 0


def _clip(sound: npt.NDArray[np.float32]) -> None:
    """As if recorded far too loud: every fiftieth of a second reaches the limit, however quiet it was."""
    power = np.convolve((sound**2).mean(1), np.ones(1920) / 1920, "same")
    sound[:] = np.clip(sound / np.sqrt(np.maximum(power, 1e-6))[:, None], -1, 1)


def _turn(sound: npt.NDArray[np.float32]) -> None:
    sound[:, 0] = sound.mean(1)
    sound[:, 1] = -sound[:, 0]


PLACED: Sequence[Defect] = (
    Defect("black frames", ("black",), _painted((2, 20), _black)),
    Defect("gray frames", ("flat-picture",), _painted((2, 12), _gray)),
    Defect("green frames", ("undecoded",), _painted((1, 8), _green)),
    Defect("half of the picture green", ("undecoded",), _painted((1, 8), _half_green)),
    Defect("a stray frame", ("stray-frame",), _painted((1, 1), _stray)),
    Defect("a frozen picture", ("frozen",), _painted((10, 40), _frozen, moves=True)),
    Defect("a repeated frame", ("repeated-frames",), _painted((1, 1), _frozen, moves=True)),
    Defect("frames shown again", ("repeated-frames",), _painted((2, 4), _frozen, moves=True)),
    Defect("dropped frames", ("dropped-frames",), _dropped),
    Defect("a mosaic of 8", ("blocking",), _painted((5, 25), _mosaic(8))),
    Defect("a mosaic of 16", ("blocking",), _painted((5, 25), _mosaic(16))),
    Defect("blocks without detail", ("blocking",), _painted((5, 25), _starved)),
    Defect("banding", ("banding",), _painted((5, 25), _bands)),
    Defect("woven fields", ("combing",), _painted((8, 25), _woven, moves=True)),
    Defect("bars above and below", ("bars-change",), _painted((16, 50), _bars(upright=False))),
    Defect("bars on the sides", ("bars-change",), _painted((16, 50), _bars(upright=True))),
    Defect("a break in the sound", ("silence",), _heard((0.12, 0.8), _mute), is_heard=True),
    Defect("a channel that drops out", ("channel-dropout",), _heard((0.12, 0.8), _mute_right), is_heard=True),
    Defect("clipped sound", ("clipping",), _heard((0.3, 1.2), _clip), is_heard=True),
    Defect("sides against each other", ("out-of-phase",), _heard((0.8, 1.6), _turn), is_heard=True),
)
