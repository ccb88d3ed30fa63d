"""What a person needs to judge a version: findings with their pictures, curves, what was measured, frames to compare."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from matinee.engines.blobs.port import BlobMissing, Blobs
from matinee.kernel.files import Files
from matinee.kernel.log import logger
from matinee.studio.encoding.api import (
    Encoding,
    Finding,
    Inspection,
    LadderPlan,
    NoPicture,
    Raster,
    RatePoint,
    Rung,
    RungResult,
    frames_shown,
)
from matinee.studio.production.api import (
    CurvePoint,
    Evidence,
    FindingShown,
    FrameCompared,
    LadderShown,
    NoReport,
    RungMeasured,
    RungShown,
    Still,
)
from matinee.studio.production.model.reviewing import frames_to_compare
from matinee.wire.encoding import from_json, to_json

_FINDINGS_WIDTH, _COMPARED_WIDTH = 480, 1280
_PICTURED_MAX = 30
"""Findings: whoever has seen thirty of one film has seen enough."""
_log = logger("evidence")


class EvidenceShelf:
    """Kept beside releases in the blobs store, a folder a version, and deleted with its title."""

    def __init__(self, encoding: Encoding, blobs: Blobs, files: Files) -> None:
        self._encoding = encoding
        self._blobs = blobs
        self._files = files

    async def find(self, release_id: str) -> Evidence | None:
        try:
            return from_json(await self._blobs.get(_key(release_id, "evidence.json")), Evidence)
        except BlobMissing:
            return None

    async def picture(self, release_id: str, name: str) -> bytes:
        if not name.endswith(".jpg") or "/" in name:
            raise NoReport
        try:
            return await self._blobs.get(_key(release_id, name))
        except BlobMissing:
            raise NoReport from None

    async def forget(self, release_id: str) -> None:
        await self._blobs.delete_prefix(_key(release_id, ""))

    async def show_findings(
        self, release_id: str, source: str, inspection: Inspection, plans: Sequence[LadderPlan], *, scratch: Path
    ) -> None:
        """All that is known before anything is encoded. The first plan is the one that every device gets."""
        plan, ladders = plans[0], [self._ladder(each) for each in plans]
        raster = plan.raster
        shown, pictured = [], 0
        for number, finding in enumerate(inspection.findings):
            frames = frames_shown(finding, inspection.frames) if finding.severity != "note" else ()
            taken: Mapping[int, str] = {}
            if frames and pictured < _PICTURED_MAX:
                pictured += 1
                small = _no_wider(raster, _FINDINGS_WIDTH)
                taken = await self._pictures(release_id, f"finding-{number}", source, small, frames, scratch)
            shown.append(_finding(finding, taken))
        evidence = Evidence(
            raster.width,
            raster.height,
            plan.frames,
            raster.frames_per_second,
            findings=tuple(shown),
            curves=ladders[0].curves,
            fixed=tuple(_point(point) for point in self._encoding.curves(plan).fixed),
            rungs=ladders[0].rungs,
            segments=plan.groups,
            scenes=plan.scenes,
            others=tuple(ladders[1:]),
        )
        await self._keep(release_id, evidence)

    def _ladder(self, plan: LadderPlan) -> LadderShown:
        curves = self._encoding.curves(plan).heights
        return LadderShown(
            plan.codec,
            tuple(tuple(_point(point) for point in points) for points in curves if points),
            tuple(RungShown(rung.id, rung.width, rung.height, _promised(rung)) for rung in plan.rungs),
        )

    async def show_rungs(
        self, release_id: str, source: str, plan: LadderPlan, results: Sequence[RungResult], *, scratch: Path
    ) -> None:
        """What was measured, and the same frames of the master and of every rung: half of them where the best rung of
        `plan`, which every device gets, looks worst."""
        evidence = await self.find(release_id)
        of_plan = [result for result in results if result.rung.codec == plan.codec]
        if evidence is None or not of_plan:
            return
        best = of_plan[-1].segment_vmaf
        vmaf = [100.0 if value is None else value for value in best]
        frames = frames_to_compare(plan.frames, plan.raster.frames_per_second, plan.groups, vmaf)
        size = _no_wider(plan.raster, _COMPARED_WIDTH)
        masters = await self._pictures(release_id, "master", source, size, frames, scratch)
        pictures: dict[str, Mapping[int, str]] = {}
        measured: dict[str, RungMeasured] = {}
        for result in results:
            is_there = await self._files.size(Path(result.path)) is not None
            rung_id = result.rung.id
            weights = await self._encoding.scene_bytes(result.path, plan) if is_there else ()
            measured[rung_id] = _measured(result, plan, weights)
            if is_there:
                made = _as_made(size, result.rung)
                pictures[rung_id] = await self._pictures(release_id, rung_id, result.path, made, frames, scratch)
        compared = tuple(
            FrameCompared(frame, name, {rung: taken[frame] for rung, taken in pictures.items() if frame in taken})
            for frame, name in masters.items()
        )
        rungs = _with(measured, evidence.rungs)
        others = tuple(replace(each, rungs=_with(measured, each.rungs)) for each in evidence.others)
        await self._keep(release_id, replace(evidence, rungs=rungs, compared=compared, others=others))

    async def _pictures(
        self, release_id: str, mark: str, source: str, raster: Raster, frames: Sequence[int], scratch: Path
    ) -> dict[int, str]:
        """The names they are kept under. A frame that gives no picture is left out: it is no reason to make no release."""
        kept: dict[int, str] = {}
        for frame in frames:
            try:
                (path,) = await self._encoding.pictures(source, raster, [frame], str(scratch / mark))
            except NoPicture as refusal:
                _log.warning("no picture", release=release_id, frame=frame, of=mark, reason=refusal.sentence)
                continue
            name = f"{mark}-{frame}.jpg"
            await self._blobs.put(_key(release_id, name), Path(path))
            kept[frame] = name
        await self._files.remove(scratch / mark)
        return kept

    async def _keep(self, release_id: str, evidence: Evidence) -> None:
        await self._blobs.put(_key(release_id, "evidence.json"), to_json(evidence))


def _key(release_id: str, name: str) -> str:
    return f"reports/{release_id}/{name}"


def _no_wider(raster: Raster, width_max: int) -> Raster:
    """At most this wide, of even sides, in the shape it had."""
    width = min(width_max, raster.width) // 2 * 2
    return replace(raster, width=width, height=max(2, round(raster.height * width / raster.width / 2) * 2))


def _as_made(raster: Raster, rung: Rung) -> Raster:
    """What was made of the master is upright and progressive already, and shown to a person on a screen of standard range."""
    return replace(raster, deinterlace=False, by_field=False, tone_map=rung.video_range != "SDR")


def _with(measured: Mapping[str, RungMeasured], rungs: Sequence[RungShown]) -> tuple[RungShown, ...]:
    return tuple(replace(rung, measured=measured.get(rung.id)) for rung in rungs)


def _point(point: RatePoint) -> CurvePoint:
    return CurvePoint(point.height, round(point.kbps, 1), round(point.vmaf, 2), round(point.vmaf_sd, 2))


def _promised(rung: Rung) -> CurvePoint:
    return CurvePoint(
        rung.height,
        rung.kbps_expected,
        rung.vmaf_expected,
        rung.vmaf_sd,
        rung.vmaf_phone_expected,
        rung.vmaf_4k_expected,
    )


def _finding(finding: Finding, taken: Mapping[int, str]) -> FindingShown:
    return FindingShown(
        finding.severity,
        finding.code,
        finding.sentence,
        finding.start_s,
        finding.end_s,
        finding.frame,
        finding.frames,
        tuple(Still(name, frame) for frame, name in taken.items()),
    )


def _measured(result: RungResult, plan: LadderPlan, weights: Sequence[int]) -> RungMeasured:
    lengths = [end - start for start, end in zip(plan.scenes, [*plan.scenes[1:], plan.frames], strict=True)]
    rate = plan.raster.frames_per_second
    return RungMeasured(
        result.kbps,
        result.vmaf,
        result.vmaf_first_percentile,
        result.segment_vmaf,
        tuple(round(w * 8 / 1000 * rate / frames, 1) for w, frames in zip(weights, lengths, strict=False)),
        result.vmaf_phone,
        result.vmaf_4k,
    )
