"""Our ladder against the fixed one that everybody gets elsewhere (Apple's rungs, two passes), on each clip of a folder.

Both sides have the same frames, key frames, preset and buffer rules; both are measured by the same meter on the same
frames, after their numbers were compared.
"""

import argparse
import math
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
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
from matinee.engines.encoder.port import Encoder, Excerpt, Picture, VideoEncode
from matinee.engines.quality.port import Comparison, Quality, Score
from matinee.kernel.processes import Command
from matinee.kernel.quantities import hours
from matinee.studio.encoding.api import (
    Encoding,
    Inspection,
    LadderPlan,
    RatePoint,
    RungResult,
    RungTask,
    chunk_tasks,
    trial_tasks,
)
from matinee.studio.encoding.model.fixed import fixed_rungs
from matinee.studio.encoding.model.ladder import choose_rungs, heights_for, width_for
from matinee.studio.encoding.model.surface import loss_of, vmaf_of

_PEAK_FACTOR, _BUFFER_S = 1.75, 2
"""As our own rungs have."""

_GRID, _GRID_STEP = (16, 40), 4

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
    grid: tuple[_Point, ...] = ()
    """The best ladder there is, from every height and many CRFs; measured only where it was asked for."""
    even: tuple[_Point, ...] = ()
    """The same rungs with one CRF for all scenes."""

    @property
    def bd_rate(self) -> float:
        return bd_rate(_curve(self.fixed), self._own)

    @property
    def top_saved(self) -> float:
        """Of the dearest rung's bitrate, in percent: what most viewers with a good line are sent."""
        return (max(r.kbps for r in self.rungs) / max(p.kbps for p in self.fixed) - 1) * 100

    @property
    def prediction_error(self) -> float:
        return fmean(abs(r.vmaf - r.rung.vmaf_expected) for r in self.rungs)

    @property
    def loss(self) -> float | None:
        """Points of BD-rate that the search loses against the whole grid."""
        return (
            bd_rate(_curve(self.fixed), self._own) - bd_rate(_curve(self.fixed), _curve(self.grid))
            if self.grid
            else None
        )

    @property
    def by_scene(self) -> float | None:
        """What moving bits between scenes gains on top."""
        return bd_rate(_curve(self.even), self._own) if self.even else None

    @property
    def _own(self) -> list[tuple[float, float]]:
        return [(r.kbps, r.vmaf) for r in self.rungs]

    def row(self) -> dict[str, object]:
        return {
            "title": self.name,
            "seconds": round(self.seconds, 2),
            "bd_rate": round(self.bd_rate, 2),
            "top_rung": round(self.top_saved, 2),
            "prediction_error": round(self.prediction_error, 2),
            "search_share": round(self.plan_cpu_s / self.encode_cpu_s, 3),
            "gate_share": round(self.gate_cpu_s / self.encode_cpu_s, 3),
            "loss_against_grid": None if self.loss is None else round(self.loss, 2),
            "by_scene": None if self.by_scene is None else round(self.by_scene, 2),
            "rungs": [f"{r.rung.height}p {r.kbps:.0f} kbit/s VMAF {r.vmaf:.1f}" for r in self.rungs],
            "fixed": [f"{p.height}p {p.kbps:.0f} kbit/s VMAF {p.vmaf:.1f}" for p in self.fixed],
        }


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    clips = clips_in(options.clips)
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        bench = _Bench(Path(made), doors, say, is_deep=options.deep)
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
            *_mean("loss_against_grid", [t.loss for t in titles], 1.0),
            *_mean("by_scene", [t.by_scene for t in titles], -3),
        ],
        {"titles": [title.row() for title in titles]},
    )


def _mean(name: str, values: Sequence[float | None], goal: float) -> list[Figure]:
    known = [value for value in values if value is not None]
    return [Figure(name, fmean(known), "%", goal)] if known else []


class _Bench:
    def __init__(self, folder: Path, doors: Doors, say: Say, *, is_deep: bool) -> None:
        self._is_deep = is_deep
        self._folder = folder
        self._doors = doors
        self._say = say
        engines: tuple[Encoder, Quality] = open_encoder(doors)
        self._encoder, self._quality = engines
        self._encoding: Encoding = open_encoding(doors, folder)
        self._again: Encoding = open_encoding(doors, folder / "again")
        """Without what the first has made."""
        self._gate_cpu_s = 0.0

    async def title(self, clip: Path) -> _Title:
        self._say(f"{clip.name}: planning …")
        master, inspection = await self._master(clip)
        began = _cpu_s()
        plan = await self._encoding.plan(str(master), clip.name, inspection, "full")
        plan_cpu_s = _cpu_s() - began
        tried_cpu_s = await self._tried(master, clip.name, plan)
        rungs, encode_cpu_s = await self._own(master, clip.name, plan)
        self._say(f"{clip.name}: {len(rungs)} rungs; the fixed ladder …")
        fixed = [await self._fixed(master, plan, height, kbps) for height, kbps in fixed_rungs(plan.raster)]
        return _Title(
            clip.name,
            inspection.duration_s,
            tuple(rungs),
            tuple(fixed),
            plan_cpu_s - tried_cpu_s,
            encode_cpu_s + tried_cpu_s,
            gate_cpu_s=self._gate_cpu_s,
            grid=tuple(await self._grid(master, plan)) if self._is_deep else (),
            even=tuple(await self._even(master, clip.name, plan)) if self._is_deep else (),
        )

    async def _tried(self, master: Path, name: str, plan: LadderPlan) -> float:
        """What the search encoded and the ladder keeps counts as encodes: it is measured by doing it again elsewhere."""
        tried = {(t.height, t.crf, round(t.vmaf, 2)) for t in plan.trials}
        kept = [r for r in plan.rungs if (r.height, r.crf, r.vmaf_expected) in tried]
        began = _cpu_s()
        for rung in kept:
            for task in trial_tasks(str(master), name, plan, rung):
                await self._again.encode_chunk(task)
        return _cpu_s() - began

    async def _grid(self, master: Path, plan: LadderPlan) -> list[_Point]:
        """Whole encodes at every height and each third CRF, those between inferred, and the ladder that they make."""
        self._say("  the whole grid …")
        raster = plan.raster
        found: list[RatePoint] = []
        for height in heights_for(raster, plan.profile):
            measured = [
                await self._whole(master, plan, height, crf) for crf in range(_GRID[0], _GRID[1] + 1, _GRID_STEP)
            ]
            for low, high in pairwise(measured):
                found += [_between(low, high, step / _GRID_STEP) for step in range(_GRID_STEP)]
            found.append(measured[-1])
        return [_Point(r.height, r.kbps_expected, r.vmaf_expected) for r in choose_rungs(found, raster, plan.profile)]

    async def _whole(self, master: Path, plan: LadderPlan, height: int, crf: float) -> RatePoint:
        raster, target = plan.raster, self._folder / "whole.mp4"
        width = width_for(raster, height)
        made = await self._encoder.encode_video(
            VideoEncode(
                source=master,
                target=target,
                picture=Picture(width, height, raster.rate),
                crf=crf,
                preset=plan.preset,
                key_frames=plan.groups,
                bitrate_max_kbps=60_000,
                buffer_kbits=60_000,
                frames=plan.frames,
            )
        )
        score = await self._score(master, plan, target)
        return RatePoint(height, crf, made.size_bytes * 8 / plan.frames * raster.frames_per_second / 1000, score.mean)

    async def _even(self, master: Path, name: str, plan: LadderPlan) -> list[_Point]:
        if not plan.shifts:
            return []
        even = replace(plan, shifts={})
        tasks = [
            RungTask(str(master), name, even, rung, str(self._folder / f"even-{rung.id}.mp4")) for rung in plan.rungs
        ]
        results = [await self._encoding.finish_rung(task) for task in tasks]
        return [_Point(r.rung.height, r.kbps, r.vmaf) for r in results]

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

    async def _fixed(self, master: Path, plan: LadderPlan, height: int, kbps: int) -> _Point:
        raster = plan.raster
        width = width_for(raster, height)
        target = self._folder / f"fixed-{height}-{kbps}.mp4"
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
        score = await self._score(master, plan, target)
        size = target.stat().st_size
        target.unlink()
        return _Point(height, size * 8 / plan.frames * raster.frames_per_second / 1000, score.mean)

    async def _score(self, master: Path, plan: LadderPlan, target: Path) -> Score:
        picture = Picture(plan.raster.width, plan.raster.height, plan.raster.rate)
        return await self._quality.compare(Comparison(master, target, picture, 0, plan.frames, plan.score_every))


def _curve(points: Sequence[_Point]) -> list[tuple[float, float]]:
    return [(point.kbps, point.vmaf) for point in points]


def _between(low: RatePoint, high: RatePoint, share: float) -> RatePoint:
    kbps = math.exp(math.log(low.kbps) * (1 - share) + math.log(high.kbps) * share)
    vmaf = vmaf_of(loss_of(low.vmaf) * (1 - share) + loss_of(high.vmaf) * share)
    return RatePoint(low.height, low.crf + share * (high.crf - low.crf), kbps, vmaf)


def _cpu_s() -> float:
    """Ours, and that of the programs we ran."""
    children, own = resource.getrusage(resource.RUSAGE_CHILDREN), os.times()
    return children.ru_utime + children.ru_stime + own.user + own.system
