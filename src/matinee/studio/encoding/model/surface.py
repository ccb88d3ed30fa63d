"""What a few probes say of all encodes: rate and quality over height and CRF, as two smooth surfaces.

Over CRF the logarithm of the bitrate is nearly a straight line, and so is the logit of the VMAF: what is lost grows by the
same factor with each step until nothing is left. Over the logarithm of the height both bend a little. Six numbers give a
surface; what is usual of films and a handful of probes give the numbers, and how sure they are.

Probes see stretches that begin anew, each with a key frame and nothing behind it to look ahead to, so they look a little
worse than the film does. How much is two numbers more, which encodes of whole chunks tell.

A 4K screen has a surface of its own, as far as its scores were measured. A phone's score is a curve of the television's.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matinee.studio.encoding.api import RatePoint
from matinee.studio.encoding.model.hulls import HULLS
from matinee.studio.encoding.model.phone import PhoneCurve
from matinee.wire.releases import VideoCodec

Floats = npt.NDArray[np.float64]

# How far films differ from what is usual of a codec (`hulls.py`), number by number; learned from few films, and widened.
_SPREAD_LOSS = np.array([1.0, 0.3, 0.25, 0.35, 0.4, 0.1])
_SPREAD_RATE = np.array([3.0, 0.35, 0.15, 0.15, 0.25, 0.05])
# What probes have over encodes: on the whole, and for each step of coarseness.
_PROBES_LOSS, _PROBES_RATE, _PROBES_SPREAD = (0.12, 0.0), (0.05, 0.0), (0.15, 0.05)
_NOISE_LOSS, _NOISE_RATE = 0.05, 0.03
_NEARLY = 0.3
"""No score is so near 0 or 100 that its logit would outweigh all others."""


class Surface:
    def __init__(
        self,
        probes: Sequence[RatePoint],
        chunks: Sequence[RatePoint],
        full_height: int,
        codec: VideoCodec = "h264",
    ) -> None:
        """`probes` of stretches; `chunks`: encodes as they are made for viewers."""
        self._full_height = full_height
        self._hull = HULLS[codec]
        rows = [self._row(p.height, p.crf, is_probe=True) for p in probes]
        rows += [self._row(p.height, p.crf, is_probe=False) for p in chunks]
        points = [*probes, *chunks]
        self._loss, self._doubt = self._losses(rows, [p.vmaf for p in points])
        usual, spread = _prior(self._hull.rate, _PROBES_RATE, _SPREAD_RATE * self._hull.doubt)
        rates = np.array([math.log(p.kbps) for p in points])
        self._rate, _ = _fitted(np.array(rows), rates, _NOISE_RATE, usual, spread)
        on_4k = [(row, p.vmaf_4k) for row, p in zip(rows, points, strict=True) if p.vmaf_4k is not None]
        self._loss_4k = self._losses([row for row, _ in on_4k], [vmaf for _, vmaf in on_4k])[0] if on_4k else None
        on_phone = [(loss_of(p.vmaf), loss_of(p.vmaf_phone)) for p in points if p.vmaf_phone is not None]
        self._phone = PhoneCurve(on_phone) if on_phone else None

    def coarseness(self, crf: float) -> float:
        return self._hull.coarseness(crf)

    def at(self, height: int, crf: float, *, is_probe: bool = False) -> RatePoint:
        row = self._row(height, crf, is_probe=is_probe)
        loss = float(row @ self._loss)
        vmaf = vmaf_of(loss)
        doubt = math.sqrt(float(row @ self._doubt @ row))
        return RatePoint(
            height,
            crf,
            math.exp(float(row @ self._rate)),
            vmaf,
            vmaf_sd=vmaf * (1 - vmaf / 100) * doubt,
            vmaf_phone=None if self._phone is None else vmaf_of(self._phone.loss_at(loss)),
            vmaf_4k=None if self._loss_4k is None else vmaf_of(float(row @ self._loss_4k)),
        )

    def _losses(self, rows: Sequence[Floats], vmaf: Sequence[float]) -> tuple[Floats, Floats]:
        usual, spread = _prior(self._hull.loss, _PROBES_LOSS, _SPREAD_LOSS * self._hull.doubt)
        return _fitted(np.array(rows), np.array([loss_of(value) for value in vmaf]), _NOISE_LOSS, usual, spread)

    def _row(self, height: int, crf: float, *, is_probe: bool) -> Floats:
        size, coarse = math.log2(height / self._full_height), self._hull.coarseness(crf)
        bend = [1.0, size, coarse, size * coarse, size * size, coarse * coarse]
        return np.array([*bend, *((1.0, coarse) if is_probe else (0.0, 0.0))])


def loss_of(vmaf: float) -> float:
    kept = min(100 - _NEARLY, max(_NEARLY, vmaf))
    return math.log((100 - kept) / kept)


def vmaf_of(loss: float) -> float:
    return 100 / (1 + math.exp(min(50.0, loss)))


def _prior(usual: Sequence[float], probes: Sequence[float], spread: Floats) -> tuple[Floats, Floats]:
    return np.array([*usual, *probes]), np.array([*spread, *_PROBES_SPREAD])


def _fitted(rows: Floats, values: Floats, noise: float, usual: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Least squares that is drawn to what is usual; and the covariance of what it found."""
    precision = rows.T @ rows / noise**2 + np.diag(1 / spread**2)
    covariance: Floats = np.asarray(np.linalg.inv(precision), np.float64)
    return covariance @ (rows.T @ values / noise**2 + usual / spread**2), covariance
