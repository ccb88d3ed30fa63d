"""Our ladder against the fixed one that everybody gets elsewhere (Apple's rungs, two passes), on each clip of a folder.

Both sides have the same frames, key frames, preset and buffer rules; both are measured by the same meter on the same
frames, after their numbers were compared.
"""

import argparse
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import imageio_ffmpeg

from matinee.app.doors import Doors
from matinee.app.engines import open_encoder
from matinee.app.studio import open_encoding
from matinee.bench.bd import bd_rate
from matinee.bench.report import Figure, Report
from matinee.bench.shots import clips_in
from matinee.engines.encoder.port import Encoder, Excerpt, Picture
from matinee.engines.quality.port import Comparison, Quality
from matinee.kernel.processes import Command
from matinee.kernel.quantities import hours
from matinee.studio.encoding.api import Encoding, Inspection, LadderPlan, RungResult, RungTask, chunk_tasks

_FIXED = (
    (234, 145),
    (360, 365),
    (432, 730),
    (432, 1100),
    (540, 2000),
    (720, 3000),
    (720, 4500),
    (1080, 6000),
    (1080, 7800),
)
"""(lines, kbit/s): Apple's authoring guide for H.264 at 30 frames a second."""
_PEAK_FACTOR, _BUFFER_S = 1.75, 2
"""As our own rungs have."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Point:
    height: int
    kbps: float
    vmaf: float


@dataclass(frozen=True, slots=True)
class _Title:
    name: str
    seconds: float
    rungs: tuple[RungResult, ...]
    fixed: tuple[_Point, ...]
    plan_cpu_s: float
    encode_cpu_s: float
    gate_cpu_s: float

    @property
    def bd_rate(self) -> float:
        return bd_rate([(p.kbps, p.vmaf) for p in self.fixed], [(r.kbps, r.vmaf) for r in self.rungs])

    @property
    def top_saved(self) -> float:
        """Of the dearest rung's bitrate, in percent: what most viewers with a good line are sent."""
        return (max(r.kbps for r in self.rungs) / max(p.kbps for p in self.fixed) - 1) * 100

    @property
    def prediction_error(self) -> float:
        return fmean(abs(r.vmaf - r.rung.vmaf_expected) for r in self.rungs)

    def row(self) -> dict[str, object]:
        return {
            "title": self.name,
            "seconds": round(self.seconds, 2),
            "bd_rate": round(self.bd_rate, 2),
            "top_rung": round(self.top_saved, 2),
            "prediction_error": round(self.prediction_error, 2),
            "search_share": round(self.plan_cpu_s / self.encode_cpu_s, 3),
            "gate_share": round(self.gate_cpu_s / self.encode_cpu_s, 3),
            "rungs": [f"{r.rung.height}p {r.kbps:.0f} kbit/s VMAF {r.vmaf:.1f}" for r in self.rungs],
            "fixed": [f"{p.height}p {p.kbps:.0f} kbit/s VMAF {p.vmaf:.1f}" for p in self.fixed],
        }


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    clips = clips_in(options.clips)
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        bench = _Bench(Path(made), doors, say)
        titles = [await bench.title(clip) for clip in clips]
    rates = [title.bd_rate for title in titles]
    spent, encoded = sum(t.plan_cpu_s for t in titles), sum(t.encode_cpu_s for t in titles)
    return Report(
        "ladder",
        {"clips": len(titles), "seconds": round(sum(t.seconds for t in titles), 1)},
        [
            Figure("bd_rate_mean", fmean(rates), "%", -10),
            Figure("bd_rate_worst", max(rates), "%", 2),
            Figure("top_rung_rate", fmean(t.top_saved for t in titles), "%", -40),
            Figure("prediction_error", fmean(t.prediction_error for t in titles), "VMAF", 1.0),
            Figure("search_over_encodes", spent / encoded, "times", 0.5),
            Figure("gate_over_encodes", sum(t.gate_cpu_s for t in titles) / encoded, "times"),
        ],
        {"titles": [title.row() for title in titles]},
    )


class _Bench:
    def __init__(self, folder: Path, doors: Doors, say: Say) -> None:
        self._folder = folder
        self._doors = doors
        self._say = say
        engines: tuple[Encoder, Quality] = open_encoder(doors)
        self._encoder, self._quality = engines
        self._encoding: Encoding = open_encoding(doors, folder)
        self._gate_cpu_s = 0.0

    async def title(self, clip: Path) -> _Title:
        self._say(f"{clip.name}: planning …")
        master, inspection = await self._master(clip)
        began = _cpu_s()
        plan = await self._encoding.plan(str(master), clip.name, inspection, "full")
        planned = _cpu_s()
        rungs, encode_cpu_s = await self._own(master, clip.name, plan)
        self._say(f"{clip.name}: {len(rungs)} rungs; the fixed ladder …")
        fixed = [await self._fixed(master, plan, lines, kbps) for lines, kbps in _rungs_of(plan)]
        return _Title(
            clip.name,
            inspection.duration_s,
            tuple(rungs),
            tuple(fixed),
            planned - began,
            encode_cpu_s,
            gate_cpu_s=self._gate_cpu_s,
        )

    async def _master(self, clip: Path) -> tuple[Path, Inspection]:
        """Without loss, and normalized, so that both sides begin with the same frames."""
        seen = await self._encoding.inspect(str(clip))
        raster = seen.raster
        picture = Picture(raster.width, raster.height, raster.rate, raster.deinterlace, raster.tone_map)
        master = self._folder / f"{clip.stem}-master.mp4"
        await self._encoder.excerpt(Excerpt(clip, master, picture, ((0, seen.frames),)))
        return master, await self._encoding.inspect(str(master))

    async def _own(self, master: Path, name: str, plan: LadderPlan) -> tuple[list[RungResult], float]:
        began = _cpu_s()
        for rung in plan.rungs:
            for task in chunk_tasks(str(master), name, plan, rung):
                await self._encoding.encode_chunk(task)
        encoded = _cpu_s()
        results = [
            await self._encoding.finish_rung(
                RungTask(str(master), name, plan, rung, str(self._folder / f"{rung.id}.mp4"))
            )
            for rung in plan.rungs
        ]
        self._gate_cpu_s = _cpu_s() - encoded
        return list(self._encoding.worth_offering(results)), encoded - began

    async def _fixed(self, master: Path, plan: LadderPlan, lines: int, kbps: int) -> _Point:
        raster = plan.raster
        height = lines if raster.width >= raster.height else round(lines * raster.height / raster.width / 2) * 2
        width = round(raster.width * height / raster.height / 2) * 2
        target = self._folder / f"fixed-{lines}-{kbps}.mp4"
        times = ",".join(f"{max(0.0, (g - 0.5) / raster.frames_per_second):.6f}" for g in plan.groups)
        for number in (1, 2):
            argv = [
                *(imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error"),
                *("-i", f"file:{master}", "-an", "-vf", f"scale={width}:{height}:flags=bicubic,setsar=1"),
                *("-c:v", "libx264", "-preset", plan.preset, "-profile:v", "high", "-threads", "2"),
                *("-b:v", f"{kbps}k", "-maxrate", f"{round(kbps * _PEAK_FACTOR)}k"),
                *("-bufsize", f"{round(kbps * _PEAK_FACTOR * _BUFFER_S)}k", "-force_key_frames", times),
                *("-forced-idr", "1", "-g", "1000000", "-keyint_min", "1", "-sc_threshold", "0", "-flags", "+cgop"),
                *("-pass", str(number), "-passlogfile", str(self._folder / "pass")),
                *("-f", "null" if number == 1 else "mp4", "-" if number == 1 else str(target)),
            ]
            await self._doors.processes.run(Command(argv, hours(2)))
        score = await self._quality.compare(
            Comparison(
                master, target, Picture(raster.width, raster.height, raster.rate), 0, plan.frames, plan.score_every
            )
        )
        size = target.stat().st_size
        target.unlink()
        return _Point(height, size * 8 / plan.frames * raster.frames_per_second / 1000, score.mean)


def _rungs_of(plan: LadderPlan) -> Sequence[tuple[int, int]]:
    source = min(plan.raster.width, plan.raster.height)
    return [(lines, kbps) for lines, kbps in _FIXED if lines <= source]


def _cpu_s() -> float:
    """Ours, and that of the programs we ran."""
    children, own = resource.getrusage(resource.RUSAGE_CHILDREN), os.times()
    return children.ru_utime + children.ru_stime + own.user + own.system
