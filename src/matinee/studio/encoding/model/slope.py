"""Bits over scenes: where the next bit buys most.

One CRF for a whole film gives a bit too many to what looks well anyway, and to grain that no bit saves. At equal slope,
when each scene would gain the same VMAF from the next bit, the film as a whole looks best for its size. Scenes that few
probes saw are moved less.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matinee.studio.encoding.api import RatePoint
from matinee.studio.encoding.model.hulls import HULLS
from matinee.studio.encoding.model.surface import Surface, loss_of, vmaf_of
from matinee.wire.releases import VideoCodec

Floats = npt.NDArray[np.float64]

_SHIFT_MAX, _STEP = 4.0, 0.5
"""In x264's CRF. No scene is given up for others: four steps are about as many points of VMAF as one rung is from the next."""
_GAIN_MIN = 0.05
"""VMAF of the whole film. Less is noise, and a film of one kind of scene is left alone."""
_SPREAD, _SPREAD_SLOPE, _NOISE = 0.8, 0.15, 0.08
_HALVINGS = 50


@dataclass(frozen=True, slots=True)
class SceneProbes:
    """One scene in each probe, in the probes' order."""

    frames: int
    points: tuple[RatePoint, ...]


class Scenes:
    def __init__(self, scenes: Sequence[SceneProbes], surface: Surface, codec: VideoCodec = "h264") -> None:
        self._surface = surface
        self._a_step = HULLS[codec].step / HULLS["h264"].step
        self._weights = np.array([scene.frames for scene in scenes], float)
        self._weights /= self._weights.sum()
        self._loss = np.array([_apart(scene, surface, _loss) for scene in scenes])
        self._rate = np.array([_apart(scene, surface, _rate) for scene in scenes])

    def shifts(self, height: int, crf: float) -> tuple[float, ...]:
        """What is added to each scene's CRF; all together cost what one CRF for all would."""
        if len(self._weights) < 2:
            return ()
        steps = np.arange(-_SHIFT_MAX, _SHIFT_MAX + _STEP / 2, _STEP) * self._a_step
        curves = [self._curve(height, crf + step) for step in steps]
        vmaf, kbps = np.stack([v for v, _ in curves], 1), np.stack([r for _, r in curves], 1)
        middle = len(steps) // 2
        budget = float(self._weights @ kbps[:, middle])
        low, high = 1e-6, 1e6
        chosen = np.full(len(vmaf), middle)
        for _ in range(_HALVINGS):
            price = float(np.sqrt(low * high))
            found = (vmaf - price * kbps).argmax(1)
            if self._mean(kbps, found) > budget:
                low = price
            else:
                high, chosen = price, found
        gain = self._mean(vmaf, chosen) - float(self._weights @ vmaf[:, middle])
        return tuple(float(s) for s in steps[chosen]) if gain >= _GAIN_MIN else ()

    def of_film(self, seen: RatePoint, frames: Sequence[int]) -> RatePoint:
        """What the film is where some frames of each scene were `seen`: by how much these differ from it is known."""
        if sum(frames) == 0:
            return seen
        vmaf, kbps = self._curve(seen.height, seen.crf)
        part = np.array(frames, float) / sum(frames)
        worse = loss_of(float(self._weights @ vmaf)) - loss_of(float(part @ vmaf))
        dearer = float(self._weights @ kbps) / float(part @ kbps)
        return replace(
            seen,
            kbps=seen.kbps * dearer,
            vmaf=vmaf_of(loss_of(seen.vmaf) + worse),
            vmaf_phone=None if seen.vmaf_phone is None else vmaf_of(loss_of(seen.vmaf_phone) + worse),
            vmaf_4k=None if seen.vmaf_4k is None else vmaf_of(loss_of(seen.vmaf_4k) + worse),
        )

    def _mean(self, values: Floats, chosen: npt.NDArray[np.int64]) -> float:
        return float(self._weights @ values[np.arange(len(values)), chosen])

    def _curve(self, height: int, crf: float) -> tuple[Floats, Floats]:
        """VMAF and bitrate of every scene there."""
        film = self._surface.at(height, crf, is_probe=True)
        row = np.array([1.0, self._surface.coarseness(crf)])
        return 100 / (1 + np.exp(loss_of(film.vmaf) + self._loss @ row)), film.kbps * np.exp(self._rate @ row)


def _loss(point: RatePoint) -> float:
    return loss_of(point.vmaf)


def _rate(point: RatePoint) -> float:
    return float(np.log(max(point.kbps, 1e-3)))


def _apart(scene: SceneProbes, surface: Surface, of: Callable[[RatePoint], float]) -> Floats:
    """How a scene differs from its film, and how that changes with CRF; drawn to not at all."""
    rows = np.array([[1.0, surface.coarseness(p.crf)] for p in scene.points])
    differ = np.array([of(p) - of(surface.at(p.height, p.crf, is_probe=True)) for p in scene.points])
    precision = rows.T @ rows / _NOISE**2 + np.diag([1 / _SPREAD**2, 1 / _SPREAD_SLOPE**2])
    found: Floats = np.linalg.solve(precision, rows.T @ differ / _NOISE**2)
    return found
