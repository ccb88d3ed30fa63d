"""Probe encodes: a few seconds of the film at a few heights and qualities, made and measured for real."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from matinee.engines.encoder.port import Encoder, Excerpt, Picture, VideoEncode
from matinee.engines.quality.port import Comparison, Quality
from matinee.kernel.files import Files
from matinee.studio.encoding.api import Chunk, Inspection, Profile, RatePoint
from matinee.studio.encoding.model.ladder import crfs_for, heights_for, width_for
from matinee.studio.encoding.service.facts import picture_of

_UNCAPPED_KBPS = 60_000
"""Probes measure what a quality costs, so nothing caps them."""
_SCORED_IN_A_PROBE = 13
"""Score each n-th frame; prime, so that the frames that begin a group are not scored more often than others."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """What every probe of one film is given."""

    excerpt: Path
    picture: Picture
    frames: int
    key_frames: tuple[int, ...]
    preset: str


class Prober:
    def __init__(self, encoder: Encoder, quality: Quality, files: Files, *, at_once: int) -> None:
        self._encoder = encoder
        self._quality = quality
        self._files = files
        self._slots = asyncio.Semaphore(at_once)

    async def points(
        self,
        source: Path,
        inspection: Inspection,
        profile: Profile,
        *,
        preset: str,
        samples: Sequence[Chunk],
        folder: Path,
    ) -> list[RatePoint]:
        raster = inspection.raster
        stretches = tuple((sample.start_frame, sample.frames) for sample in samples)
        # Each stretch is about one group, and begins with a key frame, as it would alone.
        trial = _Trial(
            excerpt=folder / "excerpt.mp4",
            picture=Picture(raster.width, raster.height, raster.rate),
            frames=sum(sample.frames for sample in samples),
            key_frames=tuple(accumulate((sample.frames for sample in samples[:-1]), initial=0)),
            preset=preset,
        )
        wanted = [(height, crf) for height in heights_for(raster, profile) for crf in crfs_for(profile)]
        try:
            await self._encoder.excerpt(Excerpt(source, trial.excerpt, picture_of(raster), stretches))
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._point(trial, width_for(raster, height), height, crf))
                    for height, crf in wanted
                ]
            return [task.result() for task in tasks]
        except ExceptionGroup as failures:
            # Whoever waits reads one sentence, not how many probes were under way.
            raise failures.exceptions[0] from failures
        finally:
            await self._files.remove(folder)

    async def _point(self, trial: _Trial, width: int, height: int, crf: float) -> RatePoint:
        async with self._slots:
            target = trial.excerpt.with_name(f"{height}-{crf:g}.mp4")
            made = await self._encoder.encode_video(
                VideoEncode(
                    source=trial.excerpt,
                    target=target,
                    picture=Picture(width, height, trial.picture.frame_rate),
                    crf=crf,
                    preset=trial.preset,
                    key_frames=trial.key_frames,
                    bitrate_max_kbps=_UNCAPPED_KBPS,
                    buffer_kbits=_UNCAPPED_KBPS,
                    frames=trial.frames,
                    threads=1,
                )
            )
            score = await self._quality.compare(
                Comparison(
                    source=trial.excerpt,
                    distorted=target,
                    picture=trial.picture,
                    frames=trial.frames,
                    every=_SCORED_IN_A_PROBE,
                    threads=1,
                )
            )
        seconds = trial.frames * trial.picture.frame_rate[1] / trial.picture.frame_rate[0]
        return RatePoint(height, crf, kbps=made.size_bytes * 8 / seconds / 1000, vmaf=score.mean)
