"""What two sounds have in common, and where in each.

The bits of one are slid along the other: where a stretch of both is the same, one distance between them stands out from
all others. Along that distance, agreement counts for a stretch and disagreement against it. So it begins and ends where
the most is gained, and what somebody says over the music for a few seconds does not end it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matinee.studio.encoding.model.fingerprints import FRAME_S, Words

_BITS = 32
_CHANCE = 0.5
"""The share of bits that differ between sounds that have nothing in common."""
_ALIKE = 0.41
"""A share that speaks neither for nor against."""
_GAP_S = 4.0
_DROP = _GAP_S / FRAME_S * (_CHANCE - _ALIKE)
"""What may be lost before a stretch is over."""
_STANDS_OUT = 6.5
"""Deviations of what other distances give."""
_PEAKS = 3
"""Distances worth a look, for each piece."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """The same sound at two places."""

    start_s: float
    other_s: float
    length_s: float
    likeness: float
    """The share of bits that agree, 0.5 … 1."""

    @property
    def end_s(self) -> float:
        return self.start_s + self.length_s

    @property
    def other_end_s(self) -> float:
        return self.other_s + self.length_s


def in_common(one: Words, other: Words, *, piece_s: float, least_s: float) -> list[Match]:
    """Every stretch of at least `least_s` that both have, by where it is in `one`.

    `piece_s` is how much is slid at once: what is shorter than a small part of it is not seen.
    """
    found: list[Match] = []
    for distance in _distances(one, other, max(1, round(piece_s / FRAME_S))):
        found += _along(one, other, distance, least_s)
    return sorted(_once(found), key=lambda match: match.start_s)


def _distances(one: Words, other: Words, piece: int) -> list[int]:
    """How much later than in `one` something may be in `other`, in frames."""
    if not len(one) or not len(other):
        return []
    size, spectra = _spectra(other, piece)
    heights: dict[int, float] = {}
    for start in range(0, len(one), max(1, piece // 2)):
        part = _signs(one[start : start + piece])
        if part.any():
            folded = np.einsum("bf,nbf->nf", np.fft.rfft(part, size).conj(), spectra)
            product = np.fft.irfft(folded, size)[:, : size - piece + 1].ravel()
            for place, height in _peaks(product):
                distance = place - piece - start
                heights[distance] = max(height, heights.get(distance, 0.0))
    # Neighbors are one distance, which lies between two frames.
    return [d for d, height in heights.items() if height >= max(heights.get(d - 1, 0.0), heights.get(d + 1, 0.0))]


def _spectra(other: Words, piece: int) -> tuple[int, npt.NDArray[np.complexfloating]]:
    """In blocks that overlap by a piece, which is quicker than all at once; a piece may begin before the first frame."""
    size = 4 << (piece - 1).bit_length()
    step = size - piece + 1
    signs = _signs(other)
    count = -(-(len(other) + piece) // step)
    padded = np.pad(signs, ((0, 0), (piece, count * step + size - len(other) - piece)))
    blocks = np.stack([padded[:, n * step : n * step + size] for n in range(count)])
    return size, np.fft.rfft(blocks)


def _signs(words: Words) -> Floats:
    """Bits as -1 and 1, a row for each; silence as 0."""
    bits = (words[None, :] >> np.arange(_BITS, dtype=np.uint32)[:, None]) & 1
    signs: Floats = (bits.astype(np.float32) * 2 - 1) * (words != 0)
    return signs


def _peaks(product: npt.NDArray[np.floating]) -> Iterator[tuple[int, float]]:
    usual = float(np.median(np.abs(product))) / 0.6745 + 1e-6
    left = product.copy()
    for _ in range(_PEAKS):
        at = int(left.argmax())
        height = float(left[at]) / usual
        if height < _STANDS_OUT:
            return
        left[max(0, at - 2) : at + 3] = 0
        yield at, height


def _along(one: Words, other: Words, distance: int, least_s: float) -> Iterator[Match]:
    first = max(0, -distance)
    end = min(len(one), len(other) - distance)
    if end <= first:
        return
    a, b = one[first:end], other[first + distance : end + distance]
    apart = np.bitwise_count(a ^ b) / _BITS
    apart[(a == 0) | (b == 0)] = _CHANCE
    for start, stop in _stretches((_ALIKE - apart).tolist()):
        if (stop - start) * FRAME_S >= least_s:
            likeness = 1 - float(apart[start:stop].mean())
            at = first + start
            yield Match(at * FRAME_S, (at + distance) * FRAME_S, (stop - start) * FRAME_S, likeness)


def _stretches(gains: list[float]) -> Iterator[tuple[int, int]]:
    """From where the sum begins to grow to where it is highest, unless it falls too far in between."""
    total = best = 0.0
    start = best_at = 0
    for at, gain in enumerate(gains):
        if total <= 0:
            total, best, start, best_at = 0.0, 0.0, at, at
        total += gain
        if total > best:
            best, best_at = total, at + 1
        elif total < best - _DROP or total <= 0:
            if best_at > start:
                yield start, best_at
            total = 0.0
    if best_at > start and total > 0:
        yield start, best_at


def _once(matches: list[Match]) -> list[Match]:
    """A stretch that repeats itself matches at several distances: the longest stays."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda m: m.length_s * (m.likeness - _CHANCE), reverse=True):
        if all(_overlap(match, other) < 0.5 * match.length_s for other in kept):
            kept.append(match)
    return kept


def _overlap(one: Match, other: Match) -> float:
    return max(0.0, min(one.end_s, other.end_s) - max(one.start_s, other.start_s))
