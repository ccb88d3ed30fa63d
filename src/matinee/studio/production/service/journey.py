"""A version's durable journey: inspect, plan, encode, measure, package, announce. Every step may be done again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from matinee.engines.database.port import Database
from matinee.engines.workflows.port import Job, Journal, Json, Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import Instant, from_epoch_ms, to_epoch_ms
from matinee.studio.encoding.api import (
    NO_SOUND,
    Encoding,
    Finding,
    GateFailed,
    Inspection,
    LadderPlan,
    Profile,
    Rung,
    RungResult,
    RungTask,
    Sheets,
    SheetsTask,
    SoundBeside,
    Told,
    chunk_tasks,
)
from matinee.studio.packaging.api import (
    Packaged,
    Packaging,
    PackagingOrder,
    SheetsInput,
    VideoInput,
)
from matinee.studio.production import store
from matinee.studio.production.api import ANEW, FindingStatus, RungStatus, TitleDesk, WorkLost
from matinee.studio.production.model.load import megapixels, pace_of, places_of
from matinee.studio.production.model.orders import (
    JourneyOrder,
    SoundChoice,
    TextChoice,
    codecs_of,
    markers_of,
    notes_of,
    sounds_for,
    texts_for,
)
from matinee.studio.production.model.reviewing import review_reason
from matinee.studio.production.model.trailers import check_length
from matinee.studio.production.service.artwork import Artwork
from matinee.studio.production.service.evidence import EvidenceShelf
from matinee.studio.production.service.extras import Extras
from matinee.studio.production.service.hands import CHUNK, RUNG, SHEETS, SOUND, TEXT
from matinee.studio.production.service.kept import parsed
from matinee.studio.production.service.sources import Sources
from matinee.studio.production.service.tracks import changes, sound_input, sound_task, text_input, text_task
from matinee.wire.encoding import from_json, to_json, to_plain
from matinee.wire.events import ReleaseReady
from matinee.wire.releases import VideoCodec

KIND = "publish-title"
GOES_ON = "continue"
"""The step that begins the journey of the next profile."""
StartNext = Callable[[JourneyOrder], Awaitable[Json]]
"""Begins the journey of the next profile, once this one is announced."""

_SHEETS_KEY = "sheets"


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a version while it is made, for whoever watches."""

    findings: tuple[FindingStatus, ...] = ()
    ladder: tuple[RungStatus, ...] = ()
    size: float = 0.0
    """Megapixels of the whole master; 0 while nobody has looked at it."""


class Journey:
    """The workflow. Its jobs are done by hands, here or in worker processes."""

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
        evidence: EvidenceShelf,
        desk: TitleDesk,
        extras: Extras,
        start_next: StartNext,
        folder: Path,
        review_one_in: int,
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
        self._evidence = evidence
        self._desk = desk
        self._extras = extras
        self._start_next = start_next
        self._folder = folder
        self._review_one_in = review_one_in

    def enlist(self) -> None:
        self._workflows.define(KIND, self.publish)

    async def publish(self, journal: Journal, payload: Mapping[str, Json]) -> Json:
        order = parsed(payload, JourneyOrder)
        inspection = parsed(await journal.step("inspect", lambda: self._inspect(order)), Inspection)
        plans = await self._plans(journal, order, inspection)
        sounds = sounds_for(
            inspection.sound,
            order.metadata,
            beside=inspection.sound_beside,
            codecs=order.sound_codecs,
            profile=order.profile,
        )
        await journal.step("show-findings", lambda: self._show_findings(order, inspection, plans))
        texts = texts_for(inspection.text, order.metadata)
        jobs = self._encode_jobs(order, inspection, plans, sounds, texts)
        packaged: Packaged | None = None
        # What the journal calls done may be gone: a backup holds no work in progress. Then it is made once more.
        for anew in ("", ANEW):
            made = await journal.jobs(f"encode{anew}", _renamed(jobs, anew), attempts_max=2)
            results = await self._measured(journal, order, plans, anew)
            if order.makes_artwork and not anew:  # before anything is stored: a picture that is none ends the journey
                await journal.step("artwork", lambda: self._pictures(order, inspection))
            package = self._order(order, inspection, plans[0], results, sounds, texts, made, anew)
            found = await journal.step(f"package{anew}", lambda package=package: self._package(package))  # type: ignore[misc]
            if found is not None:
                packaged = parsed(found, Packaged)
                break
        if packaged is None:
            raise WorkLost
        await journal.step("show-rungs", lambda: self._show_rungs(order, plans, results))
        # Before anyone learns of it, for the next version may come at once.
        await journal.step("keep", lambda: self._keep(order, plans, [result.rung for result in results]))
        await journal.step("announce", lambda: self._announce(order, results, packaged, package.duration_ms))
        await journal.step("tidy", lambda: self._tidy(order, plans))
        await journal.step(GOES_ON, lambda: self._start_next(order))
        if order.makes_artwork:
            await journal.step("extras", lambda: self._extras.begin(order, inspection))
        return to_plain(packaged)

    async def _inspect(self, order: JourneyOrder) -> Json:
        source = await self._sources.local(order.source_sha256)
        await self._report(order, Report(size=await self._encoding.size(str(source))))
        is_urgent = order.profile == "fast"
        inspection = await self._encoding.inspect(str(source), order.source_sha256, is_urgent=is_urgent)
        if order.belongs_to is not None:
            check_length(inspection.duration_s)
        sounds = await self._sounds_beside(order, inspection.duration_s)
        # Where its sound lies beside it, that it has none of its own is no news.
        kept = [f for f in inspection.findings if not (sounds and f.code == NO_SOUND)]
        heard = [finding for each in sounds.values() for finding in each.findings]
        read = await self._scripts(order, inspection.duration_s)
        beside = {file: each.sound for file, each in sounds.items()}
        inspection = replace(inspection, findings=(*kept, *heard, *read), sound_beside=beside)
        await self._report(order, Report(_findings(inspection), size=_size(inspection)))
        severities = [finding.severity for finding in inspection.findings]
        if (why := review_reason(order.edition, severities, one_in=self._review_one_in)) is not None:
            await self._database.write(lambda work: store.ask_for_review(work, order.release_id, why))
        return to_plain(inspection)

    async def _sounds_beside(self, order: JourneyOrder, film_s: float) -> dict[str, SoundBeside]:
        """By file name, each heard once."""
        return {
            file: await self._encoding.examine_sound(str(await self._beside(order, file)), file, film_s)
            for file in dict.fromkeys(item.file for item in order.metadata.audio)
        }

    async def _scripts(self, order: JourneyOrder, film_s: float) -> list[Finding]:
        """What is wrong with the subtitles beside the master."""
        return [
            finding
            for item in order.metadata.subtitles
            for finding in await self._encoding.examine_text(
                str(await self._beside(order, item.file)), item.file, item.language, film_s
            )
        ]

    async def _plans(self, journal: Journal, order: JourneyOrder, inspection: Inspection) -> list[LadderPlan]:
        """One for each codec. H.264's is a step as it was before there were others, so that older journeys go on."""
        plans: list[LadderPlan] = []
        for codec in codecs_of(order):
            name = f"plan-{codec}" if plans else "plan"
            plan = partial(self._plan, order, inspection, codec, plans, journal.report)
            made = await journal.step(name, plan)
            plans.append(parsed(made, LadderPlan))
        return plans

    async def _plan(
        self,
        order: JourneyOrder,
        inspection: Inspection,
        codec: VideoCodec,
        others: Sequence[LadderPlan],
        told: Told,
    ) -> Json:
        source = str(await self._sources.local(order.source_sha256))
        profile: Profile = "fast" if order.profile == "fast" else "full"
        beside = others[0] if others else None
        plan = await self._encoding.plan(
            source,
            order.source_sha256,
            inspection,
            profile,
            codec=codec,
            beside=beside,
            title_id=order.title_id,
            told=told,
        )
        ladder = tuple(
            RungStatus(r.height, r.kbps_expected, r.vmaf_expected, False, r.codec, r.video_range)
            for each in (*others, plan)
            for r in each.rungs
        )
        await self._report(order, Report(_findings(inspection), ladder, _size(inspection)))
        return to_plain(plan)

    async def _show_findings(self, order: JourneyOrder, inspection: Inspection, plans: Sequence[LadderPlan]) -> Json:
        source, scratch = str(await self._sources.local(order.source_sha256)), self._work(order) / "shown"
        await self._evidence.show_findings(order.release_id, source, inspection, plans, scratch=scratch)
        return None

    async def _show_rungs(
        self, order: JourneyOrder, plans: Sequence[LadderPlan], results: Sequence[RungResult]
    ) -> Json:
        source, scratch = str(await self._sources.local(order.source_sha256)), self._work(order) / "shown"
        await self._evidence.show_rungs(order.release_id, source, plans[0], results, scratch=scratch)
        return None

    def _encode_jobs(
        self,
        order: JourneyOrder,
        inspection: Inspection,
        plans: Sequence[LadderPlan],
        sounds: Sequence[SoundChoice],
        texts: Sequence[TextChoice],
    ) -> list[Job]:
        jobs = [job for plan in plans for job in self._chunk_jobs(order, plan, plan.rungs)]
        for sound in sounds:
            task = sound_task(order, sound, inspection.duration_s, self._work(order))
            jobs.append(Job(sound.track, SOUND, _plain(task), weight=_size(inspection) / 8))
        for text in texts:
            text_job = text_task(order, text, inspection.duration_s, self._work(order))
            jobs.append(Job(text.track, TEXT, _plain(text_job), weight=1))
        folder = str(self._work(order) / "sheets")
        sheets = SheetsTask(order.source_sha256, inspection.raster, inspection.duration_s, folder)
        jobs.append(Job(_SHEETS_KEY, SHEETS, _plain(sheets), weight=_size(inspection) / 8))
        return jobs

    def _chunk_jobs(self, order: JourneyOrder, plan: LadderPlan, rungs: Sequence[Rung], mark: str = "") -> list[Job]:
        return [
            Job(
                f"{rung.id}@{task.chunk.start_frame}{mark}",
                CHUNK,
                _plain(task),
                weight=megapixels(rung.width, rung.height, task.chunk.frames),
                pace=pace_of(CHUNK, plan.codec, plan.preset, f"{rung.height}p"),
                places=places_of(rung.width, rung.height),
            )
            for rung in rungs
            for task in chunk_tasks(order.source_sha256, order.source_sha256, plan, rung)
        ]

    async def _measured(
        self, journal: Journal, order: JourneyOrder, plans: Sequence[LadderPlan], anew: str
    ) -> list[RungResult]:
        """Every rung, measured; one that fails the gate is made once more with more bits, and then a person decides."""
        rungs = [job for plan in plans for job in self._rung_jobs(order, plan, plan.rungs)]
        first = await journal.jobs(f"measure{anew}", _renamed(rungs, anew), attempts_max=2)
        results = self._encoding.held_together([parsed(result, RungResult) for result in first.values()])
        again = [self._encoding.second_try(result.rung) for result in results if not result.verdict.passed]
        if again:
            of_plan = [(plan, [rung for rung in again if rung.codec == plan.codec]) for plan in plans]
            chunks = [job for plan, rungs in of_plan for job in self._chunk_jobs(order, plan, rungs, " again")]
            await journal.jobs(f"encode-again{anew}", _renamed(chunks, anew), attempts_max=2)
            rungs = [job for plan, rungs in of_plan for job in self._rung_jobs(order, plan, rungs, " again")]
            second = await journal.jobs(f"measure-again{anew}", _renamed(rungs, anew), attempts_max=2)
            kept = [r for r in results if r.verdict.passed]
            results = self._encoding.held_together([*kept, *(parsed(r, RungResult) for r in second.values())])
        offered = self._encoding.worth_offering(results)
        if reasons := [reason for result in results for reason in result.verdict.reasons]:
            await journal.step(f"show-refused{anew}", lambda: self._show_rungs(order, plans, offered))
            since = from_epoch_ms(await journal.step(f"refused{anew}", self._now))
            await journal.step(f"accepted{anew}", lambda: self._accepted(order, since, reasons))
        return offered

    async def _now(self) -> Json:
        return to_epoch_ms(self._clock.now())

    async def _accepted(self, order: JourneyOrder, since: Instant, reasons: Sequence[str]) -> Json:
        """Whoever has looked at it since may say that it is shown all the same."""
        made = await self._database.read(lambda work: store.decisions(work, order.title_id, order.edition))
        if made and made[0].decision == "approve" and made[0].at > since:
            return None
        raise GateFailed(
            f"The encode is not good enough to be shown: {' '.join(reasons[:3])} Look at it in the console: approve it to "
            "show it all the same, reject it, or publish a better master."
        )

    def _rung_jobs(self, order: JourneyOrder, plan: LadderPlan, rungs: Sequence[Rung], mark: str = "") -> list[Job]:
        return [
            Job(
                f"{rung.id}{mark}",
                RUNG,
                _plain(
                    RungTask(
                        order.source_sha256,
                        order.source_sha256,
                        plan,
                        rung,
                        str(self._work(order) / f"{rung.id}{mark.replace(' ', '-')}.mp4"),
                    )
                ),
                weight=megapixels(plan.raster.width, plan.raster.height, plan.frames),
                places=places_of(plan.raster.width, plan.raster.height),
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
        await self._desk.note_artwork(order.title_id, order.release_id, made)
        return to_plain(made)

    def _order(
        self,
        order: JourneyOrder,
        inspection: Inspection,
        plan: LadderPlan,
        results: Sequence[RungResult],
        sounds: Sequence[SoundChoice],
        texts: Sequence[TextChoice],
        made: Mapping[str, Json],
        anew: str,
    ) -> PackagingOrder:
        sheets = parsed(made[_SHEETS_KEY + anew], Sheets)
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
                    r.rung.video_range,
                    r.rung.codec,
                    r.vmaf_phone,
                    r.vmaf_4k,
                )
                for r in results
            ),
            sound=tuple(sound_input(sound, work) for sound in sounds),
            text=tuple(text_input(text, made[text.track + anew], work) for text in texts),
            sheets=SheetsInput(**{name: getattr(sheets, name) for name in SheetsInput.__dataclass_fields__}),
            markers=markers_of(order.metadata, inspection),
            notes=(*notes_of(inspection), *changes(sounds, texts, made, anew)),
            scheme=order.metadata.scheme,
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
        known = parse_report(report)
        ladder = tuple(
            RungStatus(r.rung.height, r.kbps, r.vmaf, True, r.rung.codec, r.rung.video_range) for r in results
        )
        await self._report(order, Report(known.findings, ladder, known.size))
        ready = ReleaseReady(
            title_id=order.title_id,
            release_id=order.release_id,
            profile=order.profile,
            duration_ms=duration_ms,
            size_bytes=packaged.size_bytes,
            manifest_sha256=packaged.manifest_sha256,
            edition=order.edition,
        )
        now = self._clock.now()
        await self._database.write(lambda work: store.mark_ready(work, ready, at=now))
        return None

    async def _keep(self, order: JourneyOrder, plans: Sequence[LadderPlan], made: Sequence[Rung]) -> Json:
        for plan in plans:
            await self._encoding.keep(plan, order.source_sha256, [rung for rung in made if rung.codec == plan.codec])
        return None

    async def _tidy(self, order: JourneyOrder, plans: Sequence[LadderPlan]) -> Json:
        for plan in plans:
            again = tuple(self._encoding.second_try(rung) for rung in plan.rungs)
            await self._encoding.forget(plan, order.source_sha256, (*plan.rungs, *again))
        await self._files.remove(self._work(order))
        return None

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

    def _work(self, order: JourneyOrder) -> Path:
        return self._folder / order.release_id


def _renamed(jobs: Sequence[Job], mark: str) -> list[Job]:
    """A job that is done is never done again under its name."""
    return [replace(job, key=job.key + mark) for job in jobs]


def parse_report(text: str) -> Report:
    return from_json(text, Report) if text else Report()


def _findings(inspection: Inspection) -> tuple[FindingStatus, ...]:
    return tuple(FindingStatus(f.severity, f.code, f.sentence) for f in inspection.findings)


def _size(inspection: Inspection) -> float:
    return megapixels(inspection.raster.width, inspection.raster.height, inspection.frames)


def _plain(task: object) -> Mapping[str, object]:
    plain: Mapping[str, object] = to_plain(task)
    return plain
