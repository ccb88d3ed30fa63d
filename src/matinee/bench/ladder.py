"""Our ladder against the fixed one that everybody gets elsewhere (Apple's rungs, two passes), on each clip of a folder.

Both sides have the same frames, key frames, preset and buffer rules; both are measured by the same meter on the same
frames, after their numbers were compared. With more codecs, each one's own ladder also against our H.264's, in the same
groups. `--deep` adds the whole grid, the same rungs without bits moved between scenes, and one title more: a piece of every
clip, one after the other, for that is where such moves have most to gain; and what they could gain there with hindsight.
"""

import argparse
import math
import os
import resource
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from matinee.app.doors import Doors
from matinee.app.engines import open_encoder
from matinee.app.studio import open_encoding
from matinee.bench.bd import bd_rate
from matinee.bench.hindsight import Hindsight, SceneEncode, hindsight
from matinee.bench.montage import one_after_the_other
from matinee.bench.report import Figure, Report
from matinee.bench.shots import clips_in
from matinee.bench.two_pass import two_passes
from matinee.engines.encoder.port import Encoder, Excerpt, Picture, VideoEncode
from matinee.engines.quality.port import Comparison, FramesDiffer, Quality, Score
from matinee.kernel.processes import Command
from matinee.kernel.quantities import hours, minutes
from matinee.studio.encoding.api import (
    Encoding,
    Inspection,
    LadderPlan,
    RatePoint,
    RungResult,
    RungTask,
    chunk_tasks,
)
from matinee.studio.encoding.model.fixed import fixed_rungs
from matinee.studio.encoding.model.ladder import choose_rungs, heights_for, width_for
from matinee.studio.encoding.model.surface import loss_of, vmaf_of
from matinee.studio.encoding.model.trials import trial_tasks
from matinee.studio.encoding.service.facts import picture_of
from matinee.wire.releases import VideoCodec

_GRID, _GRID_STEP = (16, 40), 4
_GOALS: Mapping[VideoCodec, float] = {"av1": -35}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Point:
    height: int
    kbps: float
    vmaf: float


@dataclass(frozen=True, slots=True)
class _InCodec:
    """A title's ladder in another codec."""

    codec: VideoCodec
    rungs: tuple[RungResult, ...]
    grain: int
    encode_cpu_s: float

    @property
    def curve(self) -> list[tuple[float, float]]:
        return [(r.kbps, r.vmaf) for r in self.rungs]


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
    others: tuple[_InCodec, ...] = ()
    bound: Hindsight | None = None
    """What treating scenes on their own could gain at most."""

    def against_h264(self, other: _InCodec) -> float:
        return bd_rate(self._own, other.curve)

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
            "rungs": _words(self.rungs),
            "fixed": [f"{p.height}p {p.kbps:.0f} kbit/s VMAF {p.vmaf:.1f}" for p in self.fixed],
            **{
                other.codec: {
                    "bd_rate_against_h264": round(self.against_h264(other), 2),
                    "grain": other.grain,
                    "encode_cpu_over_h264": round(other.encode_cpu_s / self.encode_cpu_s, 2),
                    "rungs": _words(other.rungs),
                }
                for other in self.others
            },
        }


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    clips = clips_in(options.clips)
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        bench = _Bench(Path(made), doors, say, is_deep=options.deep, codecs=options.codecs)
        titles = [await bench.title(clip) for clip in clips]
        mixed = await bench.mixed(clips) if options.deep and len(clips) > 1 else None
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
            *(_of_mixed(mixed) if mixed else ()),
            *(figure for codec in options.codecs if codec != "h264" for figure in _in_codec(codec, titles)),
        ],
        {"titles": [title.row() for title in (*titles, *([mixed] if mixed else []))]},
    )


def _in_codec(codec: VideoCodec, titles: Sequence[_Title]) -> list[Figure]:
    made = [(title, other) for title in titles for other in title.others if other.codec == codec]
    rates = [title.against_h264(other) for title, other in made]
    spent = sum(other.encode_cpu_s for _, other in made) / sum(title.encode_cpu_s for title, _ in made)
    return [
        Figure(f"{codec}_bd_rate_mean", fmean(rates), "%", _GOALS.get(codec)),
        Figure(f"{codec}_bd_rate_worst", max(rates), "%"),
        Figure(f"{codec}_encodes_over_h264", spent, "times"),
    ]


def _of_mixed(mixed: _Title) -> list[Figure]:
    found = _mean("by_scene_mixed", [mixed.by_scene], -10)
    if mixed.bound is not None:
        found.append(Figure("by_scene_mixed_at_most", mixed.bound.crf, "%"))
        found.append(Figure("by_scene_mixed_at_most_with_heights", mixed.bound.crf_and_height, "%"))
    return found


def _mean(name: str, values: Sequence[float | None], goal: float) -> list[Figure]:
    known = [value for value in values if value is not None]
    return [Figure(name, fmean(known), "%", goal)] if known else []


class _Bench:
    def __init__(self, folder: Path, doors: Doors, say: Say, *, is_deep: bool, codecs: Sequence[VideoCodec]) -> None:
        self._is_deep = is_deep
        self._codecs = codecs
        self._folder = folder
        self._doors = doors
        self._say = say
        engines: tuple[Encoder, Quality] = open_encoder(doors)
        self._encoder, self._quality = engines
        self._encoding: Encoding = open_encoding(doors, folder)
        self._again: Encoding = open_encoding(doors, folder / "again")
        """Without what the first has made."""
        self._gate_cpu_s = 0.0

    async def title(self, clip: Path, *, has_bound: bool = False) -> _Title:
        self._say(f"{clip.name}: planning …")
        master, inspection = await self._master(clip)
        began = _cpu_s()
        plan = await self._encoding.plan(str(master), clip.name, inspection, "full")
        plan_cpu_s = _cpu_s() - began
        tried_cpu_s = await self._tried(master, clip.name, plan)
        rungs, encode_cpu_s = await self._own(master, clip.name, plan)
        gate_cpu_s = self._gate_cpu_s
        others = [await self._in(codec, master, clip.name, plan) for codec in self._codecs if codec != "h264"]
        self._say(f"{clip.name}: {len(rungs)} rungs; the fixed ladder …")
        fixed = [await self._fixed(master, plan, height, kbps) for height, kbps in fixed_rungs(plan.raster)]
        return _Title(
            clip.name,
            inspection.duration_s,
            tuple(rungs),
            tuple(fixed),
            plan_cpu_s - tried_cpu_s,
            encode_cpu_s + tried_cpu_s,
            gate_cpu_s=gate_cpu_s,
            grid=tuple(await self._grid(master, plan)) if self._is_deep else (),
            even=tuple(await self._even(master, clip.name, plan)) if self._is_deep else (),
            others=tuple(others),
            bound=await self._hindsight(master, plan) if has_bound else None,
        )

    async def mixed(self, clips: Sequence[Path]) -> _Title:
        film = self._folder / "mixed.mkv"
        await self._doors.processes.run(Command(one_after_the_other(clips, film), minutes(10)))
        return await self.title(film, has_bound=True)

    async def _hindsight(self, master: Path, whole: LadderPlan) -> Hindsight:
        """Each scene as a film of its own, on the whole grid."""
        self._say("  every scene alone …")
        found: list[SceneEncode] = []
        lengths = [end - start for start, end in pairwise([*whole.scenes, whole.frames])]
        for number, (start, frames) in enumerate(zip(whole.scenes, lengths, strict=True)):
            alone = self._folder / f"scene-{number}.mp4"
            await self._encoder.excerpt(Excerpt(master, alone, picture_of(whole.raster), ((start, frames),)))
            groups = tuple(group - start for group in whole.groups if start <= group < start + frames)
            plan = replace(whole, frames=frames, groups=groups)
            for height in heights_for(whole.raster, whole.profile):
                for crf in range(_GRID[0], _GRID[1] + 1, _GRID_STEP):
                    made = await self._whole(alone, plan, height, crf)
                    found.append(SceneEncode(number, height, crf, made.kbps, made.vmaf))
        return hindsight(found, lengths)

    async def _in(self, codec: VideoCodec, master: Path, name: str, h264: LadderPlan) -> _InCodec:
        """The same frames in the same groups, on this codec's own hull."""
        self._say(f"{name}: {codec} …")
        inspection = await self._encoding.inspect(str(master))
        plan = await self._encoding.plan(str(master), name, inspection, "full", codec=codec, beside=h264)
        tried_cpu_s = await self._tried(master, name, plan)
        rungs, encode_cpu_s = await self._own(master, name, plan)
        return _InCodec(codec, tuple(rungs), plan.grain, encode_cpu_s + tried_cpu_s)

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
        picture = picture_of(replace(raster, video_range="SDR"))
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
        for result in results:
            if result.frames != plan.frames:
                raise FramesDiffer(f"{result.rung.id} has {result.frames} frames where {name} has {plan.frames}.")
        return list(self._encoding.worth_offering(results)), encoded - began

    async def _fixed(self, master: Path, plan: LadderPlan, height: int, kbps: int) -> _Point:
        target = self._folder / f"fixed-{height}-{kbps}.mp4"
        for argv in two_passes(master, target, plan, height=height, kbps=kbps):
            await self._doors.processes.run(Command(argv, hours(2)))
        score = await self._score(master, plan, target)
        size = target.stat().st_size
        target.unlink()
        return _Point(height, size * 8 / plan.frames * plan.raster.frames_per_second / 1000, score.mean)

    async def _score(self, master: Path, plan: LadderPlan, target: Path) -> Score:
        picture = Picture(plan.raster.width, plan.raster.height, plan.raster.rate)
        return await self._quality.compare(Comparison(master, target, picture, 0, plan.frames, plan.score_every))


def _words(rungs: Sequence[RungResult]) -> list[str]:
    return [f"{r.rung.height}p {r.kbps:.0f} kbit/s VMAF {r.vmaf:.1f}" for r in rungs]


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
