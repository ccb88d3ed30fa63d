"""One look at a whole master: the picture decoded once, and each sound track once, both streamed through us.

Damaged pictures are missing ones here (FFmpeg would show what it can), so damage shows as a gap in time. What is counted
is counted by the same filter that encodes use, for a plan made from the count must fit them to the frame.
"""

import asyncio
from pathlib import Path

from matinee.engines.encoder import arguments
from matinee.engines.encoder.blocks import BlockReader
from matinee.engines.encoder.hearing import Listener
from matinee.engines.encoder.port import (
    AudioStream,
    Examined,
    MediaInfo,
    Picture,
    PictureSeen,
    Progress,
    SoundHeard,
    SpanFound,
    VideoStream,
)
from matinee.engines.encoder.running import FFmpeg
from matinee.engines.encoder.seeing import Seeing
from matinee.engines.encoder.sketches import Looker

_DAMAGE_IS_MISSING = ("-copyts", "-start_at_zero", "-err_detect:v", "explode")


async def examine(
    ffmpeg: FFmpeg, path: Path, info: MediaInfo, video: VideoStream, picture: Picture, progress: Progress | None
) -> Examined:
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(_look(ffmpeg, path, info, video, picture, progress))
        listening = group.create_task(_listen(ffmpeg, path, info))
    frames, seen, spans = looking.result()
    sounds, heard = listening.result()
    return Examined(frames, (*spans, *heard), seen, tuple(sounds))


async def _look(
    ffmpeg: FFmpeg, path: Path, info: MediaInfo, video: VideoStream, picture: Picture, progress: Progress | None
) -> tuple[int, PictureSeen, list[SpanFound]]:
    rows = arguments.upright_rows(video)
    looker = Looker(rows)
    reader = BlockReader(looker.take)

    async def look(block: bytes) -> None:
        await asyncio.to_thread(reader.add, block)
        if progress is not None and info.duration_s:
            progress(min(1.0, looker.seen_s / info.duration_s))

    ran = await ffmpeg.stream(
        [*_DAMAGE_IS_MISSING, *arguments.guarded_input(path), *arguments.looking(picture, video, rows)], look
    )
    seeing = await asyncio.to_thread(lambda: Seeing(looker.finish(), picture.frame_rate, rows))
    return ran.frames, seeing.picture(), await asyncio.to_thread(seeing.spans)


async def _listen(ffmpeg: FFmpeg, path: Path, info: MediaInfo) -> tuple[list[SoundHeard], list[SpanFound]]:
    sounds: list[SoundHeard] = []
    spans: list[SpanFound] = []
    for stream in info.audio:
        if stream.channels > 0:
            heard, found = await _hear(ffmpeg, path, stream)
            sounds.append(heard)
            spans += found
    return sounds, spans


async def _hear(ffmpeg: FFmpeg, path: Path, stream: AudioStream) -> tuple[SoundHeard, list[SpanFound]]:
    listener = Listener(stream.index, stream.channels)
    ran = await ffmpeg.stream(
        ["-copyts", "-start_at_zero", *arguments.guarded_input(path), *arguments.listening(stream)],
        lambda samples: asyncio.to_thread(listener.add, samples),
        loud=True,
    )
    return await asyncio.to_thread(listener.finish, ran.stderr)
