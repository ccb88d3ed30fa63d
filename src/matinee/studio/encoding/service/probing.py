"""Probe encodes: a few seconds of the film at a few heights and qualities, made and measured for real."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from matinee.engines.encoder.port import Encoder, VideoEncode
from matinee.engines.quality.port import Comparison, Quality
from matinee.kernel.files import Files
from matinee.studio.encoding.api import Chunk, Inspection, Profile, Raster, RatePoint
from matinee.studio.encoding.model.gop import gop_frames
from matinee.studio.encoding.model.ladder import crfs_for, heights_for, width_for
from matinee.studio.encoding.service.facts import picture_of

_UNCAPPED_KBPS = 60_000
"""Probes measure what a quality costs, so nothing caps them."""
_SCORED_IN_A_PROBE = {"fast": 12, "full": 6}
"""Score each n-th frame."""


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
        wanted = [(height, crf) for height in heights_for(raster, profile) for crf in crfs_for(profile)]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._point(source, raster, profile, preset, samples, folder, height, crf))
                    for height, crf in wanted
                ]
            return [task.result() for task in tasks]
        except ExceptionGroup as failures:
            # Whoever waits reads one sentence, not how many probes were under way.
            raise failures.exceptions[0] from failures
        finally:
            await self._files.remove(folder)

    async def _point(
        self,
        source: Path,
        raster: Raster,
        profile: Profile,
        preset: str,
        samples: Sequence[Chunk],
        folder: Path,
        height: int,
        crf: float,
    ) -> RatePoint:
        bits, seconds, scores = 0.0, 0.0, 0.0
        for sample in samples:
            async with self._slots:
                target = folder / f"{height}-{crf:g}-{sample.start_frame}.mp4"
                made = await self._encoder.encode_video(
                    VideoEncode(
                        source=source,
                        target=target,
                        picture=picture_of(raster, width=width_for(raster, height), height=height),
                        crf=crf,
                        preset=preset,
                        gop_frames=gop_frames(raster),
                        bitrate_max_kbps=_UNCAPPED_KBPS,
                        buffer_kbits=_UNCAPPED_KBPS,
                        start_frame=sample.start_frame,
                        frames=sample.frames,
                        threads=1,
                    )
                )
                score = await self._quality.compare(
                    Comparison(
                        source=source,
                        distorted=target,
                        picture=picture_of(raster),
                        start_frame=sample.start_frame,
                        frames=sample.frames,
                        every=_SCORED_IN_A_PROBE[profile],
                        threads=1,
                    )
                )
            span = sample.frames / raster.frames_per_second
            bits, seconds, scores = bits + made.size_bytes * 8, seconds + span, scores + score.mean * span
        return RatePoint(height, crf, kbps=bits / seconds / 1000, vmaf=scores / seconds)
