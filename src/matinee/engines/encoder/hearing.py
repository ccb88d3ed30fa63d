"""What is heard in a sound track: silence, channels that drop out, clipping, phase; and its levels.

Samples come as they were decoded and are reduced to a few numbers every five milliseconds. These are kept for a whole film,
so they are small: levels in hundredths of a decibel, and of what may be clipped nothing but where it may be.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from matinee.engines.encoder.loudness import summary_of
from matinee.engines.encoder.port import SoundHeard, SpanFound

RATE_HZ = 48_000
_BLOCK = RATE_HZ // 200
BLOCK_S = _BLOCK / RATE_HZ
_PER_SECOND = RATE_HZ // _BLOCK
_SILENT_DBFS, _NOTHING_DBFS = -66.0, -90.0
"""Below what a quiet room has, above what a lossy codec leaves of nothing; and the last bit of sixteen."""
_SILENT_BELOW_DB = 40.0
"""Under what is loud in a track: one that is far too quiet is not silent."""
_SILENCE_MIN_S = 0.08
_EDGE, _AROUND = 4, 40
"""Blocks on each side of an edge: sound that was there until just now, and is gone, did not die away."""
_ABRUPT_DB = 25.0
_DIES_AWAY_DB = 20.0
_HEARD_DBFS = -52.0
_OTHERS_DBFS = -50.0
_FLAT_TOPS = ((0.98, 0.94, 0.02, 2.5), (0.85, 0.7, 0.1, 3.0))
"""Of full scale: where tops begin, and what lies right below them. Then the share of a block that is worth a look, and how
many times as much of the time must be spent at the top as right below it: a tone that reaches the limit unharmed has 1.4
and 2.3 at any pitch, music and voices have less. What is clipped and then coded comes out a tenth below the limit or
above it, so there are two measures."""
_LEVELS = tuple(level for top, below, _, _ in _FLAT_TOPS for level in (top, below))
_CLIP_BRIDGE = 10
_PHASE_WINDOW = 40
_OPPOSITE = -0.7
_BOTH_DBFS = -50.0
_FLOOR = 1e-12

_SILENT_LUFS = -69.9

_CENTS = 100
"""In a decibel."""
_POWER_MAX = 1e30
"""300 dB. Floats may be any number, or none; these fit."""

Levels = npt.NDArray[np.int16]
"""Blocks, then channels: hundredths of a decibel."""
Counts = npt.NDArray[np.uint8]
"""Blocks, then how many of their samples lie at each of `_LEVELS` or above, then channels."""
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


class Listener:
    """Takes interleaved 32-bit floats in pieces of any size."""

    def __init__(self, stream: int, channels: int) -> None:
        self._stream = stream
        self._channels = channels
        self._held = bytearray()
        self._blocks = 0
        self._power = np.zeros(channels)
        self._levels, self._means = bytearray(), bytearray()
        self._high, self._tops = bytearray(), bytearray()
        """Which blocks may be clipped, with those around them; and their counts."""
        self._both, self._product = bytearray(), bytearray()
        """Of left and right: how loud they are together, and which way they go."""

    def add(self, piece: bytes) -> None:
        self._held += piece
        size = _BLOCK * self._channels * 4
        count = len(self._held) // size
        if count < _PER_SECOND:
            return
        self._measure(count * size)

    def finish(self, printed: str) -> tuple[SoundHeard, list[SpanFound]]:
        size = _BLOCK * self._channels * 4
        if whole := len(self._held) // size * size:
            self._measure(whole)
        levels = np.frombuffer(self._levels, np.int16).reshape(-1, self._channels)
        high = np.frombuffer(self._high, np.int32)
        tops = np.frombuffer(self._tops, np.uint8).reshape(-1, len(_LEVELS), self._channels)
        both, product = (np.frombuffer(held, np.float32) for held in (self._both, self._product))
        found = [*_silences(levels), *_dropouts(levels), *_clipping(high, tops), *_opposed(both, product)]
        spans = [_placed(span, self._stream) for span in found]
        return self._heard(product, printed), spans

    def _measure(self, size: int) -> None:
        samples = np.frombuffer(bytes(self._held[:size]), np.float32).reshape(-1, _BLOCK, self._channels)
        del self._held[:size]
        power = _tamed((samples**2).mean(1))
        self._power += power.sum(0, dtype=np.float64)
        self._levels += np.rint(_dbs(power) * _CENTS).astype(np.int16).tobytes()
        self._means += power.mean(1).tobytes()
        self._count(np.abs(samples))
        if self._channels >= 2:
            self._both += np.sqrt(power[:, 0] * power[:, 1]).tobytes()
            self._product += _tamed((samples[:, :, 0] * samples[:, :, 1]).mean(1)).tobytes()
        self._blocks += len(samples)

    def _count(self, far: Floats) -> None:
        counts = np.stack([(far >= level).sum(1) for level in _LEVELS], axis=1).astype(np.uint8)
        near = np.convolve(_is_high(counts), np.ones(2 * _CLIP_BRIDGE + 1))[_CLIP_BRIDGE:-_CLIP_BRIDGE] > 0
        self._high += (self._blocks + np.flatnonzero(near)).astype(np.int32).tobytes()
        self._tops += counts[near].tobytes()

    def _heard(self, product: Floats, printed: str) -> SoundHeard:
        read = summary_of(printed)
        is_silent = read.integrated_lufs is None or read.integrated_lufs <= _SILENT_LUFS
        means = np.frombuffer(self._means, np.float32)
        seconds = [means[at : at + _PER_SECOND].mean() for at in range(0, len(means), _PER_SECOND)]
        power = self._power / max(1, self._blocks)
        correlation = None
        if len(product) and not is_silent:
            both = float(np.sqrt(power[0] * power[1]))
            correlation = round(float(product.mean(dtype=np.float64)) / both, 3) if both > _FLOOR else None
        return SoundHeard(
            self._stream,
            round(self._blocks * BLOCK_S, 3),
            None if is_silent else read.integrated_lufs,
            None if is_silent else read.range_lu,
            None if is_silent else read.peak_dbtp,
            tuple(round(_db(float(p)), 1) for p in power) if self._blocks else (),
            correlation,
            tuple(round(_db(float(p)), 1) for p in seconds),
        )


def _silences(levels: Levels) -> Iterator[SpanFound]:
    level = _decibels(levels.max(1))
    for first, end in _runs(level < _silent(level)):
        if (end - first) * BLOCK_S >= _SILENCE_MIN_S:
            fall, is_abrupt = _fall(level, first, end)
            yield SpanFound("silence", first, end, strength=fall, is_abrupt=is_abrupt)


def _silent(level: Floats) -> float:
    """Below which nothing is heard of this track."""
    loud = float(np.percentile(level, 95)) if len(level) else 0.0
    return max(_NOTHING_DBFS, min(_SILENT_DBFS, loud - _SILENT_BELOW_DB))


def _dropouts(levels: Levels) -> Iterator[SpanFound]:
    channels = levels.shape[1]
    if channels < 2:
        return
    silent = _silent(_decibels(levels.max(1)))
    for channel in range(channels):
        level = _decibels(levels[:, channel])
        for first, end in _runs(level < silent):
            if (end - first) * BLOCK_S < _SILENCE_MIN_S:
                continue
            others = _decibels(np.delete(levels[first:end], channel, axis=1).max(1))
            if float(np.median(others)) < _OTHERS_DBFS:
                continue
            fall, is_abrupt = _fall(level, first, end)
            if not is_abrupt and end - first < len(level) - _PER_SECOND:
                continue  # a channel may be quiet for a while; that is how it was mixed
            yield SpanFound("dropout", first, end, strength=fall, is_abrupt=is_abrupt, channel=channel)


def _fall(level: Floats, first: int, end: int) -> tuple[float, bool]:
    """By how much the level falls at its edges, and whether it does so at once on both: what dies away is quiet before."""
    inside = float(np.median(level[first:end]))
    falls: list[float] = []
    at_once = True
    for near, far in (
        (slice(first - _EDGE, first), slice(first - _AROUND, first)),
        (slice(end, end + _EDGE), slice(end, end + _AROUND)),
    ):
        if near.start < 0 or near.stop > len(level):
            return 0.0, False
        last = float(level[near].max())
        falls.append(last - inside)
        at_once &= last >= _HEARD_DBFS and last >= float(level[max(0, far.start) : far.stop].max()) - _DIES_AWAY_DB
    return min(falls), at_once and min(falls) >= _ABRUPT_DB


def _is_high(counts: Counts) -> Bools:
    high = np.zeros(len(counts), bool)
    for number, (_, _, share, _) in enumerate(_FLAT_TOPS):
        high |= (counts[:, 2 * number] >= share * _BLOCK).any(1)
    return high


def _clipping(blocks: npt.NDArray[np.int32], tops: Counts) -> Iterator[SpanFound]:
    """Where waves have flat tops: that they are high is no fault."""
    # Between two that are high lies nothing that is not kept, or too much for a bridge.
    mask = np.zeros(int(blocks[-1]) + 1 if len(blocks) else 0, bool)
    mask[blocks] = _is_high(tops)
    for first, end in _runs(mask, bridge=_CLIP_BRIDGE):
        sums = tops[slice(*np.searchsorted(blocks, (first, end)))].sum(0, dtype=np.int64)
        most = 0
        for number, (_, _, _, times) in enumerate(_FLAT_TOPS):
            top, wide = sums[2 * number], sums[2 * number + 1]
            most = max(most, int(top[top >= times * (wide - top)].max(initial=0)))
        if most:
            yield SpanFound("clipped", first, end, strength=most / (end - first) / _BLOCK, is_abrupt=True)


def _opposed(both: Floats, product: Floats) -> Iterator[SpanFound]:
    """Where left and right cancel each other: over a fifth of a second, then to the block."""
    if len(product) < _PHASE_WINDOW:
        return
    window = np.ones(_PHASE_WINDOW, np.float32) / _PHASE_WINDOW
    power: Floats = np.convolve(both, window, "same").astype(np.float32)
    smooth = np.convolve(product, window, "same") / np.maximum(power, _FLOOR)
    loud = _dbs(power) > _BOTH_DBFS
    opposite = (smooth < _OPPOSITE) & loud
    here = product < 0
    for first, end in _runs(opposite, bridge=_PHASE_WINDOW):
        # The window blurs the edges by half its length: they lie where the blocks themselves change sign.
        while first > 0 and here[first - 1]:
            first -= 1
        while end < len(here) and here[end]:
            end += 1
        yield SpanFound("out-of-phase", first, end, strength=float(-smooth[first:end].min()), is_abrupt=True)


def _placed(span: SpanFound, stream: int) -> SpanFound:
    """Blocks become seconds."""
    return SpanFound(
        span.kind,
        round(span.start_s * BLOCK_S, 3),
        round(span.end_s * BLOCK_S, 3),
        strength=round(span.strength, 3),
        is_abrupt=span.is_abrupt,
        stream=stream,
        channel=span.channel,
    )


def _runs(mask: Bools, *, bridge: int = 0) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    pending: tuple[int, int] | None = None
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        if pending is not None and first - pending[1] <= bridge:
            pending = (pending[0], int(end))
            continue
        if pending is not None:
            yield pending
        pending = (int(first), int(end))
    if pending is not None:
        yield pending


def _decibels(levels: Levels) -> Floats:
    return levels.astype(np.float32) / np.float32(_CENTS)


def _tamed(power: Floats) -> Floats:
    return np.clip(np.nan_to_num(power), -_POWER_MAX, _POWER_MAX)


def _dbs(power: Floats) -> Floats:
    found: Floats = 10 * np.log10(np.maximum(power, _FLOOR))
    return found


def _db(power: float) -> float:
    return 10 * math.log10(max(power, _FLOOR))
