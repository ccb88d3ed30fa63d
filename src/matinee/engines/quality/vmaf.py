"""VMAF with libvmaf. Frame counts are compared first: the filter repeats the shorter film's last frame and says nothing.

Scoring each n-th frame pays only for what the score needs. VMAF's motion feature looks one frame back and one ahead, so of
every n frames three are kept and the middle one is scored: exactly the score that frame has when all are looked at.

All screens are scored in one pass. A phone's model takes the same features as a television's and costs nothing; that of a
4K screen looks at the picture in 2160 lines, for which there is a second meter.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matinee.engines.encoder.arguments import guarded_input, normalized, on_grid, pixel_format, seek
from matinee.engines.encoder.port import Encoder, Picture, VideoStream
from matinee.engines.encoder.programs import Programs, bundled
from matinee.engines.encoder.running import FFmpeg
from matinee.engines.quality.port import Comparison, Frames, FramesDiffer, Score, score_of
from matinee.kernel.chance import Chance
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import DiskFull, Files
from matinee.kernel.processes import Processes

_TV = "tv"
_MODELS: Mapping[str, str] = {
    _TV: r"version=vmaf_v0.6.1\:name=tv",
    "phone": r"version=vmaf_v0.6.1\:name=phone\:enable_transform=true",
    "4k": r"version=vmaf_4k_v0.6.1\:name=4k",
}
"""What each is called in libvmaf, where they are built in."""
_SIZES: Mapping[str, tuple[int, int]] = {_TV: (1920, 1080), "phone": (1920, 1080), "4k": (3840, 2160)}
"""What each was trained at. A phone's was, too: it is small by being far away."""
_TRIPLE = 3
_FREED_A_STEP = 0.5
"""Of the filter's strength for each step of the encoder's: both then take out grain of a quarter of that step in levels."""
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
        looks = job.distorted.with_name(f"{name}.txt")
        meters = [_Meter(screens, job.distorted.with_name(f"{name}-{screens[0]}.json")) for screens in _by_size(job)]
        try:
            await self._ffmpeg.run(
                [
                    *("-err_detect", "explode"),  # a damaged frame is missing then, and the counts tell
                    *(("-export_side_data", "film_grain") if job.grain else ()),  # told, and so not drawn
                    *(seek(job.picture, job.distorted_start) if job.distorted_start else ()),
                    *guarded_input(job.distorted),
                    *seek(job.picture, job.start_frame),
                    *guarded_input(job.source),
                    *("-filter_complex", _graph(job, source, distorted, meters, looks.name)),
                    *(word for meter in meters for word in ("-map", f"[{meter.output}]", "-f", "null", "-")),
                    *(("-map", "[looked]", "-f", "null", "-") if job.looks_at_all else ()),
                ],
                folder=looks.parent,  # the logs' bare names stand in the filter, where a path would need escaping
                writes=(*(meter.log for meter in meters), *((looks,) if job.looks_at_all else ())),
            )
            logs = [(meter, await self._whole(meter.log)) for meter in meters]
            found = {screen: _frames(log, screen, job) for meter, log in logs for screen in meter.screens}
            differences = _differences(await self._whole(looks), job) if job.looks_at_all else ()
            return score_of(found[_TV], differences, {screen: found[screen] for screen in job.screens})
        finally:
            for path in (looks, *(meter.log for meter in meters)):
                await self._files.remove(path)

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


@dataclass(frozen=True, slots=True)
class _Meter:
    """One run of libvmaf: all models that look at pictures of one size."""

    screens: tuple[str, ...]
    log: Path

    @property
    def output(self) -> str:
        return f"scored-{self.screens[0]}"


def _by_size(job: Comparison) -> list[tuple[str, ...]]:
    wanted = (_TV, *dict.fromkeys(job.screens))
    sizes = dict.fromkeys(_SIZES[screen] for screen in wanted)
    return [tuple(screen for screen in wanted if _SIZES[screen] == size) for size in sizes]


def _graph(job: Comparison, source: VideoStream, distorted: VideoStream, meters: Sequence[_Meter], looks: str) -> str:
    picks, _ = _picks(job.every)
    # Both sides count in frames from here on. In their own time bases libvmaf's pairing by time rounds differently, and a
    # perfect encode loses ten points to pictures that are one frame off.
    number = "settb=1/1000,setpts=N"
    form = f"format={pixel_format(job.picture)}"
    reference = ",".join([*picks, *normalized(job.picture, source), *_freed(job.grain)])
    grid = ",".join(on_grid(job.picture, start_frame=job.start_frame, frames=job.frames))
    graph = [
        f"[0:{distorted.index}]{_part(job)}{_split('d', 2 if job.looks_at_all else 1)}",
        f"[1:{source.index}]{grid},{_split('r', 2 if job.looks_at_all else 1)}",
        f"[d1]{','.join([*picks, form])},{_split('encode', len(meters))}",
        f"[r1]{reference},{_split('reference', len(meters))}",
    ]
    for way, meter in enumerate(meters, 1):
        scale = "scale={}:{}:flags=bicubic".format(*_size_on(meter.screens[0], job.picture))
        graph += [
            f"[encode{way}]{scale},{number}[distorted{way}];[reference{way}]{scale},{number}[source{way}]",
            f"[distorted{way}][source{way}]{_libvmaf(job, meter)}[{meter.output}]",
        ]
    if job.looks_at_all:
        small = ",".join(normalized(replace(job.picture, width=_SMALL[0], height=_SMALL[1]), source))
        graph += [
            f"[d2]{form},scale={_SMALL[0]}:{_SMALL[1]}:flags=bicubic,{number}[d];[r2]{small},{number}[r]",
            f"[d][r]psnr=stats_file={looks}:shortest=1[looked]",
        ]
    return ";".join(graph)


def _split(name: str, ways: int) -> str:
    return f"split={ways}{''.join(f'[{name}{way}]' for way in range(1, ways + 1))}"


def _libvmaf(job: Comparison, meter: _Meter) -> str:
    _, subsample = _picks(job.every)
    models = "|".join(_MODELS[screen] for screen in meter.screens)
    options = f"n_threads={job.threads}:n_subsample={subsample}:shortest=1:log_fmt=json:log_path={meter.log.name}"
    return f"libvmaf=model='{models}':{options}"


def _freed(grain: int) -> list[str]:
    """Of the grain that an encoder of this strength takes out, in space and in time."""
    strength = grain * _FREED_A_STEP
    return [f"hqdn3d={strength:g}:{strength:g}:{strength:g}:{strength:g}"] if grain else []


def _part(job: Comparison) -> str:
    if job.distorted_start is None or job.frames is None:
        return ""
    # By time, for decoding begins near them; halfway between two frames, where no rounding reaches.
    rate = job.picture.frame_rate[0] / job.picture.frame_rate[1]
    start, end = ((at - 0.5) / rate for at in (job.distorted_start, job.distorted_start + job.frames))
    return f"trim=start={start:.6f}:end={end:.6f},setpts=PTS-STARTPTS,"


def _picks(every: int) -> tuple[list[str], int]:
    """The frames to keep, and which of the kept ones are scored: 0, then the middle of each three."""
    if every <= _TRIPLE:
        return [], every
    return [f"select='lt(mod(n+1\\,{every})\\,{_TRIPLE})'"], _TRIPLE


def _size_on(screen: str, picture: Picture) -> tuple[int, int]:
    across, down = _SIZES[screen]
    factor = min(across / picture.width, down / picture.height)
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


def _frames(log: bytes, screen: str, job: Comparison) -> Frames:
    stride = job.every if job.every <= _TRIPLE else _TRIPLE
    found = tuple(
        (frame["frameNum"] // stride * job.every, float(frame["metrics"][screen]))
        for frame in json.loads(log)["frames"]
        if screen in frame["metrics"]
    )
    if not found:
        raise NoScore("The quality could not be measured: no frame was scored.")
    expected = -(-job.frames // job.every) if job.frames is not None else len(found)
    if len(found) != expected:
        raise FramesDiffer(
            f"Only {len(found)} of {expected} frames could be compared: the encode is damaged. Encode it again.",
            frames=len(found),
            expected=expected,
        )
    return found
