"""A version's durable journey: inspect, plan, encode, measure, package, announce. Every step may be done again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from matinee.engines.database.port import Database
from matinee.engines.workflows.port import Job, Journal, Json, Lease, Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids
from matinee.studio.encoding.api import (
    NO_SOUND,
    ChunkTask,
    Encoding,
    GateFailed,
    Inspection,
    LadderPlan,
    Profile,
    Rung,
    RungResult,
    RungTask,
    Sheets,
    SheetsTask,
    SoundTask,
    TextTask,
    chunk_tasks,
)
from matinee.studio.packaging.api import (
    Packaged,
    Packaging,
    PackagingOrder,
    SheetsInput,
    SoundInput,
    TextInput,
    VideoInput,
)
from matinee.studio.production import store
from matinee.studio.production.api import ANEW, FindingStatus, RungStatus, TitleDesk, WorkLost
from matinee.studio.production.model import (
    JourneyOrder,
    SoundChoice,
    TextChoice,
    markers_within,
    notes_of,
    sounds_for,
    texts_for,
)
from matinee.studio.production.service.artwork import Artwork
from matinee.studio.production.service.sources import Sources
from matinee.wire.encoding import from_json, to_json, to_plain
from matinee.wire.events import ReleaseReady

KIND = "publish-title"
T = TypeVar("T")
StartNext = Callable[[JourneyOrder], Awaitable[Json]]
"""Begins the journey of the next profile, once this one is announced."""

_CHUNK, _RUNG, _SOUND, _TEXT, _SHEETS = "encode-chunk", "measure-rung", "encode-sound", "convert-text", "draw-sheets"
_SHEETS_KEY = "sheets"


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a version while it is made, for whoever watches."""

    findings: tuple[FindingStatus, ...] = ()
    ladder: tuple[RungStatus, ...] = ()


class Journey:
    """The workflow and the handlers of its jobs."""

    def __init__(
        self,
        workflows: Workflows,
        database: Database,
        files: Files,
        clock: Clock,
        ids: Ids,
        *,
        encoding: Encoding,
        packaging: Packaging,
        sources: Sources,
        artwork: Artwork,
        desk: TitleDesk,
        start_next: StartNext,
        folder: Path,
    ) -> None:
        self._workflows = workflows
        self._database = database
        self._files = files
        self._clock = clock
        self._ids = ids
        self._encoding = encoding
        self._packaging = packaging
        self._sources = sources
        self._artwork = artwork
        self._desk = desk
        self._start_next = start_next
        self._folder = folder

    def enlist(self) -> None:
        """Offer this process's hands to the workflow engine."""
        self._workflows.define(KIND, self.publish)
        self._workflows.handle(_CHUNK, self._encode_chunk)
        self._workflows.handle(_RUNG, self._measure_rung)
        self._workflows.handle(_SOUND, self._encode_sound)
        self._workflows.handle(_TEXT, self._convert_text)
        self._workflows.handle(_SHEETS, self._draw_sheets)

    async def publish(self, journal: Journal, payload: Mapping[str, Json]) -> Json:
        order = parsed(payload, JourneyOrder)
        inspection = parsed(await journal.step("inspect", lambda: self._inspect(order)), Inspection)
        plan = parsed(await journal.step("plan", lambda: self._plan(order, inspection)), LadderPlan)
        sounds = sounds_for(inspection.sound, order.metadata)
        texts = texts_for(inspection.text, order.metadata)
        jobs = self._encode_jobs(order, inspection, plan, sounds, texts)
        packaged: Packaged | None = None
        # What the journal calls done may be gone: a backup holds no work in progress. Then it is made once more.
        for anew in ("", ANEW):
            made = await journal.jobs(f"encode{anew}", _renamed(jobs, anew), attempts_max=2)
            results = await self._measured(journal, order, plan, anew)
            sheets = parsed(made[_SHEETS_KEY + anew], Sheets)
            if order.makes_artwork and not anew:  # before anything is stored: a picture that is none ends the journey
                await journal.step("artwork", lambda: self._pictures(order, inspection))
            package = self._order(order, inspection, plan, results, sounds, texts, sheets)
            found = await journal.step(f"package{anew}", lambda package=package: self._package(package))  # type: ignore[misc]
            if found is not None:
                packaged = parsed(found, Packaged)
                break
        if packaged is None:
            raise WorkLost
        await journal.step("announce", lambda: self._announce(order, results, packaged, package.duration_ms))
        await journal.step("tidy", lambda: self._tidy(order, plan))
        await journal.step("continue", lambda: self._start_next(order))
        return to_plain(packaged)

    async def _inspect(self, order: JourneyOrder) -> Json:
        source = await self._sources.local(order.source_sha256)
        inspection = await self._encoding.inspect(str(source))
        for item in order.metadata.audio:
            await self._encoding.sound_of(str(await self._beside(order, item.file)))
        if order.metadata.audio:  # its sound lies beside it
            heard = tuple(f for f in inspection.findings if f.code != NO_SOUND)
            inspection = replace(inspection, findings=heard)
        await self._report(order, Report(_findings(inspection)))
        return to_plain(inspection)

    async def _plan(self, order: JourneyOrder, inspection: Inspection) -> Json:
        source = str(await self._sources.local(order.source_sha256))
        profile: Profile = "fast" if order.profile == "fast" else "full"
        plan = await self._encoding.plan(source, order.source_sha256, inspection, profile)
        ladder = tuple(RungStatus(r.height, r.kbps_expected, r.vmaf_expected, measured=False) for r in plan.rungs)
        await self._report(order, Report(_findings(inspection), ladder))
        return to_plain(plan)

    def _encode_jobs(
        self,
        order: JourneyOrder,
        inspection: Inspection,
        plan: LadderPlan,
        sounds: Sequence[SoundChoice],
        texts: Sequence[TextChoice],
    ) -> list[Job]:
        jobs = self._chunk_jobs(order, plan, plan.rungs)
        for sound in sounds:
            target = str(self._work(order) / f"{sound.track}.mp4")
            # Stream 0 of a file beside the master stands for its first sound; the handler looks it up.
            sound_task = SoundTask(self._name(order, sound.file), sound.stream or 0, target, inspection.duration_s)
            jobs.append(Job(sound.track, _SOUND, _plain(sound_task), weight=inspection.frames / 8))
        for text in texts:
            target = str(self._work(order) / f"{text.track}.vtt")
            text_task = TextTask(self._name(order, text.file), text.stream if text.file is None else None, target)
            jobs.append(Job(text.track, _TEXT, _plain(text_task), weight=1))
        sheets = SheetsTask(order.source_sha256, plan.raster, inspection.duration_s, str(self._work(order) / "sheets"))
        jobs.append(Job(_SHEETS_KEY, _SHEETS, _plain(sheets), weight=inspection.frames / 8))
        return jobs

    def _chunk_jobs(self, order: JourneyOrder, plan: LadderPlan, rungs: Sequence[Rung], mark: str = "") -> list[Job]:
        return [
            Job(
                f"{rung.id}@{task.chunk.start_frame}{mark}",
                _CHUNK,
                _plain(task),
                weight=task.chunk.frames * rung.height * rung.width / (plan.raster.height * plan.raster.width),
            )
            for rung in rungs
            for task in chunk_tasks(order.source_sha256, order.source_sha256, plan, rung)
        ]

    async def _measured(self, journal: Journal, order: JourneyOrder, plan: LadderPlan, anew: str) -> list[RungResult]:
        """Every rung, measured; one that fails the gate is made once more with more bits, and then the journey ends."""
        rungs = self._rung_jobs(order, plan, plan.rungs)
        first = await journal.jobs(f"measure{anew}", _renamed(rungs, anew), attempts_max=2)
        results = [parsed(result, RungResult) for result in first.values()]
        again = [self._encoding.second_try(result.rung) for result in results if not result.verdict.passed]
        if again:
            chunks = self._chunk_jobs(order, plan, again, " again")
            await journal.jobs(f"encode-again{anew}", _renamed(chunks, anew), attempts_max=2)
            rungs = self._rung_jobs(order, plan, again, " again")
            second = await journal.jobs(f"measure-again{anew}", _renamed(rungs, anew), attempts_max=2)
            results = [r for r in results if r.verdict.passed] + [parsed(r, RungResult) for r in second.values()]
        reasons = [reason for result in results for reason in result.verdict.reasons]
        if reasons:
            raise GateFailed(f"The encode is not good enough to be shown: {' '.join(reasons[:3])}")
        return self._encoding.worth_offering(results)

    def _rung_jobs(self, order: JourneyOrder, plan: LadderPlan, rungs: Sequence[Rung], mark: str = "") -> list[Job]:
        return [
            Job(
                f"{rung.id}{mark}",
                _RUNG,
                _plain(
                    RungTask(
                        order.source_sha256,
                        order.source_sha256,
                        plan,
                        rung,
                        str(self._work(order) / f"{rung.id}{mark.replace(' ', '-')}.mp4"),
                    )
                ),
            )
            for rung in rungs
        ]

    async def _pictures(self, order: JourneyOrder, inspection: Inspection) -> Json:
        if order.metadata.artwork:
            made = [
                await self._artwork.supplied(order.title_id, item, await self._beside(order, item.file))
                for item in order.metadata.artwork
            ]
        else:
            source = str(await self._sources.local(order.source_sha256))
            folder = await self._fresh(self._work(order) / "stills")
            stills = await self._encoding.stills(source, inspection, str(folder))
            made = await self._artwork.from_stills(order.title_id, stills)
        await self._desk.note_artwork(order.title_id, made)
        return len(made)

    def _order(
        self,
        order: JourneyOrder,
        inspection: Inspection,
        plan: LadderPlan,
        results: Sequence[RungResult],
        sounds: Sequence[SoundChoice],
        texts: Sequence[TextChoice],
        sheets: Sheets,
    ) -> PackagingOrder:
        work, duration_ms = self._work(order), round(inspection.duration_s * 1000)
        return PackagingOrder(
            release_id=order.release_id,
            title_id=order.title_id,
            created_at_ms=order.created_at_ms,
            profile=order.profile,
            source_sha256=order.source_sha256,
            duration_ms=duration_ms,
            segment_s=plan.segment_s,
            folder=str(work / "package"),
            video=tuple(
                VideoInput(
                    r.rung.id,
                    r.rung.tier,
                    r.path,
                    r.rung.width,
                    r.rung.height,
                    plan.raster.rate,
                    r.vmaf,
                    r.segment_vmaf,
                )
                for r in results
            ),
            sound=tuple(SoundInput(s.track, str(work / f"{s.track}.mp4"), s.language, s.label, s.role) for s in sounds),
            text=tuple(TextInput(t.track, str(work / f"{t.track}.vtt"), t.language, t.label, t.role) for t in texts),
            sheets=SheetsInput(**{name: getattr(sheets, name) for name in SheetsInput.__dataclass_fields__}),
            markers=markers_within(order.metadata.markers, duration_ms),
            notes=notes_of(inspection),
        )

    async def _package(self, package: PackagingOrder) -> Json:
        """None where something it needs is gone."""
        for path in package.inputs():
            if await self._files.size(Path(path)) is None:
                return None
        folder = await self._fresh(Path(package.folder))
        return to_plain(await self._packaging.package(replace(package, folder=str(folder))))

    async def _announce(
        self, order: JourneyOrder, results: Sequence[RungResult], packaged: Packaged, duration_ms: int
    ) -> Json:
        versions = await self._database.read(lambda work: store.versions(work, order.title_id))
        report = next((v.report for v in versions if v.release_id == order.release_id), "")
        findings = parse_report(report).findings
        ladder = tuple(RungStatus(r.rung.height, r.kbps, r.vmaf, measured=True) for r in results)
        await self._report(order, Report(findings, ladder))
        ready = ReleaseReady(
            title_id=order.title_id,
            release_id=order.release_id,
            profile=order.profile,
            duration_ms=duration_ms,
            size_bytes=packaged.size_bytes,
            manifest_sha256=packaged.manifest_sha256,
        )
        now = self._clock.now()
        await self._database.write(lambda work: store.mark_ready(work, ready, at=now))
        return None

    async def _tidy(self, order: JourneyOrder, plan: LadderPlan) -> Json:
        again = tuple(self._encoding.second_try(rung) for rung in plan.rungs)
        await self._encoding.forget(plan, order.source_sha256, (*plan.rungs, *again))
        await self._files.remove(self._work(order))
        return None

    async def _encode_chunk(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, ChunkTask)
        return await self._encoding.encode_chunk(replace(task, source=await self._path(task.source)))

    async def _measure_rung(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, RungTask)
        return to_plain(await self._encoding.finish_rung(replace(task, source=await self._path(task.source))))

    async def _encode_sound(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, SoundTask)
        source = await self._path(task.source)
        found = await self._encoding.sound_of(source)
        stream = task.stream if any(sound.stream == task.stream for sound in found) else found[0].stream
        return await self._encoding.encode_sound(replace(task, source=source, stream=stream))

    async def _convert_text(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, TextTask)
        return await self._encoding.convert_text(replace(task, source=await self._path(task.source)))

    async def _draw_sheets(self, lease: Lease) -> Json:
        task = parsed(lease.job.payload, SheetsTask)
        folder = str(Path(task.folder) / lease.token)
        task = replace(task, source=await self._path(task.source), folder=folder)
        return to_plain(await self._encoding.draw_sheets(task))

    async def _report(self, order: JourneyOrder, report: Report) -> None:
        text = to_json(report).decode()
        await self._database.write(lambda work: store.put_report(work, order.release_id, text))

    async def _fresh(self, folder: Path) -> Path:
        """A folder for this attempt alone, without those of earlier ones.

        A process that was taken for dead may still be writing. What it does ends nowhere, for it no longer owns the run;
        in a folder that both shared, its bytes would end in our release.
        """
        await self._files.remove(folder)
        return folder / self._ids.new()

    async def _beside(self, order: JourneyOrder, file: str) -> Path:
        return await self._sources.local(order.files[file])

    async def _path(self, sha256: str) -> str:
        return str(await self._sources.local(sha256))

    def _name(self, order: JourneyOrder, file: str | None) -> str:
        """Jobs name sources by hash, so that any worker finds them where it keeps its own."""
        return order.source_sha256 if file is None else order.files[file]

    def _work(self, order: JourneyOrder) -> Path:
        return self._folder / order.release_id


def _renamed(jobs: Sequence[Job], mark: str) -> list[Job]:
    """A job that is done is never done again under its name."""
    return [replace(job, key=job.key + mark) for job in jobs]


def parse_report(text: str) -> Report:
    return from_json(text, Report) if text else Report()


def _findings(inspection: Inspection) -> tuple[FindingStatus, ...]:
    return tuple(FindingStatus(f.severity, f.code, f.sentence) for f in inspection.findings)


def _plain(task: object) -> Mapping[str, object]:
    plain: Mapping[str, object] = to_plain(task)
    return plain


def parsed(value: object, kind: type[T]) -> T:
    """What the journal kept, as the value it was."""
    return from_json(to_json(value), kind, what="The journal")
