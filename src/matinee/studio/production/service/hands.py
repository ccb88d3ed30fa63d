"""Hands: who does a journey's jobs. Any process that has the sources and an encoder can lend some."""

from dataclasses import replace
from pathlib import Path

from matinee.engines.workflows.port import Json, Lease, Workflows
from matinee.studio.encoding.api import ChunkTask, Encoding, RungTask, SheetsTask, SoundTask, TextTask
from matinee.studio.production.service.kept import parsed
from matinee.studio.production.service.sources import Sources
from matinee.wire.encoding import to_plain

CHUNK, RUNG, SOUND, TEXT, SHEETS = "encode-chunk", "measure-rung", "encode-sound", "convert-text", "draw-sheets"


async def in_hand(workflows: Workflows) -> set[str]:
    """The runs of which somebody who lives, in whichever process, has a job in hand; also those that were canceled."""
    return {job.run_id for worker in await workflows.workers() for job in worker.at_work}


class Hands:
    def __init__(self, *, encoding: Encoding, sources: Sources) -> None:
        self._encoding = encoding
        self._sources = sources

    def lend(self, workflows: Workflows) -> None:
        """Offer this process's hands to the workflow engine."""
        workflows.handle(CHUNK, self._encode_chunk)
        workflows.handle(RUNG, self._measure_rung)
        workflows.handle(SOUND, self._encode_sound)
        workflows.handle(TEXT, self._convert_text)
        workflows.handle(SHEETS, self._draw_sheets)

    async def _encode_chunk(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, ChunkTask)
        return await self._encoding.encode_chunk(replace(task, source=await self._path(task.source)))

    async def _measure_rung(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, RungTask)
        return to_plain(await self._encoding.finish_rung(replace(task, source=await self._path(task.source))))

    async def _encode_sound(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, SoundTask)
        source = await self._path(task.source)
        found = await self._encoding.sound_of(source)
        stream = task.stream if any(sound.stream == task.stream for sound in found) else found[0].stream
        return to_plain(await self._encoding.encode_sound(replace(task, source=source, stream=stream)))

    async def _convert_text(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, TextTask)
        return to_plain(await self._encoding.convert_text(replace(task, source=await self._path(task.source))))

    async def _draw_sheets(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, SheetsTask)
        folder = str(Path(task.folder) / lease.token)
        task = replace(task, source=await self._path(task.source), folder=folder)
        return to_plain(await self._encoding.draw_sheets(task))

    async def _path(self, sha256: str) -> str:
        return str(await self._sources.local(sha256))
