"""The encoder on FFmpeg: masters in, frames, chunks, sound, text and pictures out.

Every result is written beside its target and renamed, so a target that exists is whole: a killed encode leaves nothing
that could be mistaken for a finished one.
"""

import asyncio
import itertools
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from matinee.engines.encoder import arguments, audio, examining, subtitles
from matinee.engines.encoder.arguments import guarded_input, normalized, on_grid, seek, timescale, video_encode
from matinee.engines.encoder.bounds import check, overtime_s, patience
from matinee.engines.encoder.cuts import SKETCH_HEIGHT, SKETCH_WIDTH, ShotFinder
from matinee.engines.encoder.noise import NOISE_PAIRS, NOISE_SIZE, noise_of
from matinee.engines.encoder.packets import Packet, PacketReader, longest_without_key
from matinee.engines.encoder.port import (
    AudioCopy,
    AudioEncode,
    Clip,
    Encoded,
    Examined,
    Excerpt,
    MediaInfo,
    NotMedia,
    Picture,
    Progress,
    SoundExamined,
    VideoEncode,
    VideoStream,
)
from matinee.engines.encoder.probe import looks_like, parse
from matinee.engines.encoder.programs import Programs, bundled
from matinee.engines.encoder.running import DEFAULT_LIMITS, FFmpeg
from matinee.kernel.clock import Clock
from matinee.kernel.confinement import Confinement
from matinee.kernel.files import Files
from matinee.kernel.processes import Command, Limits, Processes, ProgramFailed
from matinee.kernel.quantities import Span, hours, minutes

_HEAD_BYTES = 4096
_WHOLE = ("-copyts", "-start_at_zero", "-err_detect:v", "explode")
"""On the film's own clock, and a damaged picture is a missing one."""
_KNOW_THEIR_KEY_FRAMES = ("mov", "matroska", "webm", "flv", "avi", "asf", "ogg")
"""Containers in which FFmpeg seeks to the key frame that a moment needs."""
_PROBE_LIMITS = Limits(memory_bytes=4 << 30, file_bytes=0, cpu_seconds=60, open_files=64, core_bytes=0)
"""Reading what a file says of itself takes a second; a file that takes a minute is one that was made to."""
_MISSING_FRAMES_S = 1.0
"""Decoding may end this much before the length that the picture is said to have: some count a frame that is not there."""


class FFmpegEncoder:
    """Implements `Encoder` with the FFmpeg and ffprobe of the wheels."""

    def __init__(
        self,
        processes: Processes,
        files: Files,
        clock: Clock,
        *,
        programs: Programs | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._programs = programs or bundled()
        self._processes = processes
        self._files = files
        self._clock = clock
        self._ffmpeg = FFmpeg(processes, self._programs.ffmpeg, limits=limits)
        self._limits = limits
        self._probed: dict[tuple[Path, int, int], MediaInfo] = {}

    async def probe(self, path: Path) -> MediaInfo:
        if not path.is_file():
            raise NotMedia("There is no such file.")
        facts = path.stat()
        known = (path, facts.st_size, facts.st_mtime_ns)
        if known not in self._probed:
            self._probed = {known: await self._probe(path)}
        return self._probed[known]

    async def _probe(self, path: Path) -> MediaInfo:
        head = await self._files.read(path, length=_HEAD_BYTES)
        if what := looks_like(head):
            raise NotMedia(f"This is not a video: it looks like {what}. Upload the film itself (MP4, MOV, MKV, …).")
        argv = [
            str(self._programs.ffprobe),
            *("-hide_banner", "-loglevel", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json"),
            *guarded_input(path),
        ]
        try:
            walls = Confinement(reads=(path,))
            finished = await self._processes.run(Command(argv, minutes(2), _PROBE_LIMITS, confinement=walls))
        except ProgramFailed as failure:
            raise NotMedia(_why_unreadable(failure.stderr, head)) from failure
        return check(parse(finished.stdout))

    async def count_frames(self, path: Path, picture: Picture | None = None) -> int:
        info = await self.probe(path)
        stream = _video_of(info)
        chain = ["-vf", ",".join(on_grid(picture))] if picture else []
        run = await self._ffmpeg.run(
            [
                *_WHOLE,
                *guarded_input(path),
                *("-map", f"0:{stream.index}", *chain, "-fps_mode", "passthrough"),
                *("-t", f"{overtime_s(info):.3f}", "-f", "null", "-"),
            ],
            timeout=patience(info),
        )
        return _whole(info, run.frames, picture.frame_rate if picture else stream.frame_rate)

    async def examine(
        self, path: Path, picture: Picture, progress: Progress | None = None, *, prints: Path | None = None
    ) -> Examined:
        info = await self.probe(path)
        video, hashes = _video_of(info), None if prints is None else _beside(prints)
        try:
            found = await examining.examine(self._ffmpeg, path, info, video, picture, progress, hashes)
            _whole(info, found.frames, picture.frame_rate)
            if prints is not None and hashes is not None:
                text = await self._files.read(hashes)
                await self._files.write(prints, await asyncio.to_thread(examining.prints_of, text, picture, video))
        finally:
            if hashes is not None:
                await self._files.remove(hashes)
        return found

    async def hear(self, path: Path, *, stream_index: int) -> SoundExamined:
        info = await self.probe(path)
        sound = next((stream for stream in info.audio if stream.index == stream_index), None)
        if sound is None:
            raise NotMedia(f"There is no sound in stream {stream_index}.")
        return await examining.hear(self._ffmpeg, path, info, sound)

    async def shots(self, path: Path, picture: Picture) -> list[int]:
        info, finder = await self.probe(path), ShotFinder()
        stream = _video_of(info)
        # Both fields of a frame are sketched alike: a film of pairs would look as if every other frame stood still.
        per_frame = 2 if picture.by_field else 1
        grid = replace(
            picture, deinterlace=False, frame_rate=(picture.frame_rate[0], picture.frame_rate[1] * per_frame)
        )
        # Shrunk before the grid copies frames. What is damaged shows what is near it, as a player would.
        chain = [
            f"scale={SKETCH_WIDTH}:{SKETCH_HEIGHT}:flags=area",
            "format=yuv420p",
            *on_grid(grid),
        ]
        await self._ffmpeg.stream(
            [
                *("-copyts", "-start_at_zero"),
                *guarded_input(path),
                *("-map", f"0:{stream.index}", "-vf", ",".join(chain)),
                *("-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"),
            ],
            lambda sketches: asyncio.to_thread(finder.add, sketches),
            timeout=patience(info),
        )
        return [first * per_frame for first in await asyncio.to_thread(finder.finish)]

    async def encode_video(self, job: VideoEncode, progress: Progress | None = None) -> Encoded:
        stream = _video_of(await self.probe(job.source))
        began = self._clock.monotonic()
        part = _beside(job.target)
        run = await self._ffmpeg.run(
            video_encode(job, stream, part), progress=progress, frames_expected=job.frames or stream.frames
        )
        return await self._finished(part, job.target, run.frames, began)

    async def excerpt(self, job: Excerpt) -> Encoded:
        stream = _video_of(await self.probe(job.source))
        began = self._clock.monotonic()
        part = _beside(job.target)
        run = await self._ffmpeg.run(arguments.excerpt(job, stream, part))
        return await self._finished(part, job.target, run.frames, began)

    async def noise(self, path: Path) -> float:
        stream = _video_of(await self.probe(path))
        width, height = (min(side, of) // 2 * 2 for side, of in zip(NOISE_SIZE, _sides(stream), strict=True))
        apart = max(2, (stream.frames or 0) // NOISE_PAIRS)
        blocks: list[bytes] = []

        async def take(block: bytes) -> None:
            blocks.append(block)

        # The plane itself: to make gray of it would stretch its levels.
        chain = f"select='lt(mod(n\\,{apart})\\,2)',crop={width}:{height},format=yuv420p,extractplanes=y"
        await self._ffmpeg.stream(
            [
                *guarded_input(path),
                *("-map", f"0:{stream.index}", "-vf", chain, "-frames:v", str(2 * NOISE_PAIRS)),
                *("-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"),
            ],
            take,
        )
        seen = np.frombuffer(b"".join(blocks), np.uint8)
        frames = seen[: seen.size // (width * height) * width * height].reshape(-1, height, width)
        return await asyncio.to_thread(noise_of, frames)

    async def frame_sizes(self, path: Path) -> list[int]:
        return [packet.size for packet in await self._packets(path, "0:v:0")]

    async def key_frames(self, path: Path) -> list[int]:
        return [number for number, packet in enumerate(await self._packets(path, "0:v:0")) if packet.is_key]

    async def key_gap(self, path: Path) -> float:
        info = await self.probe(path)
        if any(name in info.container.split(",") for name in _KNOW_THEIR_KEY_FRAMES):
            return 0.0
        packets = await self._packets(path, f"0:{_video_of(info).index}", patience(info))
        return longest_without_key(packets)

    async def _packets(self, path: Path, stream: str, timeout: Span = hours(1)) -> list[Packet]:
        """As they are shown."""
        reader = PacketReader()
        words = [*guarded_input(path), "-map", stream, "-c", "copy", "-f", "framecrc", "pipe:1"]
        await self._ffmpeg.run(words, on_line=reader.add, timeout=timeout)
        return reader.as_shown()

    async def encode_audio(self, job: AudioEncode) -> Encoded:
        began = self._clock.monotonic()
        part = _beside(job.target)
        loudness, aimed_lufs = await audio.encode(self._ffmpeg, job, part)
        return replace(await self._finished(part, job.target, 0, began), loudness=loudness, aimed_lufs=aimed_lufs)

    async def copy_audio(self, job: AudioCopy) -> Encoded:
        began = self._clock.monotonic()
        part = _beside(job.target)
        await audio.copy(self._ffmpeg, job, part)
        return await self._finished(part, job.target, 0, began)

    async def join(self, parts: Sequence[Path], target: Path) -> Encoded:
        began = self._clock.monotonic()
        part, script = _beside(target), target.with_name(f".{target.name}.parts")
        info = await self.probe(parts[0])
        # The only place where a concat script is read: one we wrote, of files we made.
        lines = [f"file 'file:{str(p.absolute()).replace(chr(39), _QUOTE_IN_SCRIPT)}'" for p in parts]
        await self._files.write(script, "\n".join(["ffconcat version 1.0", *lines, ""]).encode())
        run = await self._ffmpeg.run(
            [
                *("-protocol_whitelist", "file", "-format_whitelist", "concat,mov", "-f", "concat", "-safe", "0"),
                *("-i", f"file:{script}", "-map", "0:v", "-c", "copy", "-fflags", "+bitexact"),
                *("-video_track_timescale", str(timescale(_video_of(info).frame_rate))),
                *("-f", "mp4", f"file:{part}"),
            ],
            reads=parts,
        )
        await self._files.remove(script)
        return await self._finished(part, target, run.frames, began)

    async def clip(self, job: Clip) -> Encoded:
        began = self._clock.monotonic()
        stream, part = _video_of(await self.probe(job.source)), _beside(job.target)
        ran = await self._ffmpeg.run(arguments.clip(job, stream, part), frames_expected=job.frames)
        return await self._finished(part, job.target, ran.frames, began)

    async def mono(self, path: Path, *, stream_index: int, rate_hz: int, take: Callable[[bytes], None]) -> None:
        await self._ffmpeg.stream(
            ["-copyts", "-start_at_zero", *guarded_input(path), *arguments.mono(stream_index, rate_hz)],
            lambda block: asyncio.to_thread(take, block),
        )

    async def subtitles(self, source: Path, target: Path, *, stream_index: int) -> None:
        stream = next((text for text in (await self.probe(source)).text if text.index == stream_index), None)
        if stream is None:
            raise NotMedia(f"There are no subtitles in stream {stream_index}.")
        part = _beside(target)
        await subtitles.extract(self._ffmpeg, source, stream, part)
        await self._files.move(part, target)

    async def pictures(
        self, source: Path, target: Path, *, picture: Picture, every_s: float, columns: int, rows: int, width: int
    ) -> list[Path]:
        stream = _video_of(await self.probe(source))
        small = _fitted(picture, width)
        chain = [f"fps=fps=1/{every_s:g}:start_time=0:round=up", *normalized(small, stream), f"tile={columns}x{rows}"]
        target.parent.mkdir(parents=True, exist_ok=True)
        await self._ffmpeg.run(
            [
                *("-copyts", "-start_at_zero"),
                *guarded_input(source),
                *("-map", f"0:{stream.index}", "-vf", ",".join(chain), "-fps_mode", "passthrough", "-q:v", "5"),
                # The name alone, run in its folder: a percent sign in the path would count as a pattern.
                *("-color_range", "pc", "-f", "image2", "-start_number", "1", target.name),
            ],
            folder=target.parent,
            writes=(target.parent,),
        )
        return sorted(target.parent.glob(target.name.replace("%d", "[0-9]*")), key=lambda p: (len(p.name), p.name))

    async def still(self, source: Path, target: Path, *, at_s: float, picture: Picture) -> Path:
        stream = _video_of(await self.probe(source))
        part = _beside(target)
        frame = int(at_s * picture.frame_rate[0] / picture.frame_rate[1])
        chain = [*on_grid(picture, start_frame=frame, frames=1), *normalized(picture, stream)]
        await self._ffmpeg.run(
            [
                *seek(picture, frame),
                *guarded_input(source),
                *("-map", f"0:{stream.index}", "-vf", ",".join(chain), "-frames:v", "1", "-q:v", "2"),
                *("-c:v", "mjpeg", "-f", "image2pipe", f"file:{part}"),
            ]
        )
        if not part.exists() or part.stat().st_size == 0:
            raise NotMedia(f"There is no picture at {at_s:.1f} s.")
        await self._files.move(part, target)
        return target

    async def _finished(self, part: Path, target: Path, frames: int, began: float) -> Encoded:
        await self._files.move(part, target)
        size = target.stat().st_size
        return Encoded(target, frames, size, self._clock.monotonic() - began)


_attempts = itertools.count()
_QUOTE_IN_SCRIPT = "'\\''"


def _beside(target: Path) -> Path:
    """A name nobody else writes to, also when a lost lease makes two processes encode the same chunk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f".{target.name}.{os.getpid()}-{next(_attempts)}.part")


def _video_of(info: MediaInfo) -> VideoStream:
    if not info.video:
        raise NotMedia("The file has sound, but no picture.")
    return info.video[0]


def _sides(stream: VideoStream) -> tuple[int, int]:
    """As filters get them: turned upright."""
    size = (stream.width, stream.height)
    return size[::-1] if stream.rotation in (90, 270) else size


def _whole(info: MediaInfo, frames: int, rate: tuple[int, int]) -> int:
    """The number of frames, once they are known to be as long as the picture says it is.

    A container is as long as its longest track: of a picture that may end before its sound it says nothing.
    """
    own_s = _video_of(info).duration_s
    expected_s = own_s or info.duration_s
    decoded_s = frames * rate[1] / rate[0] if rate[0] else expected_s
    if own_s is not None and own_s - decoded_s > max(_MISSING_FRAMES_S, own_s * 0.02):
        raise NotMedia(
            f"The file is damaged or was cut off: it should last {expected_s:.1f} s, "
            f"but only {decoded_s:.1f} s can be decoded. Upload it again."
        )
    if decoded_s >= overtime_s(info):
        raise NotMedia(
            f"The film does not end: it says that it lasts {expected_s:.1f} s, and goes on after {decoded_s:.0f} s. "
            "Its times are broken; write the file anew."
        )
    return frames


def _fitted(picture: Picture, width: int) -> Picture:
    height = max(2, round(picture.height * width / picture.width / 2) * 2)
    return replace(picture, width=width, height=height)


def _why_unreadable(words: str, head: bytes) -> str:
    if "not on whitelist" in words:
        return "This is not a video: its format is a playlist, a script or something else that is not accepted."
    if "moov atom not found" in words and b"ftyp" in head[:64]:
        return "The file was cut off: its index is missing. Upload it again."
    return "This is not a video, or it is damaged beyond reading. Upload the film itself (MP4, MOV, MKV, …)."
