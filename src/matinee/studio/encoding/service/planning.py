"""The plan of a film's encodes: probes of stretches, a ladder, and two of its rungs tried out as they are made for viewers.

What is tried is chunks like any others, found again by name when their rung is encoded, so trying costs only what is
dropped afterwards.
"""

import itertools
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from matinee.engines.encoder.port import Encoder
from matinee.engines.quality.port import Comparison, FramesDiffer, Quality, Score, Screen
from matinee.kernel.files import Files
from matinee.studio.encoding.api import Chunk, ChunkTask, Inspection, LadderPlan, Profile, RatePoint, Rung, Told
from matinee.studio.encoding.model.gate import score_every
from matinee.studio.encoding.model.groups import chunks_of, group_frames_min, groups_of, scenes_of
from matinee.studio.encoding.model.hulls import HULLS
from matinee.studio.encoding.model.ladder import candidates, choose_rungs, probes_for, worth_trying
from matinee.studio.encoding.model.raster import raster_in
from matinee.studio.encoding.model.sampling import fewer, samples_of_film, samples_of_scenes
from matinee.studio.encoding.model.slope import Scenes
from matinee.studio.encoding.model.surface import Surface
from matinee.studio.encoding.model.trials import trial_tasks
from matinee.studio.encoding.model.unchanged import (
    Prints,
    found_again,
    is_whole,
    plan_again,
    with_hashes,
    worth_keeping,
)
from matinee.studio.encoding.service.facts import picture_of, screens_for
from matinee.studio.encoding.service.probing import Prober, Stage
from matinee.wire.releases import VideoCodec

_PRESET: dict[Profile, str] = {"fast": "hurried", "full": "medium"}
_TRIED_SCORES = 16
"""Frames of it that are scored."""
_SCORES_IN_A_CHUNK = 3
"""At least."""
_PROBING = 0.5
"""Of the time a plan takes, roughly: the rest is trials."""
_CAPPED = 0.85
"""Of its ceiling: what comes this near was held down, and says nothing of what its CRF costs."""
_attempts = itertools.count()


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of the film's frames, and of its title's last version."""

    kept_as: str
    prints: Prints
    plan: LadderPlan | None = None
    plan_prints: Prints | None = None


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Where the film is cut."""

    shots: tuple[int, ...]
    groups: tuple[int, ...]
    scenes: tuple[int, ...]
    chunks: tuple[Chunk, ...]


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
        drop: Callable[[ChunkTask], Awaitable[None]],
    ) -> None:
        self._encoder = encoder
        self._quality = quality
        self._files = files
        self._folder = folder
        self._prober = Prober(encoder, quality, files, at_once=at_once)
        self._encode = encode
        self._drop = drop

    async def forget(self, source_sha256: str) -> None:
        for path in await self._files.below(self._folder):
            attempt = path.relative_to(self._folder).parts[0]
            if attempt.startswith(short(source_sha256)):
                await self._files.remove(self._folder / attempt)

    async def plan(
        self,
        source: Path,
        source_sha256: str,
        inspection: Inspection,
        profile: Profile,
        codec: VideoCodec = "h264",
        beside: LadderPlan | None = None,
        past: Past | None = None,
        *,
        told: Told,
    ) -> LadderPlan:
        inspection = replace(inspection, raster=raster_in(codec, inspection.raster, inspection.video_range))
        again = None if past is None else await self._again(source, inspection, past)
        # In two codecs a film is cut at the same places.
        if again is not None and (beside is None or (again.groups, again.chunks) == (beside.groups, beside.chunks)):
            return again
        plan, slopes = await self._anew(source, source_sha256, inspection, profile, codec, beside, told)
        if past is not None:
            plan = with_hashes(replace(plan, kept_as=past.kept_as), past.prints)
        return await self._tried(plan, str(source), source_sha256, slopes, told)

    async def _again(self, source: Path, inspection: Inspection, past: Past) -> LadderPlan | None:
        """The plan of the last version with what is unchanged of it; None where that is too little."""
        former, prints = past.plan, past.plan_prints
        if former is None or prints is None or prints.frames != former.frames:
            return None
        # The same frames in another container are the same frames.
        former = replace(former, raster=replace(former.raster, key_gap_s=inspection.raster.key_gap_s))
        if former.raster != inspection.raster:
            return None
        found = found_again(former.chunks, prints, past.prints)
        kept = worth_keeping(found, inspection.frames, group_frames_min(former.raster))
        if not kept:
            return None
        shots = [0]
        if former.profile == "full" and not is_whole(kept, inspection.frames):
            shots = await self._encoder.shots(source, picture_of(former.raster))
        plan = replace(plan_again(former, kept, inspection.frames, shots), kept_as=past.kept_as)
        return with_hashes(plan, past.prints)

    async def _anew(
        self,
        source: Path,
        source_sha256: str,
        inspection: Inspection,
        profile: Profile,
        codec: VideoCodec,
        beside: LadderPlan | None,
        told: Told,
    ) -> tuple[LadderPlan, Scenes]:
        raster, frames = inspection.raster, inspection.frames
        cuts = _cuts_of(beside) if beside is not None else await self._cuts(source, inspection, profile)
        is_full = profile == "full"
        samples = samples_of_scenes(inspection, cuts.scenes) if is_full else samples_of_film(inspection, cuts.shots)
        # Two titles of one master are probed side by side, and each clears its own away.
        folder = self._folder / f"{short(source_sha256)}-{profile}-{codec}-{os.getpid()}-{next(_attempts)}"
        stage = Stage(source, inspection, cuts.scenes, cuts.groups, samples, _PRESET[profile], folder, codec)
        probed = _part_of(told, 0.0, _PROBING)
        measured = await self._prober.measure(stage, probes_for(raster, profile, codec), probed)
        surface = Surface(measured.film, (), raster.height, codec)
        slopes = Scenes(measured.scenes, surface, codec)
        rungs = choose_rungs(candidates(surface, raster, profile, codec), raster, profile, codec=codec)
        plan = LadderPlan(
            profile=profile,
            raster=raster,
            frames=frames,
            groups=cuts.groups,
            preset=_PRESET[profile],
            score_every=score_every(cuts.groups, frames, profile),
            rungs=rungs,
            chunks=cuts.chunks,
            points=tuple(measured.film),
            scenes=cuts.scenes,
            shifts=_shifts(slopes, rungs),
            codec=codec,
            grain=measured.grain,
        )
        return plan, slopes

    async def _cuts(self, source: Path, inspection: Inspection, profile: Profile) -> _Cuts:
        raster, frames = inspection.raster, inspection.frames
        shots = await self._encoder.shots(source, picture_of(raster)) if profile == "full" else [0]
        groups = groups_of(frames, raster, shots)
        scenes = fewer(scenes_of(frames, raster, shots))
        return _Cuts(tuple(shots), groups, scenes, chunks_of(frames, raster, profile, groups, shots))

    async def _tried(self, plan: LadderPlan, source: str, source_sha256: str, slopes: Scenes, told: Told) -> LadderPlan:
        """The plan as it is once a few of its rungs were measured."""
        tried: list[tuple[Rung, RatePoint]] = []
        wanted = worth_trying(plan.rungs, plan.profile)
        for number, rung in enumerate(wanted):
            part = _part_of(told, _PROBING + (1 - _PROBING) * number / len(wanted), (1 - _PROBING) / len(wanted))
            try:
                tried.append((rung, await self._try(plan, source, source_sha256, rung, slopes, part)))
            except FramesDiffer:
                # A damaged chunk is the gate's to judge. It must not be found again, or the plan would fail for ever.
                await self._forget_trial(plan, source, source_sha256, rung)
        if not tried:
            return plan
        trials = [point for _, point in tried]
        is_free = not HULLS[plan.codec].has_ceiling
        free = [point for rung, point in tried if is_free or point.kbps < _CAPPED * rung.kbps_max]
        surface = Surface(plan.points, free, plan.raster.height, plan.codec)
        points = candidates(surface, plan.raster, plan.profile, plan.codec)
        rungs = choose_rungs(points, plan.raster, plan.profile, tried, plan.codec)
        settled = replace(plan, rungs=rungs, trials=tuple(trials), shifts=_shifts(slopes, rungs))
        kept = {(rung.id, rung.kbps_max) for rung in rungs}
        for rung, _ in tried:
            if (rung.id, rung.kbps_max) not in kept:
                await self._forget_trial(plan, source, source_sha256, rung)
        return settled

    async def _forget_trial(self, plan: LadderPlan, source: str, source_sha256: str, rung: Rung) -> None:
        for task in trial_tasks(source, source_sha256, plan, rung):
            await self._drop(task)

    async def _try(
        self, plan: LadderPlan, source: str, source_sha256: str, rung: Rung, slopes: Scenes, told: Told
    ) -> RatePoint:
        """What the whole film will be in this rung, from some of its chunks."""
        tasks = trial_tasks(source, source_sha256, plan, rung)
        shortest = min(task.chunk.frames for task in tasks)
        wanted = sum(task.chunk.frames for task in tasks) // _TRIED_SCORES
        every = max(plan.score_every, min(wanted, shortest // _SCORES_IN_A_CHUNK))
        size, frames = 0, 0
        scores: list[tuple[int, Score]] = []
        screens = screens_for(plan.raster, rung.height)
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
                    grain=plan.grain,
                    screens=screens,
                )
            )
            scores.append((task.chunk.frames, score))
            frames += task.chunk.frames
            await told(len(scores) / len(tasks))
        elsewhere = {screen: _looks(scores, screen, is_plain=every == plan.score_every) for screen in screens}
        seen = RatePoint(
            rung.height,
            rung.crf,
            size * 8 / frames * plan.raster.frames_per_second / 1000,
            _looks(scores, None, is_plain=every == plan.score_every),
            vmaf_phone=elsewhere.get("phone"),
            vmaf_4k=elsewhere.get("4k"),
        )
        return slopes.of_film(seen, _frames_in(plan.scenes, plan.frames, [task.chunk for task in tasks]))


def _part_of(told: Told, first: float, share: float) -> Told:
    """Who is done with this part is so far with the whole."""

    async def part(progress: float) -> None:
        await told(first + share * progress)

    return part


def _cuts_of(plan: LadderPlan) -> _Cuts:
    """Of one codec's plan, for another's: a film is looked through once."""
    return _Cuts(plan.scenes, plan.groups, plan.scenes, plan.chunks)


def _looks(scores: Sequence[tuple[int, Score]], screen: Screen | None, *, is_plain: bool) -> float:
    """The mean of chunks of so many frames on one screen, or on a television.

    A chunk's first frame is a key frame, which looks better than most; of many (`is_plain`) it is one among many.
    """
    means: list[float] = []
    for _, score in scores:
        found = score.frames if screen is None else score.elsewhere[screen]
        means.append(fmean([vmaf for frame, vmaf in found if frame or is_plain] or [vmaf for _, vmaf in found]))
    return fmean(means, [frames for frames, _ in scores])


def short(source_sha256: str) -> str:
    """What the names of all that is made of a master begin with."""
    return source_sha256[:32]


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
