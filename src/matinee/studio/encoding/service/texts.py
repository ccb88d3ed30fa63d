"""A text track from whatever it came as to what players read: WebVTT and IMSC, of the same cues."""

import asyncio
from pathlib import Path

from matinee.engines.encoder.port import Encoder, NotMedia
from matinee.kernel.files import Files
from matinee.studio.encoding.api import SourceRefused, TextMade, TextTask
from matinee.studio.encoding.model.text import imsc, webvtt
from matinee.studio.encoding.model.text.cleaning import Cleaned, cleaned
from matinee.studio.encoding.model.text.cue import TextRefused
from matinee.studio.encoding.model.text.encodings import decoded
from matinee.studio.encoding.model.text.reading import cues_in

_TEXT_MAX_BYTES = 16 << 20
_UNKNOWN = "und"


class Texts:
    def __init__(self, encoder: Encoder, files: Files) -> None:
        self._encoder = encoder
        self._files = files

    async def make(self, task: TextTask) -> TextMade:
        source, target = Path(task.source), Path(task.target)
        try:
            if task.stream is None:
                text = await self.of_file(source, task.language)
            else:
                text = await self.of_stream(source, task.stream, target.with_suffix(".taken"), task.language)
            found, shown, imsc_shown = await asyncio.to_thread(_converted, text, task)
        except (NotMedia, TextRefused) as refusal:
            raise SourceRefused(refusal.sentence) from refusal
        await self._files.write(target, shown)
        await self._files.write(target.with_suffix(".ttml"), imsc_shown)
        return TextMade(len(found.cues), found.notes)

    async def of_file(self, path: Path, language: str | None = None) -> str:
        """Raises `TextRefused`."""
        return await asyncio.to_thread(decoded, await self._read(path), language)

    async def of_stream(self, source: Path, stream: int, scratch: Path, language: str | None) -> str:
        """Taken out into `scratch` first. Raises `TextRefused`, and `NotMedia` where there is no text."""
        try:
            await self._encoder.subtitles(source, scratch, stream_index=stream)
            return await asyncio.to_thread(decoded, await self._read(scratch), language)
        finally:
            await self._files.remove(scratch)

    async def _read(self, path: Path) -> bytes:
        size = await self._files.size(path)
        if size is None or size > _TEXT_MAX_BYTES:
            raise TextRefused(f"The subtitles {path.name!r} are missing or larger than any subtitles are.")
        return await self._files.read(path)


def _converted(text: str, task: TextTask) -> tuple[Cleaned, bytes, bytes]:
    """With WebVTT and IMSC. The longest texts take seconds, so this has a thread."""
    found = cleaned(cues_in(text), round(task.duration_s * 1000) if task.duration_s else None)
    return found, webvtt.write(found.cues).encode(), imsc.write(found.cues, task.language or _UNKNOWN).encode()
