"""How a film looks on a phone.

A phone's model sees what a television's does and forgives more, so its score is a curve of the other, which a few scores
in both tell. Between them, and beyond, what is lost here is lost there in the same proportion.
"""

from collections.abc import Sequence

import numpy as np


class PhoneCurve:
    def __init__(self, losses: Sequence[tuple[float, float]]) -> None:
        """(on a television, on a phone): logits of what VMAF misses to 100, of the same encodes."""
        self._tv = np.array(sorted(tv for tv, _ in losses))
        # Of two encodes the one that loses more on a television loses no less on a phone, whatever the noise.
        phone = np.maximum.accumulate([phone for _, phone in sorted(losses)])
        self._apart = phone - self._tv

    def loss_at(self, tv: float) -> float:
        return tv + float(np.interp(tv, self._tv, self._apart))
