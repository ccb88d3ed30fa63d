"""What a few probes say of all encodes: rate and quality over height and CRF, as two smooth surfaces.

Over CRF the logarithm of the bitrate is nearly a straight line, and so is the logit of the VMAF: what is lost grows by the
same factor with each step until nothing is left. Over the logarithm of the height both bend a little. Six numbers give a
surface; what is usual of films and a handful of probes give the numbers, and how sure they are.

Probes see stretches that begin anew, each with a key frame and nothing behind it to look ahead to, so they look a little
worse than the film does. How much is two numbers more, which encodes of whole chunks tell.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matinee.studio.encoding.api import RatePoint

Floats = npt.NDArray[np.float64]

_CRF_MIDDLE, _CRF_SCALE = 28.0, 8.0
# At the source's height and CRF 28; for each doubling of the height, and for each 8 steps of CRF; then how these bend.
_USUAL_LOSS = np.array([-1.4, -1.52, 1.2, 0.3, 0.0, 0.09, 0.12, 0.0])
_SPREAD_LOSS = np.array([1.0, 0.3, 0.25, 0.35, 0.4, 0.1, 0.15, 0.05])
_USUAL_RATE = np.array([6.0, 1.05, -0.9, 0.04, 0.0, 0.06, 0.05, 0.0])
_SPREAD_RATE = np.array([3.0, 0.35, 0.15, 0.15, 0.25, 0.05, 0.15, 0.05])
"""Learned from the whole grids of four films, and widened: ADR 26."""
_NOISE_LOSS, _NOISE_RATE = 0.05, 0.03
_NEARLY = 0.3
"""No score is so near 0 or 100 that its logit would outweigh all others."""


class Surface:
    def __init__(self, probes: Sequence[RatePoint], chunks: Sequence[RatePoint], full_height: int) -> None:
        """`probes` of stretches; `chunks`: encodes as they are made for viewers."""
        self._full_height = full_height
        rows = [self._row(p.height, p.crf, is_probe=True) for p in probes]
        rows += [self._row(p.height, p.crf, is_probe=False) for p in chunks]
        points = [*probes, *chunks]
        losses, rates = np.array([loss_of(p.vmaf) for p in points]), np.array([math.log(p.kbps) for p in points])
        self._loss, self._doubt = _fitted(np.array(rows), losses, _NOISE_LOSS, _USUAL_LOSS, _SPREAD_LOSS)
        self._rate, _ = _fitted(np.array(rows), rates, _NOISE_RATE, _USUAL_RATE, _SPREAD_RATE)

    def at(self, height: int, crf: float, *, is_probe: bool = False) -> RatePoint:
        row = self._row(height, crf, is_probe=is_probe)
        vmaf = vmaf_of(float(row @ self._loss))
        doubt = math.sqrt(float(row @ self._doubt @ row))
        return RatePoint(height, crf, math.exp(float(row @ self._rate)), vmaf, vmaf_sd=vmaf * (1 - vmaf / 100) * doubt)

    def _row(self, height: int, crf: float, *, is_probe: bool) -> Floats:
        size, coarse = math.log2(height / self._full_height), coarseness(crf)
        bend = [1.0, size, coarse, size * coarse, size * size, coarse * coarse]
        return np.array([*bend, *((1.0, coarse) if is_probe else (0.0, 0.0))])


def coarseness(crf: float) -> float:
    return (crf - _CRF_MIDDLE) / _CRF_SCALE


def loss_of(vmaf: float) -> float:
    kept = min(100 - _NEARLY, max(_NEARLY, vmaf))
    return math.log((100 - kept) / kept)


def vmaf_of(loss: float) -> float:
    return 100 / (1 + math.exp(min(50.0, loss)))


def _fitted(rows: Floats, values: Floats, noise: float, usual: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Least squares that is drawn to what is usual; and the covariance of what it found."""
    precision = rows.T @ rows / noise**2 + np.diag(1 / spread**2)
    covariance: Floats = np.asarray(np.linalg.inv(precision), np.float64)
    return covariance @ (rows.T @ values / noise**2 + usual / spread**2), covariance
