"""Implements `Encoding` on the encoder and the quality meter."""

import asyncio
import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import get_args

from matinee.engines.encoder.port import (
    NO_PICTURE,
    PRINT_BYTES,
    Encoder,
    NotMedia,
)
from matinee.engines.faces.port import Faces
from matinee.engines.quality.port import FramesDiffer, Quality
from matinee.kernel.files import Files
from matinee.studio.encoding.api import (
    ChunkTask,
    Curves,
    Examination,
    Finding,
    Inspection,
    LadderPlan,
    NoPicture,
    Outline,
    Profile,
    Raster,
    Rung,
    RungResult,
    RungTask,
    Sheets,
    SheetsTask,
    Sound,
    SoundBeside,
    SoundMade,
    SoundTask,
    SourceRefused,
    Still,
    TextMade,
    TextTask,
    Told,
)
from matinee.studio.encoding.model.fingerprints import RATE_HZ, Fingerprinter
from matinee.studio.encoding.model.fixed import fixed_points
from matinee.studio.encoding.model.gate import (
    held_together,
    judge,
    keep_monotone,
    not_as_planned,
    per_segment,
    wrong_length,
)
from matinee.studio.encoding.model.ladder import candidates, heights_for, with_more_bits
from matinee.studio.encoding.model.outline import outline_of
from matinee.studio.encoding.model.season import season_markers
from matinee.studio.encoding.model.surface import Surface
from matinee.studio.encoding.model.unchanged import Prints
from matinee.studio.encoding.service.chunks import RECIPE, Chunks
from matinee.studio.encoding.service.examining import Examiner
from matinee.studio.encoding.service.facts import picture_of, sounds_of
from matinee.studio.encoding.service.keeping import Keeping
from matinee.studio.encoding.service.looks import Looks
from matinee.studio.encoding.service.measuring import Meter
from matinee.studio.encoding.service.photographing import Photographer
from matinee.studio.encoding.service.planning import Past, Planner, short
from matinee.studio.encoding.service.sounding import make_sound
from matinee.studio.encoding.service.texts import Texts
from matinee.wire.releases import Marker, VideoCodec

KEPT_BYTES_MAX = 20 << 30
"""Of finished chunks, put by for the next versions of titles."""
_OF_MASTER = re.compile(r"\.?([0-9a-f]{32})(?![0-9a-f])")
"""As `short` makes them. A meter's logs lie there too, and say not whose they are."""


class EncodingService:
    def __init__(
        self,
        encoder: Encoder,
        quality: Quality,
        files: Files,
        *,
        root: Path,
        at_once: int = 2,
        kept_bytes_max: int = KEPT_BYTES_MAX,
        faces: Faces | None = None,
    ) -> None:
        self._encoder = encoder
        self._meter = Meter(quality, files)
        self._files = files
        self._prints = root / "prints"
        self._made = (root / "chunks", self._prints, root / "probes")
        """Where the names of all that is made of masters begin with whose it is."""
        self._keeping = Keeping(files, folder=root / "kept", bytes_max=kept_bytes_max)
        self._chunks = Chunks(encoder, files, self._keeping, folder=root / "chunks")
        self._texts = Texts(encoder, files)
        self._looks = Looks(at_once)
        self._examiner = Examiner(encoder, self._texts, root / "cues")
        self._photographer = Photographer(encoder, files, faces)
        self._planner = Planner(
            encoder,
            quality,
            files,
            folder=root / "probes",
            at_once=at_once,
            encode=self._chunks.encode,
            drop=self._chunks.drop,
        )

    async def inspect(self, source: str, source_sha256: str | None = None, *, is_urgent: bool = True) -> Inspection:
        prints = None if source_sha256 is None else self._prints_path(source_sha256)
        async with self._looks.urgent() if is_urgent else self._looks.patient():
            return (await self._examiner.examine(Path(source), (), prints=prints)).inspection

    async def examine(self, source: str, subtitles: Sequence[str] = ()) -> Examination:
        async with self._looks.urgent():
            return await self._examiner.examine(Path(source), [Path(path) for path in subtitles])

    async def examine_text(self, file: str, name: str, language: str, duration_s: float) -> tuple[Finding, ...]:
        return await self._examiner.text_beside(Path(file), name, language, duration_s)

    async def examine_sound(self, file: str, name: str, duration_s: float) -> SoundBeside:
        return await self._examiner.sound_beside(Path(file), name, duration_s)

    async def size(self, source: str) -> float:
        try:
            info = await self._encoder.probe(Path(source))
        except NotMedia:
            return 0.0
        pictures = [v.width * v.height * v.frame_rate[0] / max(1, v.frame_rate[1]) for v in info.video[:1]]
        return sum(pictures) * info.duration_s / 1e6

    async def sound_of(self, source: str) -> list[Sound]:
        try:
            found = sounds_of(await self._encoder.probe(Path(source)))
        except NotMedia as refusal:
            raise SourceRefused(refusal.sentence) from refusal
        if not found:
            raise SourceRefused("The extra sound file holds no sound.")
        return list(found)

    async def plan(
        self,
        source: str,
        source_sha256: str,
        inspection: Inspection,
        profile: Profile,
        *,
        codec: VideoCodec = "h264",
        beside: LadderPlan | None = None,
        title_id: str | None = None,
        told: Told | None = None,
    ) -> LadderPlan:
        kept_as = None if title_id is None else _kept_name(title_id, profile, codec)
        past = None if kept_as is None else await self._past(source_sha256, inspection.frames, kept_as)
        async with self._looks.urgent() if profile == "fast" else self._looks.patient():
            return await self._planner.plan(
                Path(source), source_sha256, inspection, profile, codec, beside, past, told=told or _nobody
            )

    async def _past(self, source_sha256: str, frames: int, name: str) -> Past | None:
        """None where the frames are not known: a cache was lost, and everything is made anew."""
        prints = await self._prints_of(source_sha256, frames)
        if prints is None:
            return None
        found = await self._keeping.former(name)
        if found is None or found[0].recipe != RECIPE:
            return Past(name, prints)
        return Past(name, prints, found[0].plan, Prints(found[1], PRINT_BYTES))

    async def _prints_of(self, source_sha256: str, frames: int) -> Prints | None:
        path = self._prints_path(source_sha256)
        if await self._files.size(path) != frames * PRINT_BYTES:
            return None
        return Prints(await self._files.read(path), PRINT_BYTES)

    def curves(self, plan: LadderPlan) -> Curves:
        surface = Surface(plan.points, plan.trials, plan.raster.height, plan.codec)
        every = candidates(surface, plan.raster, plan.profile, plan.codec)
        heights = tuple(
            tuple(point for point in every if point.height == height)
            for height in heights_for(plan.raster, plan.profile)
        )
        return Curves(heights, tuple(fixed_points(surface, plan.raster)))

    def second_try(self, rung: Rung) -> Rung:
        return with_more_bits(rung)

    def held_together(self, results: Sequence[RungResult]) -> list[RungResult]:
        return held_together(results)

    def worth_offering(self, results: Sequence[RungResult]) -> list[RungResult]:
        return keep_monotone(results)

    async def finish_rung(self, task: RungTask) -> RungResult:
        plan, rung = task.plan, task.rung
        joined = await self._chunks.join(task)
        kbps = joined.size_bytes * 8 / (plan.frames / plan.raster.frames_per_second) / 1000
        try:
            score = await self._meter.score(task, joined)
        except FramesDiffer:
            verdict = wrong_length(rung, frames=joined.frames, expected=plan.frames)
            return RungResult(rung, task.target, joined.frames, joined.size_bytes, kbps, 0.0, 0.0, (), verdict)
        segments = per_segment(score.frames, plan)
        video = (await self._encoder.probe(Path(task.target))).video[0]
        keys = set(await self._encoder.key_frames(Path(task.target)))
        wrong = not_as_planned(plan, rung, size=(video.width, video.height), keys=keys)
        wrong += await self._meter.wrong(task, score)
        on_phone, on_4k = score.on("phone"), score.on("4k")
        verdict = judge(
            plan,
            rung,
            vmaf=score.mean,
            segment_vmaf=segments,
            first_percentile=score.first_percentile,
            wrong=wrong,
            vmaf_4k=on_4k,
        )
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
            vmaf_phone=None if on_phone is None else round(on_phone, 2),
            vmaf_4k=None if on_4k is None else round(on_4k, 2),
        )

    async def encode_chunk(self, task: ChunkTask) -> str:
        return await self._chunks.encode(task)

    async def encode_sound(self, task: SoundTask) -> SoundMade:
        return await make_sound(self._encoder, task)

    async def draw_sheets(self, task: SheetsTask) -> Sheets:
        return await self._photographer.sheets(task)

    async def convert_text(self, task: TextTask) -> TextMade:
        return await self._texts.make(task)

    async def stills(self, source: str, inspection: Inspection, folder: str) -> list[Still]:
        async with self._looks.urgent():
            return await self._photographer.stills(Path(source), inspection, Path(folder))

    async def preview(self, source: str, inspection: Inspection, target: str) -> float | None:
        async with self._looks.patient():
            return await self._photographer.preview(Path(source), inspection, Path(target))

    async def pictures(self, source: str, raster: Raster, frames: Sequence[int], folder: str) -> list[str]:
        found: list[str] = []
        for frame in frames:
            # In the middle of its time, so that no rounding shows its neighbor.
            at_s, target = (frame + 0.5) / raster.frames_per_second, Path(folder) / f"{frame}.jpg"
            try:
                await self._encoder.still(Path(source), target, at_s=at_s, picture=picture_of(raster))
            except NO_PICTURE as failure:
                raise NoPicture(failure.sentence) from failure
            found.append(str(target))
        return found

    async def scene_bytes(self, encoded: str, plan: LadderPlan) -> tuple[int, ...]:
        sizes = await self._encoder.frame_sizes(Path(encoded))
        return tuple(sum(sizes[start:end]) for start, end in pairwise([*plan.scenes, plan.frames]))

    async def outline(self, source: str, inspection: Inspection) -> Outline:
        hearing = Fingerprinter()
        if inspection.sound:
            stream = inspection.sound[0].stream
            async with self._looks.patient():
                await self._encoder.mono(Path(source), stream_index=stream, rate_hz=RATE_HZ, take=hearing.add)
        sound = await asyncio.to_thread(hearing.finish)
        return outline_of(inspection, sound.astype("<u4").tobytes())

    async def season_markers(self, outlines: Sequence[Outline]) -> list[tuple[Marker, ...]]:
        return await asyncio.to_thread(season_markers, outlines)

    async def forget_source(self, source_sha256: str) -> None:
        for folder in self._made[:2]:
            for path in await self._files.below(folder):
                # A killed encode leaves a part whose name begins with a dot.
                if path.name.lstrip(".").startswith(short(source_sha256)):
                    await self._files.remove(path)
        await self._planner.forget(source_sha256)

    async def remains(self) -> set[str]:
        every = [(folder, path) for folder in self._made for path in await self._files.below(folder)]
        found = (_OF_MASTER.match(path.relative_to(folder).parts[0]) for folder, path in every)
        return {match[1] for match in found if match is not None}

    async def keep(self, plan: LadderPlan, source_sha256: str, rungs: Sequence[Rung]) -> None:
        prints = await self._prints_of(source_sha256, plan.frames)
        if prints is None or not plan.kept_as:
            return
        chunks = self._chunks.by_recipe(plan, source_sha256, rungs)
        await self._keeping.keep(RECIPE, replace(plan, rungs=tuple(rungs)), prints.data, chunks)

    async def forget_title(self, title_id: str) -> None:
        every = itertools.product(get_args(Profile), get_args(VideoCodec))
        await self._keeping.forget([_kept_name(title_id, profile, codec) for profile, codec in every])

    async def forget(self, plan: LadderPlan, source_sha256: str, rungs: tuple[Rung, ...]) -> None:
        await self._chunks.forget(plan, source_sha256, rungs)
        await self._files.remove(self._prints_path(source_sha256))

    def _prints_path(self, source_sha256: str) -> Path:
        return self._prints / short(source_sha256)


async def _nobody(progress: float) -> None:
    """Hears how far it is."""


def _kept_name(title_id: str, profile: Profile, codec: VideoCodec) -> str:
    return f"{title_id}-{profile}-{codec}"
