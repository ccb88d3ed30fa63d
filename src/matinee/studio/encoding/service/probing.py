"""Probe encodes: a few seconds of the film at a few heights and qualities, made and measured for real."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from statistics import fmean

from matinee.engines.encoder.port import Encoder, Excerpt, Picture, VideoEncode
from matinee.engines.quality.port import Comparison, Frames, Quality, Score, Screen
from matinee.kernel.files import Files
from matinee.studio.encoding.api import Inspection, RatePoint, Told
from matinee.studio.encoding.model.grain import grain_strength
from matinee.studio.encoding.model.ladder import width_for
from matinee.studio.encoding.model.sampling import Sample, scene_at
from matinee.studio.encoding.model.slope import SceneProbes
from matinee.studio.encoding.service.facts import picture_of, screens_for
from matinee.wire.releases import VideoCodec

_UNCAPPED_KBPS = 60_000
"""Probes measure what a quality costs, so nothing caps them."""
_SCORES = 5
"""At least, in one probe, and two in each stretch: scoring a frame costs as much as encoding ten."""
_STRETCHES_AT_ONCE = 8
"""In one excerpt: FFmpeg opens the master once for each, and each decodes on every core."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the probes said: the whole film at each height and CRF, each of its scenes, and what became of its grain."""

    film: list[RatePoint]
    scenes: list[SceneProbes]
    grain: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What is probed: the film, its scenes, and the groups it will have."""

    source: Path
    inspection: Inspection
    scenes: tuple[int, ...]
    groups: tuple[int, ...]
    samples: tuple[Sample, ...]
    preset: str
    folder: Path
    codec: VideoCodec = "h264"

    @property
    def frames(self) -> int:
        return sum(sample.frames for sample in self.samples)

    @property
    def key_frames(self) -> tuple[int, ...]:
        """Each stretch begins with one, as it would alone."""
        return tuple(accumulate((sample.frames for sample in self.samples[:-1]), initial=0))

    @property
    def every(self) -> int:
        """Score each n-th frame."""
        shortest = min(sample.frames for sample in self.samples)
        return max(1, min(self.frames // _SCORES, shortest // 2))


class Prober:
    def __init__(self, encoder: Encoder, quality: Quality, files: Files, *, at_once: int) -> None:
        self._encoder = encoder
        self._quality = quality
        self._files = files
        self._slots = asyncio.Semaphore(at_once)

    async def measure(self, stage: Stage, wanted: Sequence[tuple[int, float]], told: Told) -> Measured:
        """Encodes of excerpts at each wanted height and CRF, all on the screens where the tallest is looked at."""
        screens = screens_for(stage.inspection.raster, max(height for height, _ in wanted))
        made = 0

        async def probed(height: int, crf: float) -> list[RatePoint]:
            nonlocal made
            points = await self._probe(stage, excerpt, height, crf, grain=grain, screens=screens)
            made += 1
            await told(made / len(wanted))
            return points

        try:
            excerpt = await self._excerpt(stage)
            grain = grain_strength(await self._encoder.noise(excerpt), stage.codec) if stage.codec == "av1" else 0
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(probed(height, crf)) for height, crf in wanted]
            by_scene = [task.result() for task in tasks]
        except ExceptionGroup as failures:
            # Whoever waits reads one sentence, not how many probes were under way.
            raise failures.exceptions[0] from failures
        finally:
            await self._files.remove(stage.folder)
        lengths = _lengths(stage)
        film = [_together(points, lengths) for points in by_scene]
        scenes = [SceneProbes(n, tuple(points)) for n, points in zip(lengths, zip(*by_scene, strict=True), strict=True)]
        return Measured(film, scenes, grain)

    async def _excerpt(self, stage: Stage) -> Path:
        parts: list[Path] = []
        for first in range(0, len(stage.samples), _STRETCHES_AT_ONCE):
            part = stage.folder / f"excerpt-{first}.mp4"
            samples = stage.samples[first : first + _STRETCHES_AT_ONCE]
            stretches = tuple((sample.start_frame, sample.frames) for sample in samples)
            await self._encoder.excerpt(Excerpt(stage.source, part, picture_of(stage.inspection.raster), stretches))
            parts.append(part)
        if len(parts) == 1:
            return parts[0]
        joined = await self._encoder.join(parts, stage.folder / "excerpt.mp4")
        for part in parts:
            await self._files.remove(part)
        return joined.path

    async def _probe(
        self, stage: Stage, excerpt: Path, height: int, crf: float, *, grain: int, screens: tuple[Screen, ...]
    ) -> list[RatePoint]:
        """Each scene."""
        raster = stage.inspection.raster
        full = Picture(raster.width, raster.height, raster.rate, video_range=raster.video_range)
        target = excerpt.with_name(f"{height}-{crf:g}.mp4")
        async with self._slots:
            await self._encoder.encode_video(
                VideoEncode(
                    source=excerpt,
                    target=target,
                    picture=replace(full, width=width_for(raster, height), height=height),
                    crf=crf,
                    preset=stage.preset,
                    key_frames=stage.key_frames,
                    bitrate_max_kbps=_UNCAPPED_KBPS,
                    buffer_kbits=_UNCAPPED_KBPS,
                    frames=stage.frames,
                    threads=1,
                    codec=stage.codec,
                    grain=grain,
                )
            )
            sizes = await self._encoder.frame_sizes(target)
            score = await self._quality.compare(
                Comparison(
                    source=excerpt,
                    distorted=target,
                    picture=full,
                    frames=stage.frames,
                    every=stage.every,
                    threads=1,
                    grain=grain,
                    screens=screens,
                )
            )
        rates, vmaf = _rates(stage, sizes), _scores(stage, score.frames)
        phone, near = _elsewhere(stage, score, "phone"), _elsewhere(stage, score, "4k")
        return [
            RatePoint(height, crf, rates[n], vmaf[n], vmaf_phone=phone[n], vmaf_4k=near[n])
            for n in range(len(stage.scenes))
        ]


def _lengths(stage: Stage) -> list[int]:
    ends = [*stage.scenes[1:], stage.inspection.frames]
    return [end - start for start, end in zip(stage.scenes, ends, strict=True)]


def _rates(stage: Stage, sizes: Sequence[int]) -> list[float]:
    """Each scene's kbit/s in the film, where groups are longer than stretches: key frames count for as many as it has."""
    keys: list[list[int]] = [[] for _ in stage.scenes]
    others: list[list[int]] = [[] for _ in stage.scenes]
    for sample, first in zip(stage.samples, stage.key_frames, strict=True):
        keys[sample.scene].append(sizes[first])
        others[sample.scene] += sizes[first + 1 : first + sample.frames]
    groups = [0] * len(stage.scenes)
    for group in stage.groups:
        groups[scene_at(stage.scenes, group)] += 1
    found: list[float] = []
    for length, count, key, other in zip(_lengths(stage), groups, keys, others, strict=True):
        size = fmean(key) * count + (fmean(other) if other else 0.0) * (length - count)
        found.append(max(1.0, size * 8 / length * stage.inspection.raster.frames_per_second / 1000))
    return found


def _elsewhere(stage: Stage, score: Score, screen: Screen) -> Sequence[float | None]:
    frames = score.elsewhere.get(screen)
    return _scores(stage, frames) if frames else [None] * len(stage.scenes)


def _scores(stage: Stage, frames: Frames) -> list[float]:
    found: list[list[float]] = [[] for _ in stage.scenes]
    keys: list[list[float]] = [[] for _ in stage.scenes]
    for frame, vmaf in frames:
        scene = stage.samples[bisect_right(stage.key_frames, frame) - 1].scene
        # Key frames look better than most, and of a stretch they are many more than of the film.
        (keys if frame in stage.key_frames else found)[scene].append(vmaf)
    found = [scene or only for scene, only in zip(found, keys, strict=True)]
    mean = fmean(vmaf for _, vmaf in frames)
    return [fmean(scene) if scene else mean for scene in found]


def _together(points: Sequence[RatePoint], lengths: Sequence[int]) -> RatePoint:
    def mean(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return fmean(known, lengths) if len(known) == len(lengths) else None

    return RatePoint(
        points[0].height,
        points[0].crf,
        fmean([point.kbps for point in points], lengths),
        fmean([point.vmaf for point in points], lengths),
        vmaf_phone=mean([point.vmaf_phone for point in points]),
        vmaf_4k=mean([point.vmaf_4k for point in points]),
    )
