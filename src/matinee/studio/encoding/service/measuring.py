"""How an assembled rung looks: measured in stretches, each kept beside it, so that a kill costs at most one of them."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matinee.engines.encoder.port import Encoded
from matinee.engines.quality.port import Comparison, FramesDiffer, Quality, Score, joined_scores
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.studio.encoding.api import Chunk, LadderPlan, RungTask
from matinee.studio.encoding.model.gate import suspects, wrong_pictures
from matinee.studio.encoding.service.facts import picture_of, screens_for
from matinee.wire.encoding import from_json, to_json

STRETCH_S = 120.0
"""Short enough to lose, long enough that its first frame, which knows of no motion before it, weighs nothing."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a stretch was found to be in an encode of so many bytes: in another one it is measured again."""

    size_bytes: int
    every: int
    score: Score


class Meter:
    """Scores what was put together, not what was promised."""

    def __init__(self, quality: Quality, files: Files, *, stretch_s: float = STRETCH_S) -> None:
        self._quality = quality
        self._files = files
        self._stretch_s = stretch_s

    async def score(self, task: RungTask, joined: Encoded) -> Score:
        if joined.frames != task.plan.frames:
            raise FramesDiffer(
                f"The encode has {joined.frames} frames where the source has {task.plan.frames}. Encode it again.",
                frames=joined.frames,
                expected=task.plan.frames,
            )
        parts = [(part.start_frame, await self._stretch(task, joined, part)) for part in self._stretches(task.plan)]
        return joined_scores(parts)

    async def wrong(self, task: RungTask, whole: Score) -> list[str]:
        """A sentence for each stretch that shows other pictures than the master's."""
        # Seconds of a long film, in which a worker that says nothing would be taken for dead.
        found = await asyncio.to_thread(suspects, whole.differences, task.plan.raster.frames_per_second)
        told = [await self._examined(task, suspect, whole) for suspect in found]
        return [sentence for sentence in told if sentence is not None]

    def _stretches(self, plan: LadderPlan) -> Sequence[Chunk]:
        """Each begins with a frame that is scored, as it would be in the whole."""
        every = plan.score_every
        length = max(1, math.ceil(self._stretch_s * plan.raster.frames_per_second / every)) * every
        count = max(1, round(plan.frames / length))
        ends = [*(length * number for number in range(1, count)), plan.frames]
        return [Chunk(start, end - start) for start, end in zip([0, *ends], ends, strict=False)]

    async def _stretch(self, task: RungTask, joined: Encoded, part: Chunk) -> Score:
        plan = task.plan
        kept = Path(f"{task.target}.scores") / f"{part.start_frame}-{part.frames}.json"
        if await self._files.size(kept) is not None:
            try:
                found = from_json(await self._files.read(kept), _Kept)
            except InvalidInput:  # a machine that lost its power kept it by half
                found = None
            if found is not None and (found.size_bytes, found.every) == (joined.size_bytes, plan.score_every):
                return found.score
        screens = screens_for(plan.raster, task.rung.height)
        asked = replace(_between_both(task, part), every=plan.score_every, looks_at_all=True, screens=screens)
        score = await self._quality.compare(asked)
        await self._files.write(kept, to_json(_Kept(joined.size_bytes, plan.score_every, score)))
        return score

    async def _examined(self, task: RungTask, suspect: Chunk, whole: Score) -> str | None:
        """Every frame of a suspect stretch is scored, and one more on each side, which show how things move there."""
        first = max(0, suspect.start_frame - 1)
        end = min(task.plan.frames, suspect.start_frame + suspect.frames + 1)
        score = await self._quality.compare(_between_both(task, Chunk(first, end - first)))
        return wrong_pictures(task.rung, first, frames=score.frames, differences=whole.differences, vmaf=whole.mean)


def _between_both(task: RungTask, part: Chunk) -> Comparison:
    """The same part of the master and of what was made of it, every frame."""
    return Comparison(
        source=Path(task.source),
        distorted=Path(task.target),
        picture=picture_of(task.plan.raster),
        start_frame=part.start_frame,
        frames=part.frames,
        distorted_start=part.start_frame,
        grain=task.plan.grain,
    )
