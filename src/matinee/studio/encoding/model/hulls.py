"""What is usual of each codec: its scale of quality, and what its encodes of most films give.

Each codec has a hull of its own, and so its own CRFs, probes and prior. CRFs are compared by how coarse they are: 0 is the
middle of a codec's scale and 1 is a step of it, as far as eight steps of x264's. Probes stand at the same coarseness in
every codec.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from matinee.wire.releases import VideoCodec

Six = tuple[float, float, float, float, float, float]
"""At the source's height and the middle CRF; for each doubling of the height, and for each step of coarseness; how these
bend each other; and how each bends itself."""


@dataclass(frozen=True, slots=True)
class Hull:
    middle: float
    step: float
    crf_min: int
    crf_max: int
    loss: Six
    """The logit of what VMAF misses to 100."""
    rate: Six
    """The logarithm of the kbit/s."""
    doubt: float = 1.0
    """How much wider than H.264's its spread is drawn: its prior was learned from less."""
    has_ceiling: bool = True
    """Whether its encoder holds a rung's rate down where a scene asks for more."""

    def coarseness(self, crf: float) -> float:
        return (crf - self.middle) / self.step

    def crf_at(self, coarseness: float) -> float:
        """A whole one, because not every encoder knows others."""
        return float(round(self.middle + coarseness * self.step))


HULLS: Mapping[VideoCodec, Hull] = {
    "h264": Hull(28, 8, 16, 42, (-1.4, -1.52, 1.2, 0.3, 0.0, 0.09), (6.0, 1.05, -0.9, 0.04, 0.0, 0.06)),
    "hevc": Hull(28, 8, 14, 42, (-1.43, -1.54, 1.02, 0.29, 0.0, 0.09), (5.5, 0.84, -1.01, -0.15, 0.0, 0.09), 1.5),
    "av1": Hull(40, 16, 12, 60, (-1.75, -1.55, 0.77, 0.22, 0.0, 0.13), (5.4, 0.85, -0.9, -0.13, 0.0, 0.03), 1.5),
    "vp9": Hull(36, 12, 12, 54, (-1.6, -1.55, 1.12, 0.35, 0.0, 0.0), (5.6, 1.05, -1.04, -0.07, 0.0, 0.0), 2.0, False),
}
"""H.264's from the whole grids of four films (ADR 26); those of HEVC and AV1 from three clips at two heights, VP9's from
one (ADR 27)."""
