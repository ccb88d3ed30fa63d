"""Implements `Production`: takes masters in, begins journeys, and says where each is."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from matinee.engines.blobs.port import Blobs
from matinee.engines.database.port import Database, Work
from matinee.engines.workflows.port import Json, RunStatus, Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids, parse_id
from matinee.kernel.quantities import Instant, to_epoch_ms
from matinee.studio.encoding.api import Encoding
from matinee.studio.packaging.api import Packaging
from matinee.studio.production import store
from matinee.studio.production.api import (
    Decision,
    FileRef,
    IngestRequest,
    NothingInProduction,
    PreparingTitle,
    TitleBusy,
    TitleDesk,
    Upload,
    VersionState,
    VersionStatus,
)
from matinee.studio.production.model import (
    JourneyOrder,
    check_sidecar,
    edition_of,
    remaining_s,
    whole_progress,
)
from matinee.studio.production.service.artwork import Artwork
from matinee.studio.production.service.journey import KIND, Journey, parse_report, parsed
from matinee.studio.production.service.sources import Sources
from matinee.studio.production.service.turns import Turns
from matinee.studio.production.service.uploads import Uploads
from matinee.studio.production.store import Version
from matinee.wire.encoding import to_plain
from matinee.wire.events import Envelope, ReleasePublished, unseal

_UNDER_WAY: tuple[Literal["waiting", "running", "paused"], ...] = ("waiting", "running", "paused")
_STOPPED: tuple[VersionState, ...] = ("paused", "failed")
_LATER = 100
"""Added to the priority of each further profile: every title's first release goes before any title's second."""


class ProductionService:
    def __init__(
        self,
        database: Database,
        workflows: Workflows,
        blobs: Blobs,
        files: Files,
        clock: Clock,
        ids: Ids,
        *,
        encoding: Encoding,
        packaging: Packaging,
        desk: TitleDesk,
        root: Path,
    ) -> None:
        self._database = database
        self._workflows = workflows
        self._blobs = blobs
        self._files = files
        self._clock = clock
        self._ids = ids
        self._packaging = packaging
        self._desk = desk
        self._work = root / "work"
        self._sources = Sources(blobs, files, folder=root / "sources")
        self._uploads = Uploads(database, files, clock, ids, folder=root / "uploads", is_stored=self._sources.has)
        self._turns = Turns(database, clock)
        self._journey = Journey(
            workflows,
            database,
            files,
            clock,
            ids,
            encoding=encoding,
            packaging=packaging,
            sources=self._sources,
            artwork=Artwork(blobs, files),
            desk=desk,
            start_next=self._start_next,
            folder=self._work,
        )
        self._journey.enlist()

    async def begin_upload(self, name: str, length: int, *, sha256: str | None = None) -> Upload:
        return await self._uploads.begin(name, length, sha256=sha256)

    async def upload(self, upload_id: str) -> Upload:
        return await self._uploads.find(upload_id)

    async def upload_part(self, upload_id: str, offset: int, parts: AsyncIterator[bytes]) -> Upload:
        return await self._uploads.append(upload_id, offset, parts)

    async def end_upload(self, upload_id: str) -> None:
        await self._uploads.remove((await self._uploads.find(upload_id)).id)

    async def ingest(self, request: IngestRequest) -> VersionStatus:
        if not request.profiles:
            raise InvalidInput("Name at least one profile: fast or full.", field="profiles")
        request = replace(request, metadata=request.metadata.settled())
        check_sidecar(request.metadata, request.files)
        if request.title_id is not None:
            await self._desk.expect(parse_id(request.title_id, what="title_id"))
        source = await self._keep(request.master)
        files = {name: await self._keep(ref) for name, ref in sorted(request.files.items())}
        title_id = request.title_id or await self._desk.title_for(request.metadata)
        edition = edition_of(source, request.metadata, files)
        async with self._turns.taken(title_id, edition):
            await self._refuse_others(title_id, edition)
            return await self._begin(request, title_id, source, files)

    async def _refuse_others(self, title_id: str, edition: str) -> None:
        for status, version in await self._versions(title_id):
            if status.state in _UNDER_WAY and version.edition != edition:
                raise TitleBusy

    async def _begin(
        self, request: IngestRequest, title_id: str, source: str, files: Mapping[str, str]
    ) -> VersionStatus:
        order = JourneyOrder(
            title_id=title_id,
            release_id=self._ids.new(),
            profile=request.profiles[0],
            source_sha256=source,
            created_at_ms=to_epoch_ms(self._clock.now()),
            metadata=request.metadata,
            files=files,
            then=request.profiles[1:],
            priority=request.priority,
            is_announced=request.is_announced,
        )
        edition = edition_of(source, request.metadata, files)
        first = status = await self._start(order, edition)
        while status.state == "ready" and order.then:  # made before: a later profile may have failed
            order = self._further(order)
            status = await self._start(order, edition)
        return first

    async def _start(self, order: JourneyOrder, edition: str) -> VersionStatus:
        """Begin the run of this edition and profile, or go on with the one there is."""
        name = order.metadata.name or order.title_id
        run_id = await self._run_id(order, edition)
        wanted = Version(
            release_id=order.release_id,
            title_id=order.title_id,
            run_id=run_id,
            edition=edition,
            source_sha256=order.source_sha256,
            profile=order.profile,
            name=name[:500],
            report="",
            ready_at=None,
            created_at=self._clock.now(),
        )
        version = await self._database.write(lambda work: store.add_version(work, wanted))
        order = replace(order, release_id=version.release_id)
        run = await self._workflows.start(KIND, run_id, to_plain(order), priority=order.priority)
        if run.state == "failed":
            await self._workflows.resume(run_id)
            run = await self._workflows.status(run_id) or run
        return self._status(version, run)

    async def _run_id(self, order: JourneyOrder, edition: str) -> str:
        """Named by what it makes, so that starting it twice is starting it once. A canceled run stays canceled."""
        base = f"{order.title_id}-{edition[:16]}-{order.profile}"
        canceled = 0
        for status, version in await self._versions(order.title_id):
            if version.run_id.startswith(base) and status.state == "canceled":
                canceled += 1
        return f"{base}-{canceled + 1}"

    async def _start_next(self, order: JourneyOrder) -> Json:
        if not order.then:
            return None
        edition = edition_of(order.source_sha256, order.metadata, order.files)
        return (await self._start(self._further(order), edition)).release_id

    def _further(self, order: JourneyOrder) -> JourneyOrder:
        """The order of the next profile."""
        return replace(
            order,
            release_id=self._ids.new(),
            profile=order.then[0],
            then=order.then[1:],
            created_at_ms=to_epoch_ms(self._clock.now()),
            makes_artwork=False,
            priority=order.priority + _LATER,
        )

    async def status(self, title_id: str) -> tuple[VersionStatus, ...]:
        found = await self._versions(parse_id(title_id, what="title id"))
        if not found:
            raise NothingInProduction
        return tuple(status for status, _ in found)

    async def queue(self) -> tuple[VersionStatus, ...]:
        runs = {run.run_id: run for run in await self._workflows.runs(kind=KIND, states=(*_UNDER_WAY, "failed"))}
        versions, made = await self._database.read(lambda work: _with_successes(work, list(runs)))
        found = [(self._status(version, runs[version.run_id]), runs[version.run_id]) for version in versions]
        under_way = [((run.priority, run.created_at), s) for s, run in found if s.state in _UNDER_WAY]
        failed = [s for s, _ in found if s.state == "failed" and not _is_mended(s, made.get(s.title_id))]
        failed.sort(key=lambda status: status.updated_at, reverse=True)
        return (*(status for _, status in sorted(under_way, key=lambda pair: pair[0])), *failed)

    async def preparing(self) -> tuple[PreparingTitle, ...]:
        """Every home page asks this, every few seconds: so only of what is under way, and reports stay unread."""
        runs = {run.run_id: run for run in await self._workflows.runs(kind=KIND, states=("waiting", "running"))}
        versions, made = await self._database.read(lambda work: _with_successes(work, list(runs)))
        found = []
        for version in versions:
            if version.title_id not in made:
                run = runs[version.run_id]
                order = parsed(run.payload, JourneyOrder)
                progress = round(whole_progress(run.stage, run.progress), 4)
                found.append(
                    PreparingTitle(version.name, run.stage, progress, order.metadata.rating, order.is_announced)
                )
        return tuple(found)

    async def pause(self, title_id: str) -> tuple[VersionStatus, ...]:
        for run_id in await self._runs_of(title_id, "waiting", "running"):
            await self._workflows.pause(run_id)
        return await self.status(title_id)

    async def resume(self, title_id: str) -> tuple[VersionStatus, ...]:
        title_id = parse_id(title_id, what="title id")
        stopped = [version for status, version in await self._versions(title_id) if status.state in _STOPPED]
        if stopped:
            edition = stopped[0].edition
            async with self._turns.taken(title_id, edition):
                await self._refuse_others(title_id, edition)
                for version in stopped:
                    if version.edition == edition:
                        await self._workflows.resume(version.run_id)
        return await self.status(title_id)

    async def cancel(self, title_id: str) -> tuple[VersionStatus, ...]:
        for run_id in await self._runs_of(title_id, *_UNDER_WAY, "failed"):
            await self._workflows.cancel(run_id)
        return await self.status(title_id)

    async def qc_decision(self, title_id: str, decision: Decision, *, by: str, reason: str = "") -> None:
        await self.status(title_id)
        decision_id, now = self._ids.new(), self._clock.now()
        await self._database.write(
            lambda work: store.add_decision(work, decision_id, title_id, decision, by=by, reason=reason, at=now)
        )
        if decision == "reject":
            await self.cancel(title_id)

    async def note(self, envelope: Envelope) -> None:
        if envelope.type != ReleasePublished.type or unseal(envelope, ReleasePublished).release_id is not None:
            return
        for status, version in await self._versions(envelope.key):
            if status.state == "failed" and status.updated_at <= envelope.at:
                await self._workflows.cancel(version.run_id)

    async def delete(self, title_id: str) -> None:
        await self.cancel(title_id)
        found = [version for _, version in await self._versions(title_id)]
        hashes = {version.source_sha256 for version in found}
        for version in found:
            if run := await self._workflows.status(version.run_id):
                hashes |= set(run.payload.get("files", {}).values())
            await self._packaging.discard(version.release_id)
            await self._files.remove(self._work / version.release_id)
        await self._blobs.delete_prefix(f"artwork/{title_id}/")
        await self._database.write(lambda work: store.remove_versions(work, title_id))
        for sha256 in hashes - await self._hashes_in_use():
            await self._sources.forget(sha256)

    async def _hashes_in_use(self) -> set[str]:
        used = await self._database.read(store.sources_in_use)
        for run_id in await self._database.read(store.run_ids):
            if run := await self._workflows.status(run_id):
                used |= set(run.payload.get("files", {}).values())
        return used

    async def _keep(self, ref: FileRef) -> str:
        if ref.upload_id is not None:
            return await self._uploads.take_in(ref.upload_id, self._sources.keep)
        if ref.path is not None:
            return await self._sources.keep(Path(ref.path))
        raise InvalidInput("Name an upload to take the file from.", field="upload_id")

    async def _runs_of(self, title_id: str, *states: VersionState) -> list[str]:
        found = await self._versions(parse_id(title_id, what="title id"))
        if not found:
            raise NothingInProduction
        return [version.run_id for status, version in found if status.state in states]

    async def _versions(self, title_id: str) -> list[tuple[VersionStatus, Version]]:
        versions = await self._database.read(lambda work: store.versions(work, title_id))
        return [(self._status(v, await self._workflows.status(v.run_id)), v) for v in versions]

    def _status(self, version: Version, run: RunStatus | None) -> VersionStatus:
        report = parse_report(version.report)
        state: VersionState = "waiting" if run is None else "ready" if run.state == "done" else run.state
        if version.ready_at is not None:
            state = "ready"
        progress = 1.0 if state == "ready" else 0.0 if run is None else whole_progress(run.stage, run.progress)
        elapsed_s = (self._clock.now() - version.created_at).total_seconds()
        return VersionStatus(
            title_id=version.title_id,
            name=version.name,
            release_id=version.release_id,
            profile=version.profile,
            state=state,
            stage="" if run is None else run.stage,
            progress=round(progress, 4),
            remaining_s=remaining_s(progress, elapsed_s) if state == "running" else None,
            error=run.error if run is not None and state == "failed" else None,
            waits_for=run.waits_for if run is not None and state in ("waiting", "running") else None,
            findings=report.findings,
            ladder=report.ladder,
            created_at=version.created_at,
            updated_at=version.created_at if run is None else run.updated_at,
        )


def _with_successes(work: Work, run_ids: Sequence[str]) -> tuple[list[Version], dict[str, Instant]]:
    """The versions these runs make, and when a release of their titles was last made."""
    versions = store.versions_of_runs(work, run_ids)
    return versions, store.last_successes(work, [v.title_id for v in versions])


def _is_mended(failed: VersionStatus, last_success: Instant | None) -> bool:
    """Publishing the title again succeeded: nobody needs to look at the failure any more."""
    return last_success is not None and last_success >= failed.updated_at
