"""VMAF with libvmaf. Frame counts are compared first: the filter repeats the shorter film's last frame and says nothing.

Scoring each n-th frame pays only for what the score needs. VMAF's motion feature looks one frame back and one ahead, so of
every n frames three are kept and the middle one is scored: exactly the score that frame has when all are looked at.
"""

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from matinee.engines.encoder.arguments import guarded_input, normalized, on_grid, seek
from matinee.engines.encoder.port import Encoder, Picture, VideoStream
from matinee.engines.encoder.programs import Programs, bundled
from matinee.engines.encoder.running import FFmpeg
from matinee.engines.quality.port import Comparison, FramesDiffer, Score
from matinee.kernel.chance import Chance
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import DiskFull, Files
from matinee.kernel.processes import Processes

_MODEL_SIZE = (1920, 1080)
"""What vmaf_v0.6.1 was trained at: seen from three screen heights."""
_TRIPLE = 3
_SMALL = (160, 90)
_DIFFERENCE = re.compile(r"mse_avg:(\S+)")
_ROOM_FOR_A_LOG_BYTES = 4 << 20


class NoScore(MatineeError):
    """libvmaf ended without a score for any frame."""


class VmafQuality:
    """Implements `Quality` with the libvmaf inside FFmpeg."""

    def __init__(
        self, processes: Processes, files: Files, encoder: Encoder, chance: Chance, *, programs: Programs | None = None
    ) -> None:
        self._ffmpeg = FFmpeg(processes, (programs or bundled()).ffmpeg)
        self._files = files
        self._encoder = encoder
        self._chance = chance

    async def compare(self, job: Comparison) -> Score:
        source = (await self._encoder.probe(job.source)).video[0]
        distorted = (await self._encoder.probe(job.distorted)).video[0]
        await self._check_frames(job, distorted)
        name = f".vmaf-{self._chance.bytes(6).hex()}"
        log, looks = job.distorted.with_name(f"{name}.json"), job.distorted.with_name(f"{name}.txt")
        try:
            await self._ffmpeg.run(
                [
                    *("-err_detect", "explode"),  # a damaged frame is missing then, and the counts tell
                    *guarded_input(job.distorted),
                    *seek(job.picture, job.start_frame),
                    *guarded_input(job.source),
                    *("-filter_complex", _graph(job, source, distorted, log.name, looks.name)),
                    *("-map", "[scored]", "-f", "null", "-"),
                    *(("-map", "[looked]", "-f", "null", "-") if job.looks_at_all else ()),
                ],
                folder=log.parent,  # the log's bare name stands in the filter, where a path would need escaping
            )
            score = _score(await self._whole(log), job)
            return (
                replace(score, differences=_differences(await self._whole(looks), job)) if job.looks_at_all else score
            )
        finally:
            await self._files.remove(log)
            await self._files.remove(looks)

    async def _check_frames(self, job: Comparison, distorted: VideoStream) -> None:
        frames = distorted.frames or await self._encoder.count_frames(job.distorted)
        if job.frames is not None and frames != job.frames and job.distorted_start is None:
            raise FramesDiffer(
                f"The encode has {frames} frames where the source has {job.frames}. Encode it again.",
                frames=frames,
                expected=job.frames,
            )

    async def _whole(self, log: Path) -> bytes:
        """libvmaf says nothing when it cannot write its log: FFmpeg ends well and the file is empty."""
        data = await self._files.read(log)
        if not data and await self._files.free_bytes(log.parent) < _ROOM_FOR_A_LOG_BYTES:
            raise DiskFull(f"The disk that holds {log.parent} is full. Free some space and try again.")
        if not data:
            raise NoScore("The quality could not be measured: the meter wrote nothing.")
        return data


def _graph(job: Comparison, source: VideoStream, distorted: VideoStream, log: str, looks: str) -> str:
    picks, subsample = _picks(job.every)
    scale = "scale={}:{}:flags=bicubic".format(*_model_size(job.picture))
    # Both sides count in frames from here on. In their own time bases libvmaf's pairing by time rounds differently, and a
    # perfect encode loses ten points to pictures that are one frame off.
    number = "settb=1/1000,setpts=N"
    reference = [*picks, *normalized(job.picture, source), scale, number]
    encode = [*picks, "format=yuv420p", scale, number]
    grid = ",".join(on_grid(job.picture, start_frame=job.start_frame, frames=job.frames))
    meter = f"libvmaf=n_threads={job.threads}:n_subsample={subsample}:shortest=1:log_fmt=json:log_path={log}"
    ways = 2 if job.looks_at_all else 1
    graph = [
        f"[0:{distorted.index}]{_part(job)}split={ways}{'[d1][d2]'[: 4 * ways]}",
        f"[1:{source.index}]{grid},split={ways}{'[r1][r2]'[: 4 * ways]}",
        f"[d1]{','.join(encode)}[distorted];[r1]{','.join(reference)}[reference]",
        f"[distorted][reference]{meter}[scored]",
    ]
    if job.looks_at_all:
        small = ",".join(normalized(Picture(*_SMALL, job.picture.frame_rate, tone_map=job.picture.tone_map), source))
        graph += [
            f"[d2]format=yuv420p,scale={_SMALL[0]}:{_SMALL[1]}:flags=bicubic,{number}[d];[r2]{small},{number}[r]",
            f"[d][r]psnr=stats_file={looks}:shortest=1[looked]",
        ]
    return ";".join(graph)


def _part(job: Comparison) -> str:
    if job.distorted_start is None or job.frames is None:
        return ""
    end = job.distorted_start + job.frames
    return f"trim=start_frame={job.distorted_start}:end_frame={end},setpts=PTS-STARTPTS,"


def _picks(every: int) -> tuple[list[str], int]:
    """The frames to keep, and which of the kept ones are scored: 0, then the middle of each three."""
    if every <= _TRIPLE:
        return [], every
    return [f"select='lt(mod(n+1\\,{every})\\,{_TRIPLE})'"], _TRIPLE


def _model_size(picture: Picture) -> tuple[int, int]:
    factor = min(_MODEL_SIZE[0] / picture.width, _MODEL_SIZE[1] / picture.height)
    return round(picture.width * factor / 2) * 2, round(picture.height * factor / 2) * 2


def _differences(looks: bytes, job: Comparison) -> tuple[float, ...]:
    found = tuple(float(value) for value in _DIFFERENCE.findall(looks.decode()))
    if job.frames is not None and len(found) != job.frames:
        raise FramesDiffer(
            f"Only {len(found)} of {job.frames} frames could be looked at: the encode is damaged. Encode it again.",
            frames=len(found),
            expected=job.frames,
        )
    return found


def _score(log: bytes, job: Comparison) -> Score:
    stride = job.every if job.every <= _TRIPLE else _TRIPLE
    found = [
        (frame["frameNum"] // stride * job.every, float(frame["metrics"]["vmaf"]))
        for frame in json.loads(log)["frames"]
        if "vmaf" in frame["metrics"]
    ]
    if not found:
        raise NoScore("The quality could not be measured: no frame was scored.")
    expected = -(-job.frames // job.every) if job.frames is not None else len(found)
    if len(found) != expected:
        raise FramesDiffer(
            f"Only {len(found)} of {expected} frames could be compared: the encode is damaged. Encode it again.",
            frames=len(found),
            expected=expected,
        )
    values = sorted(value for _, value in found)
    first_percentile = values[max(0, math.ceil(len(values) * 0.01) - 1)]
    return Score(fmean(values), first_percentile, values[0], tuple(found))
