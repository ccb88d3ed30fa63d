"""The plan of a film's encodes: probes of stretches, a ladder, and two of its rungs tried out as they are made for viewers.

What is tried is chunks like any others, found again by name when their rung is encoded, so trying costs only what is
dropped afterwards.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from matinee.engines.encoder.port import Encoder
from matinee.engines.quality.port import Comparison, Quality
from matinee.kernel.files import Files
from matinee.studio.encoding.api import Chunk, ChunkTask, Inspection, LadderPlan, Profile, RatePoint, Rung, trial_tasks
from matinee.studio.encoding.model.gate import score_every
from matinee.studio.encoding.model.groups import chunks_of, groups_of, scenes_of
from matinee.studio.encoding.model.ladder import candidates, choose_rungs, probes_for, worth_trying
from matinee.studio.encoding.model.sampling import fewer, samples_of_film, samples_of_scenes
from matinee.studio.encoding.model.slope import Scenes
from matinee.studio.encoding.model.surface import Surface
from matinee.studio.encoding.service.facts import picture_of
from matinee.studio.encoding.service.probing import Prober, Stage

_PRESET: dict[Profile, str] = {"fast": "hurried", "full": "medium"}
_TRIED_SCORES = 24
"""Frames of it that are scored."""
_SCORES_IN_A_CHUNK = 3
"""At least."""
_CAPPED = 0.95
"""Of its ceiling: what comes this near was held down, and says nothing of what its CRF costs."""


class Planner:
    def __init__(
        self,
        encoder: Encoder,
        quality: Quality,
        files: Files,
        *,
        folder: Path,
        at_once: int,
        encode: Callable[[ChunkTask], Awaitable[str]],
        forget: Callable[[ChunkTask], Awaitable[None]],
    ) -> None:
        self._encoder = encoder
        self._quality = quality
        self._folder = folder
        self._prober = Prober(encoder, quality, files, at_once=at_once)
        self._encode = encode
        self._forget = forget

    async def plan(self, source: Path, source_sha256: str, inspection: Inspection, profile: Profile) -> LadderPlan:
        raster, frames = inspection.raster, inspection.frames
        shots = await self._encoder.shots(source, picture_of(raster)) if profile == "full" else [0]
        groups = groups_of(frames, raster, shots)
        scenes = fewer(scenes_of(frames, raster, shots))
        samples = samples_of_scenes(inspection, scenes) if profile == "full" else samples_of_film(inspection, shots)
        folder = self._folder / f"{source_sha256[:32]}-{profile}"
        stage = Stage(source, inspection, scenes, groups, samples, _PRESET[profile], folder)
        points, by_scene = await self._prober.measure(stage, probes_for(raster, profile))
        surface = Surface(points, (), raster.height)
        slopes = Scenes(by_scene, surface)
        rungs = choose_rungs(candidates(surface, raster, profile), raster, profile)
        plan = LadderPlan(
            profile=profile,
            raster=raster,
            frames=frames,
            groups=groups,
            preset=_PRESET[profile],
            score_every=score_every(groups, frames, profile),
            rungs=rungs,
            chunks=chunks_of(frames, raster, profile, groups, shots),
            points=tuple(points),
            scenes=scenes,
            shifts=_shifts(slopes, rungs),
        )
        return await self._tried(plan, str(source), source_sha256, slopes)

    async def _tried(self, plan: LadderPlan, source: str, source_sha256: str, slopes: Scenes) -> LadderPlan:
        """The plan as it is once a few of its rungs were measured."""
        tried = [
            (rung, await self._try(plan, source, source_sha256, rung, slopes))
            for rung in worth_trying(plan.rungs, plan.profile)
        ]
        if not tried:
            return plan
        trials = [point for _, point in tried]
        free = [point for rung, point in tried if point.kbps < _CAPPED * rung.kbps_max]
        surface = Surface(plan.points, free, plan.raster.height)
        rungs = choose_rungs(candidates(surface, plan.raster, plan.profile), plan.raster, plan.profile, tried)
        settled = replace(plan, rungs=rungs, trials=tuple(trials), shifts=_shifts(slopes, rungs))
        kept = {(rung.id, rung.kbps_max) for rung in rungs}
        for rung, _ in tried:
            if (rung.id, rung.kbps_max) not in kept:
                for task in trial_tasks(source, source_sha256, plan, rung):
                    await self._forget(task)
        return settled

    async def _try(self, plan: LadderPlan, source: str, source_sha256: str, rung: Rung, slopes: Scenes) -> RatePoint:
        """What the whole film will be in this rung, from some of its chunks."""
        tasks = trial_tasks(source, source_sha256, plan, rung)
        shortest = min(task.chunk.frames for task in tasks)
        wanted = sum(task.chunk.frames for task in tasks) // _TRIED_SCORES
        every = max(plan.score_every, min(wanted, shortest // _SCORES_IN_A_CHUNK))
        size, losses, frames = 0, 0.0, 0
        for task in tasks:
            path = Path(await self._encode(task))
            size += sum(await self._encoder.frame_sizes(path))
            score = await self._quality.compare(
                Comparison(
                    source=Path(source),
                    distorted=path,
                    picture=picture_of(plan.raster),
                    start_frame=task.chunk.start_frame,
                    frames=task.chunk.frames,
                    every=every,
                )
            )
            # A chunk's first frame is a key frame, which looks better than most; of many it would be one among many.
            looks = [value for frame, value in score.frames if frame or every == plan.score_every]
            losses += (100 - fmean(looks or [score.mean])) * task.chunk.frames
            frames += task.chunk.frames
        seen = RatePoint(
            rung.height, rung.crf, size * 8 / frames * plan.raster.frames_per_second / 1000, 100 - losses / frames
        )
        return slopes.of_film(seen, _frames_in(plan.scenes, plan.frames, [task.chunk for task in tasks]))


def _shifts(slopes: Scenes, rungs: Sequence[Rung]) -> dict[str, tuple[float, ...]]:
    found = {rung.id: slopes.shifts(rung.height, rung.crf) for rung in rungs}
    return {rung: shifts for rung, shifts in found.items() if shifts}


def _frames_in(scenes: Sequence[int], frames: int, chunks: Sequence[Chunk]) -> list[int]:
    """How many frames of each scene lie in these chunks."""
    ends = [*scenes[1:], frames]
    return [
        sum(max(0, min(end, c.start_frame + c.frames) - max(start, c.start_frame)) for c in chunks)
        for start, end in zip(scenes, ends, strict=True)
    ]
