"""Implements `Encoding` on the encoder and the quality meter."""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

from matinee.engines.encoder.port import AudioEncode, Encoder, NotMedia, VideoEncode
from matinee.engines.quality.port import Comparison, FramesDiffer, Quality, Score
from matinee.kernel.files import Files
from matinee.studio.encoding.api import (
    Chunk,
    ChunkTask,
    Curves,
    Examination,
    Inspection,
    LadderPlan,
    Profile,
    Rung,
    RungResult,
    RungTask,
    Sheets,
    SheetsTask,
    Sound,
    SoundTask,
    SourceRefused,
    TextTask,
    chunk_tasks,
)
from matinee.studio.encoding.model.fixed import fixed_points
from matinee.studio.encoding.model.gate import judge, keep_monotone, per_segment, suspects, wrong_length, wrong_pictures
from matinee.studio.encoding.model.ladder import candidates, heights_for, with_more_bits
from matinee.studio.encoding.model.surface import Surface
from matinee.studio.encoding.service.examining import Examiner
from matinee.studio.encoding.service.facts import picture_of, sounds_of
from matinee.studio.encoding.service.planning import Planner
from matinee.wire.encoding import to_json

_RECIPE = 4
"""Part of every chunk's name: raise it when the encoder's arguments change, so that no old chunk is mistaken for a new one."""
_AUDIO_KBPS = 128
_LOUDNESS_LUFS = -23.0
_SHEET_COLUMNS = 10
_SHEET_ROWS_MAX = 10
_THUMBNAIL_WIDTH = 160
_STILL_PLACES = (0.25, 0.5, 0.75)


class EncodingService:
    def __init__(self, encoder: Encoder, quality: Quality, files: Files, *, root: Path, at_once: int = 2) -> None:
        self._encoder = encoder
        self._quality = quality
        self._files = files
        self._chunks = root / "chunks"
        self._examiner = Examiner(encoder, files, root / "cues")
        self._planner = Planner(
            encoder,
            quality,
            files,
            folder=root / "probes",
            at_once=at_once,
            encode=self.encode_chunk,
            forget=self._forget,
        )

    async def inspect(self, source: str) -> Inspection:
        return (await self.examine(source)).inspection

    async def examine(self, source: str, subtitles: Sequence[str] = ()) -> Examination:
        return await self._examiner.examine(Path(source), [Path(path) for path in subtitles])

    async def sound_of(self, source: str) -> list[Sound]:
        try:
            found = sounds_of(await self._encoder.probe(Path(source)))
        except NotMedia as refusal:
            raise SourceRefused(refusal.sentence) from refusal
        if not found:
            raise SourceRefused("The extra sound file holds no sound.")
        return list(found)

    async def plan(self, source: str, source_sha256: str, inspection: Inspection, profile: Profile) -> LadderPlan:
        return await self._planner.plan(Path(source), source_sha256, inspection, profile)

    def curves(self, plan: LadderPlan) -> Curves:
        surface = Surface(plan.points, plan.trials, plan.raster.height)
        every = candidates(surface, plan.raster, plan.profile)
        heights = tuple(
            tuple(point for point in every if point.height == height)
            for height in heights_for(plan.raster, plan.profile)
        )
        return Curves(heights, tuple(fixed_points(surface, plan.raster)))

    def second_try(self, rung: Rung) -> Rung:
        return with_more_bits(rung)

    def worth_offering(self, results: Sequence[RungResult]) -> list[RungResult]:
        return keep_monotone(results)

    async def encode_chunk(self, task: ChunkTask) -> str:
        target = self._chunk_path(task)
        if await self._files.size(target):
            return str(target)
        rung = task.rung
        await self._encoder.encode_video(
            VideoEncode(
                source=Path(task.source),
                target=target,
                picture=picture_of(task.raster, width=rung.width, height=rung.height),
                crf=rung.crf,
                preset=task.preset,
                key_frames=task.keys,
                bitrate_max_kbps=rung.kbps_max,
                buffer_kbits=rung.kbps_max * 2,
                start_frame=task.chunk.start_frame,
                frames=task.chunk.frames,
                shifts=task.shifts,
            )
        )
        return str(target)

    async def finish_rung(self, task: RungTask) -> RungResult:
        plan, rung = task.plan, task.rung
        # A part that is gone (a restored backup holds no work in progress) is made again.
        chunks = chunk_tasks(task.source, task.source_sha256, plan, rung)
        parts = [Path(await self.encode_chunk(chunk)) for chunk in chunks]
        joined = await self._encoder.join(parts, Path(task.target))
        kbps = joined.size_bytes * 8 / (plan.frames / plan.raster.frames_per_second) / 1000
        try:
            score = await self._score(task)
        except FramesDiffer:
            verdict = wrong_length(rung, frames=joined.frames, expected=plan.frames)
            return RungResult(rung, task.target, joined.frames, joined.size_bytes, kbps, 0.0, 0.0, (), verdict)
        segments = per_segment(score.frames, plan)
        wrong = [
            sentence
            for suspect in suspects(score.differences, plan.raster.frames_per_second)
            if (sentence := await self._examined(task, suspect, score)) is not None
        ]
        verdict = judge(plan, rung, vmaf=score.mean, segment_vmaf=segments, wrong=wrong)
        return RungResult(
            rung,
            task.target,
            joined.frames,
            joined.size_bytes,
            round(kbps, 1),
            round(score.mean, 2),
            round(score.first_percentile, 2),
            segments,
            verdict,
        )

    async def _score(self, task: RungTask) -> Score:
        plan = task.plan
        return await self._quality.compare(
            Comparison(
                source=Path(task.source),
                distorted=Path(task.target),
                picture=picture_of(plan.raster),
                frames=plan.frames,
                every=plan.score_every,
                looks_at_all=True,
            )
        )

    async def _examined(self, task: RungTask, suspect: Chunk, whole: Score) -> str | None:
        """Every frame of a suspect stretch is scored, and one more on each side, which show how things move there."""
        plan = task.plan
        first = max(0, suspect.start_frame - 1)
        end = min(plan.frames, suspect.start_frame + suspect.frames + 1)
        score = await self._quality.compare(
            Comparison(
                source=Path(task.source),
                distorted=Path(task.target),
                picture=picture_of(plan.raster),
                start_frame=first,
                frames=end - first,
                distorted_start=first,
            )
        )
        return wrong_pictures(task.rung, first, frames=score.frames, differences=whole.differences, vmaf=whole.mean)

    async def encode_sound(self, task: SoundTask) -> str:
        target = Path(task.target)
        if not await self._files.size(target):
            await self._encoder.encode_audio(
                AudioEncode(
                    source=Path(task.source),
                    target=target,
                    stream_index=task.stream,
                    bitrate_kbps=_AUDIO_KBPS,
                    duration_s=task.duration_s,
                    loudness_lufs=_LOUDNESS_LUFS,
                )
            )
        return task.target

    async def convert_text(self, task: TextTask) -> int:
        try:
            return await self._encoder.subtitles(Path(task.source), Path(task.target), stream_index=task.stream)
        except NotMedia as refusal:
            raise SourceRefused(refusal.sentence) from refusal

    async def draw_sheets(self, task: SheetsTask) -> Sheets:
        interval_s = 2.0 if task.duration_s <= 600 else 10.0
        count = max(1, math.ceil(task.duration_s / interval_s))
        rows = min(_SHEET_ROWS_MAX, math.ceil(count / _SHEET_COLUMNS))
        height = max(2, round(task.raster.height * _THUMBNAIL_WIDTH / task.raster.width / 2) * 2)
        pages = await self._encoder.pictures(
            Path(task.source),
            Path(task.folder) / "%d.jpg",
            picture=picture_of(task.raster),
            every_s=interval_s,
            columns=_SHEET_COLUMNS,
            rows=rows,
            width=_THUMBNAIL_WIDTH,
        )
        paths = tuple(str(page) for page in pages)
        return Sheets(paths, _SHEET_COLUMNS, rows, _THUMBNAIL_WIDTH, height, round(interval_s * 1000), count)

    async def stills(self, source: str, inspection: Inspection, folder: str) -> list[str]:
        found: list[str] = []
        for number, share in enumerate(_STILL_PLACES):
            at_s = share * inspection.duration_s
            if any(s.kind == "black" and s.start_s <= at_s <= s.end_s for s in inspection.stretches):
                continue
            target = Path(folder) / f"still-{number}.jpg"
            await self._encoder.still(Path(source), target, at_s=at_s, picture=picture_of(inspection.raster))
            found.append(str(target))
        return found

    async def forget(self, plan: LadderPlan, source_sha256: str, rungs: tuple[Rung, ...]) -> None:
        for rung in rungs:
            for chunk in chunk_tasks("", source_sha256, plan, rung):
                await self._forget(chunk)

    async def _forget(self, task: ChunkTask) -> None:
        await self._files.remove(self._chunk_path(task))

    def _chunk_path(self, task: ChunkTask) -> Path:
        """Named by everything that shapes its content: the same chunk is found again after any crash."""
        rung = task.rung
        recipe = (
            _RECIPE,
            task.source_sha256,
            task.raster,
            task.preset,
            task.keys,
            task.shifts,
            # A float also where the CRF is whole: what came through the journal has the name that it had before.
            (rung.width, rung.height, float(rung.crf), rung.kbps_max),
            task.chunk,
        )
        return self._chunks / f"{hashlib.sha256(to_json(recipe)).hexdigest()}.mp4"
