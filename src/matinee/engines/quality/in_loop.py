"""A quality meter for simulation alone: it scores stand-in encodes by their CRF and size, in virtual time."""

import math
from collections.abc import Mapping

from matinee.engines.encoder.stand_in import read_stand_in
from matinee.engines.quality.port import Comparison, FramesDiffer, Score, Screen
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.quantities import seconds

_FRAMES_A_SECOND = 200
_FLAWLESS = 98.0
_CRF_UNSEEN = 18.0
_A_CRF_STEP = 1.6
_A_HALVING = 7.0
_LOSS_THERE: Mapping[Screen, float] = {"phone": 0.5, "4k": 1.0}
"""Of what a television shows to be lost."""


class StandInQuality:
    """Implements `Quality` for stand-in films."""

    def __init__(self, files: Files, clock: Clock) -> None:
        self._files = files
        self._clock = clock

    async def compare(self, job: Comparison) -> Score:
        source = await read_stand_in(self._files, job.source)
        made = await read_stand_in(self._files, job.distorted)
        in_source = round(source.duration_s * job.picture.frame_rate[0] / job.picture.frame_rate[1]) - job.start_frame
        expected = in_source if job.frames is None else min(in_source, job.frames)
        if job.distorted_start is None and made.frames != expected:
            raise FramesDiffer(f"The encode has {made.frames} frames where the source has {expected}.")
        scored = range(0, expected, job.every)
        await self._clock.sleep(seconds(len(scored) / _FRAMES_A_SECOND))
        halvings = max(0.0, math.log2(job.picture.height / made.size[1]))
        lost = max(0.0, (made.crf or 0.0) - _CRF_UNSEEN) * _A_CRF_STEP + halvings * _A_HALVING
        mean = min(100.0, max(0.0, _FLAWLESS - lost))
        # Pictures differ a little from frame to frame, always in the same way.
        frames = tuple((frame, min(100.0, max(0.0, mean + (frame * 7 % 5) - 2))) for frame in scored)
        differences = (1.0,) * expected if job.looks_at_all else ()
        elsewhere = {
            screen: tuple((at, 100 - (100 - v) * _LOSS_THERE[screen]) for at, v in frames) for screen in job.screens
        }
        return Score(mean, max(0.0, mean - 2), max(0.0, mean - 2), frames, differences, elsewhere)
