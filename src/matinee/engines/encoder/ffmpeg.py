"""The encoder on FFmpeg: masters in, frames, chunks, sound, text and pictures out.

Every result is written beside its target and renamed, so a target that exists is whole: a killed encode leaves nothing
that could be mistaken for a finished one.
"""

import asyncio
import itertools
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from matinee.engines.encoder import arguments, audio, examining, subtitles
from matinee.engines.encoder.arguments import guarded_input, normalized, on_grid, seek, timescale, video_encode
from matinee.engines.encoder.cuts import SKETCH_HEIGHT, SKETCH_WIDTH, ShotFinder
from matinee.engines.encoder.port import (
    AudioEncode,
    Encoded,
    Examined,
    Excerpt,
    MediaInfo,
    NotMedia,
    Picture,
    Progress,
    VideoEncode,
    VideoStream,
)
from matinee.engines.encoder.probe import looks_like, parse
from matinee.engines.encoder.programs import Programs, bundled
from matinee.engines.encoder.running import DEFAULT_LIMITS, FFmpeg
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.processes import Command, Limits, Processes, ProgramFailed
from matinee.kernel.quantities import minutes

_HEAD_BYTES = 4096
_WHOLE = ("-copyts", "-start_at_zero", "-err_detect:v", "explode")
"""On the film's own clock, and a damaged picture is a missing one."""
_PACKET_FIELDS = 6
_MISSING_FRAMES_S = 1.0
"""Decoding may end this much before the container's duration: audio is often a little longer than the picture."""


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
            *("-hide_banner", "-loglevel", "error", "-show_format", "-show_streams", "-of", "json"),
            *guarded_input(path),
        ]
        try:
            finished = await self._processes.run(Command(argv, minutes(2), self._limits))
        except ProgramFailed as failure:
            raise NotMedia(_why_unreadable(failure.stderr, head)) from failure
        return parse(finished.stdout)

    async def count_frames(self, path: Path, picture: Picture | None = None) -> int:
        info = await self.probe(path)
        stream = _video_of(info)
        chain = ["-vf", ",".join(on_grid(picture))] if picture else []
        run = await self._ffmpeg.run(
            [
                *_WHOLE,
                *guarded_input(path),
                *("-map", f"0:{stream.index}", *chain, "-fps_mode", "passthrough", "-f", "null", "-"),
            ]
        )
        return _whole(info, run.frames, picture.frame_rate if picture else stream.frame_rate)

    async def examine(self, path: Path, picture: Picture, progress: Progress | None = None) -> Examined:
        info = await self.probe(path)
        found = await examining.examine(self._ffmpeg, path, info, _video_of(info), picture, progress)
        _whole(info, found.frames, picture.frame_rate)
        return found

    async def shots(self, path: Path, picture: Picture) -> list[int]:
        stream, finder = _video_of(await self.probe(path)), ShotFinder()
        # Shrunk before the grid copies frames. What is damaged shows what is near it, as a player would.
        chain = [
            f"scale={SKETCH_WIDTH}:{SKETCH_HEIGHT}:flags=area",
            "format=yuv420p",
            *on_grid(replace(picture, deinterlace=False)),
        ]
        await self._ffmpeg.stream(
            [
                *("-copyts", "-start_at_zero"),
                *guarded_input(path),
                *("-map", f"0:{stream.index}", "-vf", ",".join(chain)),
                *("-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"),
            ],
            lambda sketches: asyncio.to_thread(finder.add, sketches),
        )
        return await asyncio.to_thread(finder.finish)

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

    async def frame_sizes(self, path: Path) -> list[int]:
        packets: list[tuple[int, int]] = []

        def read(line: str) -> None:
            # stream, dts, pts, duration, size, checksum
            if not line.startswith("#") and len(fields := line.split(",")) >= _PACKET_FIELDS:
                packets.append((int(fields[2]), int(fields[4])))

        await self._ffmpeg.run(
            [*guarded_input(path), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "pipe:1"], on_line=read
        )
        return [size for _, size in sorted(packets)]

    async def encode_audio(self, job: AudioEncode) -> Encoded:
        began = self._clock.monotonic()
        part = _beside(job.target)
        await audio.encode(self._ffmpeg, job, part)
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
            ]
        )
        await self._files.remove(script)
        return await self._finished(part, target, run.frames, began)

    async def subtitles(self, source: Path, target: Path, *, stream_index: int | None = None) -> int:
        return await subtitles.convert(self._ffmpeg, self._files, source, target, stream_index)

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


def _whole(info: MediaInfo, frames: int, rate: tuple[int, int]) -> int:
    """The number of frames, once they are known to be as long as the film says it is."""
    expected_s = _video_of(info).duration_s or info.duration_s
    decoded_s = frames * rate[1] / rate[0] if rate[0] else expected_s
    if expected_s - decoded_s > max(_MISSING_FRAMES_S, expected_s * 0.02):
        raise NotMedia(
            f"The file is damaged or was cut off: it should last {expected_s:.1f} s, "
            f"but only {decoded_s:.1f} s can be decoded. Upload it again."
        )
    return frames


def _fitted(picture: Picture, width: int) -> Picture:
    height = max(2, round(picture.height * width / picture.width / 2) * 2)
    return Picture(width, height, picture.frame_rate, picture.deinterlace, picture.tone_map)


def _why_unreadable(words: str, head: bytes) -> str:
    if "not on whitelist" in words:
        return "This is not a video: its format is a playlist, a script or something else that is not accepted."
    if "moov atom not found" in words and b"ftyp" in head[:64]:
        return "The file was cut off: its index is missing. Upload it again."
    return "This is not a video, or it is damaged beyond reading. Upload the film itself (MP4, MOV, MKV, …)."
