"""Subtitles inside a file, taken out as they were written. What they say is not looked at here."""

from pathlib import Path

from matinee.engines.encoder.arguments import guarded_input
from matinee.engines.encoder.port import NotMedia, TextStream
from matinee.engines.encoder.running import FFmpeg
from matinee.kernel.quantities import minutes

_PATIENCE = minutes(30)
"""To read past the picture and the sound of a long film on a slow disk."""
_AS_WRITTEN = {
    "subrip": ("copy", "srt"),
    "srt": ("copy", "srt"),
    "ass": ("copy", "ass"),
    "ssa": ("copy", "ass"),
    "webvtt": ("copy", "webvtt"),
    # 3GPP's timed text is no file of its own: ASS is what can say all of it.
    "mov_text": ("ass", "ass"),
    "text": ("ass", "ass"),
}


async def extract(ffmpeg: FFmpeg, source: Path, stream: TextStream, part: Path) -> None:
    if stream.codec not in _AS_WRITTEN:
        raise NotMedia(f"The subtitles in stream {stream.index} are {stream.codec}, which is not text.")
    codec, container = _AS_WRITTEN[stream.codec]
    inputs = ["-copyts", "-start_at_zero", *guarded_input(source), "-map", f"0:{stream.index}"]
    await ffmpeg.run([*inputs, "-c:s", codec, "-f", container, f"file:{part}"], timeout=_PATIENCE)
