"""What a film could gain by treating each scene on its own, had one tried everything: the bound for whoever moves bits.

Every scene is encoded alone at every height and many CRFs. The cheapest mixes of these, for each quality of the film as a
whole, are held against one height and one CRF for all scenes. No plan can know as much.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matinee.bench.bd import Point, bd_rate
from matinee.studio.encoding.model.surface import loss_of

Floats = npt.NDArray[np.float64]

_LEAST_VMAF = 60.0
"""Nobody is shown less for long."""
_CRF_STEP = 0.5
_PRICES = np.geomspace(1e-5, 3, 400)


@dataclass(frozen=True, slots=True)
class SceneEncode:
    scene: int
    height: int
    crf: float
    kbps: float
    vmaf: float


@dataclass(frozen=True, slots=True)
class Hindsight:
    """BD-rates in percent."""

    crf: float
    """Each scene at its own CRF, all at one height."""
    crf_and_height: float


def hindsight(encodes: Sequence[SceneEncode], frames: Sequence[int]) -> Hindsight:
    """`frames`: how long each scene is."""
    rate, vmaf = _between(encodes)
    weights = np.array(frames, float) / sum(frames)

    def mean(values: Floats) -> Floats:
        return np.tensordot(weights, values, 1)

    def mixes(rates: Floats, qualities: Floats) -> list[Point]:
        """At each price of a bit, every scene takes what is best for it. One row a scene, one column a choice."""
        scenes = np.arange(len(weights))
        chosen = [(qualities - price * rates).argmax(1) for price in _PRICES]
        return [(float(mean(rates[scenes, way])), float(mean(qualities[scenes, way]))) for way in chosen]

    one_for_all = list(zip(mean(rate).ravel(), mean(vmaf).ravel(), strict=True))
    at_one_height = [point for at in range(rate.shape[1]) for point in mixes(rate[:, at], vmaf[:, at])]
    at_any = mixes(rate.reshape(len(rate), -1), vmaf.reshape(len(vmaf), -1))
    anchor = _cheapest(one_for_all)
    return Hindsight(bd_rate(anchor, _cheapest(at_one_height)), bd_rate(anchor, _cheapest(at_any)))


def _between(encodes: Sequence[SceneEncode]) -> tuple[Floats, Floats]:
    """Rate and VMAF of (scene, height, CRF), where CRFs between those that were tried are inferred."""
    found = {(e.scene, e.height, e.crf): e for e in encodes}
    scenes, heights = sorted({e.scene for e in encodes}), sorted({e.height for e in encodes})
    crfs = sorted({e.crf for e in encodes})
    fine = np.arange(crfs[0], crfs[-1] + _CRF_STEP / 2, _CRF_STEP)

    def grid(of: Callable[[SceneEncode], float]) -> Floats:
        rows = [[np.interp(fine, crfs, [of(found[s, h, c]) for c in crfs]) for h in heights] for s in scenes]
        return np.array(rows)

    return np.exp(grid(lambda e: float(np.log(e.kbps)))), 100 / (1 + np.exp(grid(lambda e: loss_of(e.vmaf))))


def _cheapest(points: Sequence[Point]) -> list[Point]:
    """The convex hull, above the least quality."""
    hull: list[Point] = []
    for rate, vmaf in sorted(points):
        if hull and vmaf <= hull[-1][1]:
            continue
        while len(hull) > 1 and _gain(hull[-2], hull[-1]) <= _gain(hull[-2], (rate, vmaf)):
            hull.pop()
        hull.append((rate, vmaf))
    return [(rate, vmaf) for rate, vmaf in hull if vmaf >= _LEAST_VMAF]


def _gain(first: Point, second: Point) -> float:
    return (second[1] - first[1]) / max(1e-9, second[0] - first[0])
