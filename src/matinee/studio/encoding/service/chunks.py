"""Chunks: each has a name that tells what it shows and how it is made, so that the same one is found again after any crash."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from matinee.engines.encoder.port import Encoded, Encoder, VideoEncode
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import Files
from matinee.kernel.log import logger
from matinee.studio.encoding.api import ChunkTask, LadderPlan, Rung, RungTask, chunk_tasks
from matinee.studio.encoding.model.ceilings import ceiling_of
from matinee.studio.encoding.service.facts import picture_of
from matinee.studio.encoding.service.keeping import Keeping
from matinee.studio.encoding.service.planning import short
from matinee.wire.encoding import to_json

RECIPE = 6
"""Part of every chunk's name: raise it when the encoder's arguments change, so that no old chunk is mistaken for a new one."""
_JOINS_MAX = 5
_log = logger("encoding")


class Chunks:
    def __init__(self, encoder: Encoder, files: Files, keeping: Keeping, *, folder: Path) -> None:
        self._encoder = encoder
        self._files = files
        self._keeping = keeping
        self._folder = folder

    async def encode(self, task: ChunkTask) -> str:
        for made in self._paths(task):
            if await self._files.size(made):
                return str(made)
        target = self._path(task)
        rung = task.rung
        by_frame, whole_chunk = (task.shifts, 0.0) if rung.codec == "h264" else ((), sum(s for _, s in task.shifts))
        chunk_s = task.chunk.frames / task.raster.frames_per_second
        kbps_max, buffer_kbits = ceiling_of(rung.kbps_max, chunk_s, is_alone=task.is_alone)
        await self._encoder.encode_video(
            VideoEncode(
                source=Path(task.source),
                target=target,
                picture=picture_of(task.raster, width=rung.width, height=rung.height),
                crf=rung.crf + whole_chunk,
                preset=task.preset,
                key_frames=task.keys,
                bitrate_max_kbps=kbps_max,
                buffer_kbits=buffer_kbits,
                start_frame=task.chunk.start_frame,
                frames=task.chunk.frames,
                shifts=by_frame,
                codec=rung.codec,
                grain=task.grain,
            )
        )
        return str(target)

    async def join(self, task: RungTask) -> Encoded:
        """A part that is gone (a restored backup holds no work in progress) or damaged is made again.

        Those that were put by may make room for another title's while they are joined. What is made instead is the
        journey's own, so this comes to its end.
        """
        chunks = chunk_tasks(task.source, task.source_sha256, task.plan, task.rung)
        for _ in range(_JOINS_MAX):
            parts = [Path(await self.encode(chunk)) for chunk in chunks]
            try:
                joined = await self._encoder.join(parts, Path(task.target))
            except (MatineeError, OSError):
                if await self._are_all_there(parts) and not await self._drop_damaged(chunks, parts):
                    raise
            else:
                if await self._are_all_there(parts):  # else it may have ended early
                    return joined
        raise MatineeError("Parts of an encode vanish again and again while they are joined. See what clears the disk.")

    async def _drop_damaged(self, chunks: Sequence[ChunkTask], parts: Sequence[Path]) -> bool:
        """Whether any was: a disk gave back less than it was given."""
        found = False
        for chunk, part in zip(chunks, parts, strict=True):
            try:
                frames = len(await self._encoder.frame_sizes(part))
            except (MatineeError, OSError):
                frames = 0
            if frames != chunk.chunk.frames:
                _log.warning("a damaged chunk is made again", chunk=part.name, frames=frames, of=chunk.chunk.frames)
                await self.drop(chunk)
                found = True
        return found

    async def _are_all_there(self, parts: Sequence[Path]) -> bool:
        return all([await self._files.size(part) is not None for part in parts])

    async def forget(self, plan: LadderPlan, source_sha256: str, rungs: Sequence[Rung]) -> None:
        """Those of this journey; what was put by stays."""
        for rung in rungs:
            for task in chunk_tasks("", source_sha256, plan, rung):
                await self._files.remove(self._path(task))

    def by_recipe(self, plan: LadderPlan, source_sha256: str, rungs: Sequence[Rung]) -> Mapping[str, Path]:
        """What they are called once they are put by, and where they lie."""
        tasks = [task for rung in rungs for task in chunk_tasks("", source_sha256, plan, rung)]
        return {_kept(task): self._path(task) for task in tasks}

    async def drop(self, task: ChunkTask) -> None:
        for path in self._paths(task):
            await self._files.remove(path)

    def _paths(self, task: ChunkTask) -> list[Path]:
        """Where a chunk may lie: made for this journey, or put by from the one before."""
        kept = [self._keeping.chunk(task.kept_as, _kept(task))] if task.kept_as else []
        return [self._path(task), *kept]

    def _path(self, task: ChunkTask) -> Path:
        return self._folder / f"{short(task.source_sha256)}-{_recipe_of(task)}.mp4"


def _recipe_of(task: ChunkTask) -> str:
    """Everything that shapes a chunk's content: the same one is found again after any crash.

    Where its frames are known, it matters neither whose they are nor where they stand.
    """
    rung = task.rung
    content = (task.frames_sha256, task.chunk.frames) if task.frames_sha256 else (task.source_sha256, task.chunk)
    recipe = (
        RECIPE,
        content,
        replace(task.raster, key_gap_s=0.0),
        task.preset,
        task.keys,
        task.shifts,
        # A float also where the CRF is whole: what came through the journal has the name that it had before.
        (rung.width, rung.height, float(rung.crf), rung.kbps_max, rung.codec, task.grain, task.is_alone),
    )
    return hashlib.sha256(to_json(recipe)).hexdigest()[:32]


def _kept(task: ChunkTask) -> str:
    return f"{_recipe_of(task)}.mp4"
