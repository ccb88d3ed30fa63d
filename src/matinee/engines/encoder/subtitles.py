"""Subtitles of any common kind become WebVTT, in UTF-8, without a byte order mark."""

from pathlib import Path

from matinee.engines.encoder.arguments import DEMUXERS, guarded_input
from matinee.engines.encoder.port import NotMedia
from matinee.engines.encoder.running import FFmpeg
from matinee.kernel.files import Files

_SIZE_MAX_BYTES = 16 << 20


async def convert(ffmpeg: FFmpeg, files: Files, source: Path, target: Path, stream_index: int | None) -> int:
    """Write `target`; answers the number of cues."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    if stream_index is not None:
        inputs = [*guarded_input(source, DEMUXERS), "-map", f"0:{stream_index}"]
        await ffmpeg.run([*inputs, "-c:s", "webvtt", "-f", "webvtt", f"file:{part}"])
    else:
        await _convert_file(ffmpeg, files, source, part)
    text = (await files.read(part)).decode("utf-8", errors="replace")
    await files.move(part, target)
    return sum(" --> " in line for line in text.splitlines())


async def _convert_file(ffmpeg: FFmpeg, files: Files, source: Path, part: Path) -> None:
    size = await files.size(source)
    if size is None or size > _SIZE_MAX_BYTES:
        raise NotMedia("The subtitle file is missing or larger than any subtitle file is.")
    text = decoded(await files.read(source))
    demuxer = kind_of(text)
    if demuxer is None:
        raise NotMedia("The subtitle file is neither SRT, WebVTT nor ASS: there is no cue in it.")
    clean = part.with_name(f"{part.name}.utf8")
    await files.write(clean, text.encode())
    try:
        await ffmpeg.run(
            ["-f", demuxer, *guarded_input(clean, (demuxer,)), "-c:s", "webvtt", "-f", "webvtt", f"file:{part}"]
        )
    finally:
        await files.remove(clean)


def decoded(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or else Western European, as old subtitle files are."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def kind_of(text: str) -> str | None:
    """FFmpeg's name for the format, told by what stands in it and not by the file's name."""
    if text.lstrip().startswith("WEBVTT"):
        return "webvtt"
    if "[Script Info]" in text[:4096] or "\nDialogue:" in text:
        return "ass"
    return "srt" if " --> " in text else None
