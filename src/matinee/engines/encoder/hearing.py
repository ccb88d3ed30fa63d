"""What is heard in a sound track: silence, channels that drop out, clipping, phase; and its levels.

Samples come as they were decoded and are reduced to a few numbers every five milliseconds.
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

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


class Listener:
    """Takes interleaved 32-bit floats in pieces of any size."""

    def __init__(self, stream: int, channels: int) -> None:
        self._stream = stream
        self._channels = channels
        self._held = bytearray()
        self._power: list[Floats] = []
        self._tops: list[Floats] = []
        """Blocks, then the share of samples at each of the levels or above, then channels."""
        self._product: list[Floats] = []

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
        power = np.concatenate([*self._power, np.zeros((0, self._channels), np.float32)])
        tops = np.concatenate([*self._tops, np.zeros((0, len(_LEVELS), self._channels), np.float32)])
        product = np.concatenate([*self._product, np.zeros(0, np.float32)])
        found = [*_silences(power), *_dropouts(power), *_clipping(tops), *_opposed(power, product)]
        spans = [_placed(span, self._stream) for span in found]
        return self._heard(power, product, printed), spans

    def _measure(self, size: int) -> None:
        samples = np.frombuffer(bytes(self._held[:size]), np.float32).reshape(-1, _BLOCK, self._channels)
        del self._held[:size]
        self._power.append((samples**2).mean(1))
        far = np.abs(samples)
        self._tops.append(np.stack([(far >= level).mean(1) for level in _LEVELS], axis=1).astype(np.float32))
        if self._channels >= 2:
            self._product.append((samples[:, :, 0] * samples[:, :, 1]).mean(1))

    def _heard(self, power: Floats, product: Floats, printed: str) -> SoundHeard:
        read = summary_of(printed)
        is_silent = read.integrated_lufs is None or read.integrated_lufs <= _SILENT_LUFS
        seconds = [power[at : at + _PER_SECOND].mean() for at in range(0, len(power), _PER_SECOND)]
        correlation = None
        if len(product) and not is_silent:
            both = float(np.sqrt(power[:, 0].mean(dtype=np.float64) * power[:, 1].mean(dtype=np.float64)))
            correlation = round(float(product.mean(dtype=np.float64)) / both, 3) if both > _FLOOR else None
        return SoundHeard(
            self._stream,
            round(len(power) * BLOCK_S, 3),
            None if is_silent else read.integrated_lufs,
            None if is_silent else read.range_lu,
            None if is_silent else read.peak_dbtp,
            tuple(round(_db(float(p)), 1) for p in power.mean(0, dtype=np.float64)) if len(power) else (),
            correlation,
            tuple(round(_db(float(p)), 1) for p in seconds),
        )


def _silences(power: Floats) -> Iterator[SpanFound]:
    level = _dbs(power.max(1)) if power.size else np.zeros(0, np.float32)
    for first, end in _runs(level < _silent(level)):
        if (end - first) * BLOCK_S >= _SILENCE_MIN_S:
            fall, is_abrupt = _fall(level, first, end)
            yield SpanFound("silence", first, end, strength=fall, is_abrupt=is_abrupt)


def _silent(level: Floats) -> float:
    """Below which nothing is heard of this track."""
    loud = float(np.percentile(level, 95)) if len(level) else 0.0
    return max(_NOTHING_DBFS, min(_SILENT_DBFS, loud - _SILENT_BELOW_DB))


def _dropouts(power: Floats) -> Iterator[SpanFound]:
    channels = power.shape[1]
    if channels < 2:
        return
    levels = _dbs(power)
    silent = _silent(levels.max(1))
    for channel in range(channels):
        others = np.delete(levels, channel, axis=1).max(1)
        for first, end in _runs(levels[:, channel] < silent):
            if (end - first) * BLOCK_S < _SILENCE_MIN_S or float(np.median(others[first:end])) < _OTHERS_DBFS:
                continue
            fall, is_abrupt = _fall(levels[:, channel], first, end)
            if not is_abrupt and end - first < len(power) - _PER_SECOND:
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


def _clipping(tops: Floats) -> Iterator[SpanFound]:
    """Where waves have flat tops: that they are high is no fault."""
    high = np.zeros(len(tops), bool)
    for number, (_, _, share, _) in enumerate(_FLAT_TOPS):
        high |= (tops[:, 2 * number] >= share).any(1)
    for first, end in _runs(high, bridge=_CLIP_BRIDGE):
        strength = 0.0
        for number, (_, _, _, times) in enumerate(_FLAT_TOPS):
            top, wide = tops[first:end, 2 * number].mean(0), tops[first:end, 2 * number + 1].mean(0)
            strength = max(strength, float(top[top >= times * (wide - top)].max(initial=0.0)))
        if strength:
            yield SpanFound("clipped", first, end, strength=strength, is_abrupt=True)


def _opposed(power: Floats, product: Floats) -> Iterator[SpanFound]:
    """Where left and right cancel each other: over a fifth of a second, then to the block."""
    if len(product) < _PHASE_WINDOW:
        return
    both = np.sqrt(power[:, 0] * power[:, 1])
    window = np.ones(_PHASE_WINDOW, np.float32) / _PHASE_WINDOW
    smooth = np.convolve(product, window, "same") / np.maximum(np.convolve(both, window, "same"), _FLOOR)
    loud = _dbs(np.convolve(both, window, "same")) > _BOTH_DBFS
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


def _dbs(power: Floats) -> Floats:
    found: Floats = 10 * np.log10(np.maximum(power, _FLOOR))
    return found


def _db(power: float) -> float:
    return 10 * math.log10(max(power, _FLOOR))
