"""An encoder for simulation alone: it encodes stand-in films, in virtual time in proportion to the work.

A machine that is killed in the middle has written nothing: an encode appears whole, as the real one's does. What it says
of an encode's size is what a film would have; the file has a hundredth of that.
"""

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import get_args

from matinee.engines.encoder.port import (
    AudioCopy,
    AudioEncode,
    AudioStream,
    Clip,
    Encoded,
    Examined,
    Excerpt,
    MediaInfo,
    NotMedia,
    Picture,
    Progress,
    SoundExamined,
    SoundHeard,
    SpanFound,
    SpanKind,
    TextStream,
    VideoEncode,
    VideoStream,
)
from matinee.engines.encoder.stand_in import SCALE, StandIn, StandInSound, cues_of, filled, prints_of, read_stand_in
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.quantities import seconds

_PIXELS_ENCODED_A_SECOND = 60e6
_PIXELS_DECODED_A_SECOND = 600e6
_STARTING_S = 0.05
_TURNS = 4
"""How often a long job says how far it is."""
_REFERENCE_CRF = 23.0
_BITS_A_PIXEL = 0.09
"""Of a film of complexity 1 at that CRF."""
_COPIED_KBPS = 768
_KINDS: tuple[SpanKind, ...] = get_args(SpanKind)
_HEARD: tuple[SpanKind, ...] = ("silence", "dropout", "clipped", "out-of-phase")
_STILL = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6j"
    "q62rZ4C8ybqmx5moq6T/wAALCAAKABABAREA/8QAFgABAQEAAAAAAAAAAAAAAAAAAAQF/8QAHxAAAAYBBQAAAAAAAAAAAAAAAAEC"
    "AwQSExFDcoPD/9oACAEBAAA/AGW+7bst6KDFfat1281CCFJkO6ZX3V8lmY3oUaO7plYaXyQRj//Z"
)
"""A gray picture of 16 by 10, in which there is something to see."""


class StandInEncoder:
    """Implements `Encoder` for stand-in films."""

    def __init__(self, files: Files, clock: Clock) -> None:
        self._files = files
        self._clock = clock

    async def probe(self, path: Path) -> MediaInfo:
        film = await self._film(path)
        await self._work(0, 1)
        count = 1 if film.has_picture else 0
        sound = tuple(
            AudioStream(
                count + n,
                s.codec,
                s.channels,
                48_000,
                s.language,
                s.title,
                film.duration_s,
                has_objects=s.has_objects,
                role=s.role,
            )
            for n, s in enumerate(film.sounds)
        )
        first_text = count + len(sound)
        text = tuple(TextStream(first_text + n, "webvtt", t.language, None) for n, t in enumerate(film.texts))
        size = await self._files.size(path) or 0
        return MediaInfo("stand-in", size, film.duration_s, (_video(film),) * count, sound, text)

    async def count_frames(self, path: Path, picture: Picture | None = None) -> int:
        film = await self._film(path)
        await self._decode(film)
        return film.frames if picture is None else _on_grid(film, picture)

    async def examine(
        self, path: Path, picture: Picture, progress: Progress | None = None, *, prints: Path | None = None
    ) -> Examined:
        film = await self._film(path)
        await self._decode(film, progress)
        if prints is not None:
            await self._files.write(prints, prints_of(film, _on_grid(film, picture)))
        spans = tuple(SpanFound(kind, s.start_s, s.end_s) for s in film.spans for kind in _KINDS if kind == s.kind)
        return Examined(_on_grid(film, picture), spans)

    async def hear(self, path: Path, *, stream_index: int) -> SoundExamined:
        film = await self._film(path)
        if not 0 <= stream_index - film.has_picture < len(film.sounds):
            raise NotMedia(f"There is no sound in stream {stream_index}.")
        await self._work(film.frames, 20_000)
        heard = SoundHeard(stream_index, film.duration_s, None, None, None, (), None, ())
        spans = [
            SpanFound(kind, s.start_s, s.end_s, stream=stream_index)
            for s in film.spans
            for kind in _HEARD
            if kind == s.kind
        ]
        return SoundExamined(heard, tuple(spans))

    async def shots(self, path: Path, picture: Picture) -> list[int]:
        film = await self._film(path)
        await self._decode(film)
        return list(range(0, max(1, _on_grid(film, picture)), max(1, round(5 * _fps(picture)))))

    async def encode_video(self, job: VideoEncode, progress: Progress | None = None) -> Encoded:
        source = await self._film(job.source)
        wanted = _on_grid(source, job.picture) - job.start_frame
        frames = max(0, wanted if job.frames is None else min(wanted, job.frames))
        made = StandIn(
            frames,
            job.picture.frame_rate,
            (job.picture.width, job.picture.height),
            complexity=source.complexity,
            name=source.name,
            crf=job.crf,
            start_frame=job.start_frame,
            key_frames=job.key_frames,
        )
        pixels = frames * job.picture.width * job.picture.height
        await self._work(pixels, _PIXELS_ENCODED_A_SECOND, progress)
        kbps = min(_kbps(made), job.bitrate_max_kbps)
        return await self._keep(made, job.target, kbps)

    async def excerpt(self, job: Excerpt) -> Encoded:
        source = await self._film(job.source)
        size = (job.picture.width, job.picture.height)
        frames = sum(count for _, count in job.stretches)
        made = replace(source, frames=frames, rate=job.picture.frame_rate, size=size, sounds=(), texts=(), spans=())
        await self._decode(made)
        return await self._keep(made, job.target, 0)

    async def noise(self, path: Path) -> float:
        await self._decode(await self._film(path))
        return 0.0

    async def key_frames(self, path: Path) -> list[int]:
        film = await self._film(path)
        await self._work(0, 1)
        return list(film.key_frames)

    async def key_gap(self, path: Path) -> float:
        return 0.0

    async def frame_sizes(self, path: Path) -> list[int]:
        film = await self._film(path)
        await self._work(0, 1)
        return [(await self._files.size(path) or 0) * SCALE // max(1, film.frames)] * film.frames

    async def encode_audio(self, job: AudioEncode) -> Encoded:
        source = StandIn(0) if job.source is None else await self._film(job.source)
        sound = StandInSound(channels=job.channels, codec=job.codec)
        return await self._sound(
            sound, f"{source.name}/{job.stream_index}", job.target, job.duration_s, job.bitrate_kbps
        )

    async def copy_audio(self, job: AudioCopy) -> Encoded:
        source = await self._film(job.source)
        sound = source.sounds[job.stream_index - (1 if source.has_picture else 0)]
        return await self._sound(sound, f"{source.name}/{job.stream_index}", job.target, job.duration_s, _COPIED_KBPS)

    async def _sound(self, sound: StandInSound, name: str, target: Path, duration_s: float, kbps: float) -> Encoded:
        frames = round(duration_s * 48_000 / 1024)
        made = StandIn(frames, (48_000, 1024), sounds=(sound,), name=name, has_picture=False)
        await self._work(frames, 20_000)
        return await self._keep(made, target, kbps)

    async def clip(self, job: Clip) -> Encoded:
        source = await self._film(job.source)
        size = (job.picture.width, job.picture.height)
        made = replace(source, frames=job.frames, rate=job.picture.frame_rate, size=size, texts=(), spans=())
        await self._work(job.frames * size[0] * size[1], _PIXELS_ENCODED_A_SECOND)
        return await self._keep(made, job.target, 0)

    async def mono(self, path: Path, *, stream_index: int, rate_hz: int, take: Callable[[bytes], None]) -> None:
        """Silence: a stand-in film sounds like no other."""
        film = await self._film(path)
        await self._work(film.frames, 20_000)
        take(bytes(2 * round(film.duration_s * rate_hz)))

    async def join(self, parts: Sequence[Path], target: Path) -> Encoded:
        films = [await self._film(part) for part in parts]
        size = sum([await self._files.size(part) or 0 for part in parts])
        begins = accumulate((film.frames for film in films), initial=0)
        keys = tuple(start + key for start, film in zip(begins, films, strict=False) for key in film.key_frames)
        made = replace(films[0], frames=sum(film.frames for film in films), key_frames=keys)
        await self._work(0, 1)
        return await self._write(made, target, size)

    async def subtitles(self, source: Path, target: Path, *, stream_index: int) -> None:
        await self._work(0, 1)
        film = await self._film(source)
        at = stream_index - 1 - len(film.sounds)
        if not 0 <= at < len(film.texts):
            raise NotMedia(f"There are no subtitles in stream {stream_index}.")
        await self._files.write(target, cues_of(film.texts[at], film.duration_s).encode())

    async def pictures(
        self, source: Path, target: Path, *, picture: Picture, every_s: float, columns: int, rows: int, width: int
    ) -> list[Path]:
        film = await self._film(source)
        await self._decode(film)
        count = max(1, math.ceil(film.duration_s / every_s))
        pages = [Path(str(target).replace("%d", str(page + 1))) for page in range(math.ceil(count / (columns * rows)))]
        for page in pages:
            await self._files.write(page, _STILL)
        return pages

    async def still(self, source: Path, target: Path, *, at_s: float, picture: Picture) -> Path:
        await self._film(source)
        await self._work(0, 1)
        await self._files.write(target, _STILL)
        return target

    async def _film(self, path: Path) -> StandIn:
        return await read_stand_in(self._files, path)

    async def _decode(self, film: StandIn, progress: Progress | None = None) -> None:
        await self._work(film.frames * film.size[0] * film.size[1], _PIXELS_DECODED_A_SECOND, progress)

    async def _work(self, amount: float, a_second: float, progress: Progress | None = None) -> None:
        await self._clock.sleep(seconds(_STARTING_S))
        turns = _TURNS if amount else 0
        for turn in range(turns):
            await self._clock.sleep(seconds(amount / a_second / turns))
            if progress is not None:
                progress((turn + 1) / turns)

    async def _keep(self, film: StandIn, target: Path, kbps: float) -> Encoded:
        return await self._write(film, target, round(kbps * 1000 / 8 * film.duration_s / SCALE))

    async def _write(self, film: StandIn, target: Path, size_bytes: int) -> Encoded:
        data = filled(film, size_bytes)
        await self._files.write(target, data)
        return Encoded(target, film.frames, len(data) * SCALE, film.duration_s)


def _video(film: StandIn) -> VideoStream:
    return VideoStream(
        index=0,
        codec="stand-in",
        width=film.size[0],
        height=film.size[1],
        rotation=0,
        sample_aspect=(1, 1),
        pixel_format="yuv420p",
        bit_depth=8,
        frame_rate=film.rate,
        frame_rate_nominal=film.rate,
        frames=film.frames,
        duration_s=film.duration_s,
        interlaced=False,
        color_primaries="bt709",
        color_transfer="bt709",
        color_space="bt709",
        color_range="tv",
    )


def _kbps(film: StandIn) -> float:
    """Six steps of CRF halve the bits; four times the pixels take three times as many."""
    assert film.crf is not None
    pixels = film.size[0] * film.size[1] * film.rate[0] / film.rate[1]
    full = 1280 * 720 * 24
    bits = _BITS_A_PIXEL * full * (pixels / full) ** 0.8 * film.complexity
    return float(bits * 2 ** ((_REFERENCE_CRF - film.crf) / 6) / 1000)


def _on_grid(film: StandIn, picture: Picture) -> int:
    return round(film.duration_s * _fps(picture))


def _fps(picture: Picture) -> float:
    return picture.frame_rate[0] / picture.frame_rate[1]
