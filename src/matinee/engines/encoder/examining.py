"""One look at a whole master: the picture decoded once, and each sound track once, both streamed through us.

Damaged pictures are missing ones here (FFmpeg would show what it can), so damage shows as a gap in time. What is counted
is counted by the same filter that encodes use, for a plan made from the count must fit them to the frame.
"""

import asyncio
import hashlib
from pathlib import Path

from matinee.engines.encoder import arguments
from matinee.engines.encoder.blocks import BlockReader
from matinee.engines.encoder.bounds import overtime_s, patience
from matinee.engines.encoder.hearing import Listener
from matinee.engines.encoder.port import (
    PRINT_BYTES,
    AudioStream,
    Examined,
    MediaInfo,
    Picture,
    PictureSeen,
    Progress,
    SoundExamined,
    SoundHeard,
    SpanFound,
    Stalled,
    VideoStream,
)
from matinee.engines.encoder.running import FFmpeg
from matinee.engines.encoder.seeing import Seeing
from matinee.engines.encoder.sketches import Looker
from matinee.kernel.quantities import seconds

_SILENCE_MAX = seconds(40)
"""Without one frame: no film is that slow to decode."""
_DAMAGE_IS_MISSING = ("-copyts", "-start_at_zero", "-err_detect:v", "explode")


async def examine(
    ffmpeg: FFmpeg,
    path: Path,
    info: MediaInfo,
    video: VideoStream,
    picture: Picture,
    progress: Progress | None,
    hashes: Path | None,
) -> Examined:
    try:
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(_look(ffmpeg, path, info, video, picture, progress, hashes))
            listening = group.create_task(_listen(ffmpeg, path, info))
    except BaseExceptionGroup as both:
        # The first ended the other; what it found is the answer.
        raise both.exceptions[0] from None
    frames, seen, spans = looking.result()
    sounds, heard = listening.result()
    return Examined(frames, (*spans, *heard), seen, tuple(sounds))


async def _look(
    ffmpeg: FFmpeg,
    path: Path,
    info: MediaInfo,
    video: VideoStream,
    picture: Picture,
    progress: Progress | None,
    hashes: Path | None,
) -> tuple[int, PictureSeen, list[SpanFound]]:
    rows = arguments.upright_rows(video)
    try:
        frames, looker = await _looked(ffmpeg, path, info, video, picture, progress, hashes)
    except Stalled:
        # Told to stop at damage, the threads of FFmpeg's H.264 can end up waiting for one another. One waits for nobody.
        frames, looker = await _looked(ffmpeg, path, info, video, picture, progress, hashes, ("-threads", "1"))
    seeing = await asyncio.to_thread(lambda: Seeing(looker.finish(), picture.frame_rate, rows))
    return frames, seeing.picture(), await asyncio.to_thread(seeing.spans)


async def _looked(
    ffmpeg: FFmpeg,
    path: Path,
    info: MediaInfo,
    video: VideoStream,
    picture: Picture,
    progress: Progress | None,
    hashes: Path | None,
    decoding: tuple[str, ...] = (),
) -> tuple[int, Looker]:
    rows = arguments.upright_rows(video)
    looker = Looker(rows)
    reader = BlockReader(looker.take)

    async def look(block: bytes) -> None:
        await asyncio.to_thread(reader.add, block)
        if progress is not None and info.duration_s:
            progress(min(1.0, looker.seen_s / info.duration_s))

    ran = await ffmpeg.stream(
        [
            *_DAMAGE_IS_MISSING,
            *decoding,
            *arguments.guarded_input(path),
            *arguments.looking(picture, video, rows, end_s=overtime_s(info), hashes=hashes),
        ],
        look,
        timeout=patience(info),
        silence_max=_SILENCE_MAX,
    )
    return ran.frames, looker


def prints_of(hashes: bytes, picture: Picture, video: VideoStream) -> bytes:
    """From FFmpeg's hashes of frames. The same samples become another picture where they are tagged otherwise."""
    made_into = ",".join([video.pixel_format, *arguments.normalized(picture, video)])
    key = hashlib.sha256(made_into.encode()).digest()
    lines = (line.rpartition(b",")[2].strip() for line in hashes.splitlines() if not line.startswith(b"#"))
    return b"".join(hashlib.blake2b(line, digest_size=PRINT_BYTES, key=key).digest() for line in lines)


async def _listen(ffmpeg: FFmpeg, path: Path, info: MediaInfo) -> tuple[list[SoundHeard], list[SpanFound]]:
    sounds: list[SoundHeard] = []
    spans: list[SpanFound] = []
    for stream in info.audio:
        if stream.channels > 0:
            found = await hear(ffmpeg, path, info, stream)
            sounds.append(found.heard)
            spans += found.spans
    return sounds, spans


async def hear(ffmpeg: FFmpeg, path: Path, info: MediaInfo, stream: AudioStream) -> SoundExamined:
    listener = Listener(stream.index, stream.channels)
    ran = await ffmpeg.stream(
        [
            "-copyts",
            "-start_at_zero",
            *arguments.guarded_input(path),
            *arguments.listening(stream, end_s=overtime_s(info)),
        ],
        lambda samples: asyncio.to_thread(listener.add, samples),
        timeout=patience(info),
        loud=True,
    )
    heard, spans = await asyncio.to_thread(listener.finish, ran.stderr)
    return SoundExamined(heard, tuple(spans))
