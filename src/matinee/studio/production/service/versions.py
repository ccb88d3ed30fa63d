"""What is known of versions: their records, and where the runs that make them are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from matinee.engines.database.port import Database, Work
from matinee.engines.workflows.port import Failure, RunDetail, RunStatus, Tally, Workflows
from matinee.kernel.ids import parse_id
from matinee.kernel.quantities import Instant
from matinee.studio.production import store
from matinee.studio.production.api import (
    FailureStatus,
    JobsStatus,
    JobStatus,
    NoReport,
    NothingInProduction,
    PreparingTitle,
    VersionState,
    VersionStatus,
    WorkerStatus,
)
from matinee.studio.production.model.orders import JourneyOrder
from matinee.studio.production.model.progress import whole_progress
from matinee.studio.production.service.arrivals import Arrivals
from matinee.studio.production.service.followers import failed_followers, follows
from matinee.studio.production.service.journey import KIND, parse_report
from matinee.studio.production.service.kept import parsed
from matinee.studio.production.store import Version

UNDER_WAY: tuple[Literal["waiting", "running", "paused"], ...] = ("waiting", "running", "paused")


@dataclass(frozen=True, slots=True)
class Seen:
    """A version as it was found: what people are told of it, and its run, which may go on once its release is out."""

    version: Version
    run: RunStatus | None
    status: VersionStatus
    in_trouble: tuple[str, ...] = ()
    """The runs that failed once its release was out."""

    @property
    def is_at_work(self) -> bool:
        """Its journey has not ended."""
        return self.run is not None and self.run.state in UNDER_WAY

    @property
    def has_failed(self) -> bool:
        """Itself, or what followed its release."""
        return self.status.state == "failed" or bool(self.in_trouble)

    @property
    def will_make_more(self) -> bool:
        """A release is still to come of it, or of the profile that it goes on with."""
        if self.status.state in UNDER_WAY:
            return True
        return self.is_at_work and self.run is not None and bool(self.run.payload.get("then"))


class Versions:
    def __init__(self, workflows: Workflows, database: Database, arrivals: Arrivals) -> None:
        self._workflows = workflows
        self._database = database
        self._arrivals = arrivals

    async def of_title(self, title_id: str) -> list[Seen]:
        """Newest first."""
        versions = await self._database.read(lambda work: store.versions(work, title_id))
        details = await self._workflows.details([version.run_id for version in versions])
        runs = [await self._workflows.status(version.run_id) for version in versions]
        found = [
            Seen(version, run, status_of(version, run, details.get(version.run_id)))
            for version, run in zip(versions, runs, strict=True)
        ]
        followers = (await failed_followers(self._workflows)).get(title_id, ())
        newest = next((version for version in versions if version.ready_at is not None), None)
        return [_with_trouble(seen, followers if seen.version is newest else ()) for seen in found]

    async def expect(self, title_id: str) -> list[Seen]:
        """Newest first; a title that was never in production is refused."""
        found = await self.of_title(parse_id(title_id, what="title id"))
        if not found:
            raise NothingInProduction
        return found

    async def one(self, title_id: str, release_id: str | None) -> Seen:
        """This version of the title; the newest where none is named."""
        found = await self.expect(title_id)
        named = next((seen for seen in found if release_id in (None, seen.version.release_id)), None)
        if named is None:
            raise NoReport
        return named

    async def status(self, title_id: str) -> tuple[VersionStatus, ...]:
        """With the time that is left, which is computed from all that is under way."""
        found = await self.expect(title_id)
        if not any(seen.status.state in ("waiting", "running") for seen in found):
            return tuple(seen.status for seen in found)
        left_s = await self._arrivals.remaining_s()
        return tuple(replace(seen.status, remaining_s=left_s.get(seen.version.run_id)) for seen in found)

    async def queue(self) -> tuple[VersionStatus, ...]:
        runs = {run.run_id: run for run in await self._workflows.runs(kind=KIND, states=(*UNDER_WAY, "failed"))}
        versions, made = await self._database.read(lambda work: _with_successes(work, list(runs)))
        details = await self._workflows.details(list(runs))
        left_s = await self._arrivals.remaining_s()
        found = [
            (status_of(v, runs[v.run_id], details.get(v.run_id), left_s.get(v.run_id)), runs[v.run_id])
            for v in versions
        ]
        under_way = [((run.priority, run.created_at), s) for s, run in found if s.state in UNDER_WAY]
        failed = [s for s, _ in found if s.state == "failed" and not _is_mended(s, made.get(s.title_id))]
        failed.sort(key=lambda status: status.updated_at, reverse=True)
        ended = {v.title_id for v in versions if v.ready_at is not None and runs[v.run_id].state == "failed"}
        troubled = [
            seen.status
            for title_id in sorted(ended | set(await failed_followers(self._workflows)))
            for seen in await self.of_title(title_id)
            if seen.status.trouble is not None
        ]
        troubled.sort(key=lambda status: status.updated_at, reverse=True)
        return (*(status for _, status in sorted(under_way, key=lambda pair: pair[0])), *failed, *troubled)

    async def preparing(self) -> tuple[PreparingTitle, ...]:
        """Every home page asks this, every few seconds: so only of what is under way, and reports stay unread."""
        runs = {run.run_id: run for run in await self._workflows.runs(kind=KIND, states=("waiting", "running"))}
        versions, made = await self._database.read(lambda work: _with_successes(work, list(runs)))
        found = []
        for version in versions:
            if version.title_id not in made:
                run = runs[version.run_id]
                order = parsed(run.payload, JourneyOrder)
                if order.belongs_to is not None:
                    continue
                progress = round(whole_progress(run.stage, run.progress), 4)
                found.append(
                    PreparingTitle(version.name, run.stage, progress, order.metadata.rating, order.is_announced)
                )
        return tuple(found)

    async def workers(self) -> tuple[WorkerStatus, ...]:
        found = await self._workflows.workers()
        run_ids = sorted({job.run_id for worker in found for job in worker.at_work})
        versions = await self._database.read(lambda work: store.versions_of_runs(work, run_ids))
        known = {version.run_id: version for version in versions}
        return tuple(
            WorkerStatus(
                worker.name,
                worker.places,
                tuple(
                    JobStatus(v.title_id, v.name, v.profile, job.stage, job.job, job.since)
                    for job in worker.at_work
                    if (v := known.get(job.run_id)) is not None
                ),
            )
            for worker in found
        )


def status_of(
    version: Version, run: RunStatus | None, detail: RunDetail | None = None, remaining_s: float | None = None
) -> VersionStatus:
    report, state = parse_report(version.report), _state(version, run)
    progress = 1.0 if version.ready_at is not None else 0.0 if run is None else whole_progress(run.stage, run.progress)
    return VersionStatus(
        title_id=version.title_id,
        name=version.name,
        release_id=version.release_id,
        profile=version.profile,
        state=state,
        stage="" if run is None else run.stage,
        progress=round(progress, 4),
        remaining_s=remaining_s if state in ("waiting", "running") else None,
        error=run.error if run is not None and state == "failed" else None,
        waits_for=run.waits_for if run is not None and state in ("waiting", "running") else None,
        findings=report.findings,
        ladder=report.ladder,
        created_at=version.created_at,
        updated_at=version.created_at if run is None else run.updated_at,
        priority=100 if run is None else run.priority,
        failures=() if detail is None else tuple(_told(failure) for failure in detail.failures),
        belongs_to=version.belongs_to,
        jobs=() if detail is None or version.ready_at is not None else tuple(_jobs(tally) for tally in detail.tallies),
        edition=version.edition,
    )


def _state(version: Version, run: RunStatus | None) -> VersionState:
    """Once its release is out a version is ready, whatever its journey still does; only that it is held is said."""
    if version.ready_at is not None:
        return "paused" if run is not None and run.state == "paused" else "ready"
    if run is None:
        return "waiting"
    return "ready" if run.state == "done" else run.state


def _with_trouble(seen: Seen, followers: Sequence[RunStatus]) -> Seen:
    """What went wrong after the release: in the rest of its own journey, or in a run that followed."""
    own = (
        [seen.run] if seen.version.ready_at is not None and seen.run is not None and seen.run.state == "failed" else []
    )
    runs = [*own, *(run for run in followers if follows(run, seen.version))]
    if not runs:
        return seen
    trouble = " ".join(dict.fromkeys(run.error or "" for run in runs))
    return replace(seen, status=replace(seen.status, trouble=trouble), in_trouble=tuple(run.run_id for run in runs))


def _told(failure: Failure) -> FailureStatus:
    return FailureStatus(failure.stage, failure.job, failure.attempt, failure.worker, failure.cause, failure.at)


def _jobs(tally: Tally) -> JobsStatus:
    return JobsStatus(tally.stage, tally.pace, tally.jobs, tally.done)


def _with_successes(work: Work, run_ids: Sequence[str]) -> tuple[list[Version], dict[str, Instant]]:
    """The versions these runs make, and when a release of their titles was last made."""
    versions = store.versions_of_runs(work, run_ids)
    return versions, store.last_successes(work, [v.title_id for v in versions])


def _is_mended(failed: VersionStatus, last_success: Instant | None) -> bool:
    """Publishing the title again succeeded: nobody needs to look at the failure any more."""
    return last_success is not None and last_success >= failed.updated_at
