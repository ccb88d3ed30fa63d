"""Implements `Production`: takes masters in, begins journeys, and says where each is."""

from collections.abc import AsyncIterator
from pathlib import Path

from matinee.engines.blobs.port import Blobs
from matinee.engines.database.port import Database
from matinee.engines.workflows.port import Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids, parse_id
from matinee.studio.encoding.api import Encoding
from matinee.studio.packaging.api import Packaging
from matinee.studio.production import store
from matinee.studio.production.api import (
    ArtworkCandidate,
    Decision,
    DecisionMade,
    IngestRequest,
    NothingInProduction,
    PreparingTitle,
    ReviewItem,
    TitleDesk,
    Upload,
    VersionReport,
    VersionStatus,
    WorkerStatus,
)
from matinee.studio.production.model.orders import (
    check_priority,
)
from matinee.studio.production.service.arrivals import Arrivals
from matinee.studio.production.service.artwork import Artwork
from matinee.studio.production.service.beginnings import Beginnings
from matinee.studio.production.service.claims import Claims
from matinee.studio.production.service.deletion import Deletion
from matinee.studio.production.service.evidence import EvidenceShelf
from matinee.studio.production.service.extras import Extras
from matinee.studio.production.service.hands import Hands
from matinee.studio.production.service.intake import Intake
from matinee.studio.production.service.journey import Journey
from matinee.studio.production.service.leftovers import Leftovers
from matinee.studio.production.service.reins import Reins
from matinee.studio.production.service.returns import Returns
from matinee.studio.production.service.seasons import Seasons
from matinee.studio.production.service.sources import Sources
from matinee.studio.production.service.trailers import Trailers
from matinee.studio.production.service.turns import Turns
from matinee.studio.production.service.uploads import Uploads
from matinee.studio.production.service.versions import Versions, status_of
from matinee.wire.events import Envelope, ReleasePublished, unseal

_REVIEWED_MAX = 500
"""Nobody sees the end of a longer list; what is decided makes room for the next."""


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
        review_one_in: int = 10,
    ) -> None:
        """`review_one_in`: of the versions in which nothing was found, a person is asked to look at one in so many."""
        self._database = database
        self._workflows = workflows
        self._blobs = blobs
        self._files = files
        self._clock = clock
        self._ids = ids
        self._encoding = encoding
        self._packaging = packaging
        self._desk = desk
        # Nobody else keeps anything there: encoding has a folder beside them.
        self._work, self._extras_work = root / "work" / "releases", root / "work" / "extras"
        self._sources = Sources(blobs, files, folder=root / "sources")
        self._uploads = Uploads(database, files, clock, ids, folder=root / "uploads", is_stored=self._sources.has)
        self._claims = Claims(database, clock, ids)
        self._turns = Turns(database, clock)
        self._versions = Versions(workflows, database, Arrivals(workflows, database, clock))
        self._reins = Reins(workflows, database, clock, versions=self._versions, turns=self._turns)
        self._evidence = EvidenceShelf(encoding, blobs, files)
        self._artwork = Artwork(blobs, files)
        self._seasons = Seasons(workflows, database, blobs, ids, encoding=encoding, desk=desk)
        self._returns = Returns(database, versions=self._versions, seasons=self._seasons, desk=desk)
        self._deletion = self._opened_deletion()
        self._leftovers = self._opened_leftovers()
        self._beginnings = self._opened_beginnings()
        self._trailers = Trailers(
            database,
            ids,
            desk=desk,
            begin=self._beginnings.begin_trailer,
            delete=lambda title_id, why: self._deletion.delete(title_id, by="", reason=why),
        )
        self._intake = self._opened_intake()
        self._extras = self._opened_extras()
        self._opened_journey(review_one_in).enlist()
        self._seasons.enlist()
        self._extras.enlist()
        Hands(encoding=encoding, sources=self._sources).lend(workflows)

    def _opened_deletion(self) -> Deletion:
        return Deletion(
            self._database,
            self._workflows,
            self._blobs,
            self._files,
            self._clock,
            self._ids,
            encoding=self._encoding,
            packaging=self._packaging,
            sources=self._sources,
            claims=self._claims,
            turns=self._turns,
            evidence=self._evidence,
            seasons=self._seasons,
            desk=self._desk,
            folders=(self._work, self._extras_work),
        )

    def _opened_leftovers(self) -> Leftovers:
        return Leftovers(
            self._workflows,
            self._files,
            self._ids,
            encoding=self._encoding,
            sources=self._sources,
            claims=self._claims,
            folders=(self._work, self._extras_work),
        )

    def _opened_beginnings(self) -> Beginnings:
        return Beginnings(
            self._workflows,
            self._database,
            self._clock,
            self._ids,
            versions=self._versions,
            turns=self._turns,
            reins=self._reins,
            returns=self._returns,
        )

    def _opened_intake(self) -> Intake:
        return Intake(
            self._files,
            self._clock,
            self._ids,
            desk=self._desk,
            uploads=self._uploads,
            sources=self._sources,
            claims=self._claims,
            turns=self._turns,
            versions=self._versions,
            reins=self._reins,
            returns=self._returns,
            seasons=self._seasons,
            trailers=self._trailers,
            beginnings=self._beginnings,
        )

    def _opened_extras(self) -> Extras:
        return Extras(
            self._workflows,
            self._database,
            self._files,
            self._clock,
            self._ids,
            encoding=self._encoding,
            packaging=self._packaging,
            sources=self._sources,
            seasons=self._seasons,
            desk=self._desk,
            folder=self._extras_work,
        )

    def _opened_journey(self, review_one_in: int) -> Journey:
        return Journey(
            self._workflows,
            self._database,
            self._files,
            self._clock,
            self._ids,
            encoding=self._encoding,
            packaging=self._packaging,
            sources=self._sources,
            artwork=self._artwork,
            evidence=self._evidence,
            desk=self._desk,
            extras=self._extras,
            start_next=self._beginnings.start_next,
            folder=self._work,
            review_one_in=review_one_in,
        )

    async def begin_upload(self, name: str, length: int, *, sha256: str | None = None) -> Upload:
        return await self._uploads.begin(name, length, sha256=sha256)

    async def upload(self, upload_id: str) -> Upload:
        return await self._uploads.find(upload_id)

    async def upload_part(self, upload_id: str, offset: int, parts: AsyncIterator[bytes]) -> Upload:
        return await self._uploads.append(upload_id, offset, parts)

    async def end_upload(self, upload_id: str) -> None:
        await self._uploads.remove((await self._uploads.find(upload_id)).id)

    async def forget_idle_uploads(self) -> None:
        await self._uploads.forget_idle()

    async def ingest(self, request: IngestRequest) -> VersionStatus:
        return await self._intake.take_in(request)

    async def status(self, title_id: str) -> tuple[VersionStatus, ...]:
        return await self._versions.status(title_id)

    async def trailers(self, title_id: str) -> tuple[VersionStatus, ...]:
        found = await self._trailers.of(parse_id(title_id, what="title id"))
        return tuple([(await self._versions.of_title(version.title_id))[0].status for version in found])

    async def queue(self) -> tuple[VersionStatus, ...]:
        return await self._versions.queue()

    async def preparing(self) -> tuple[PreparingTitle, ...]:
        return await self._versions.preparing()

    async def workers(self) -> tuple[WorkerStatus, ...]:
        return await self._versions.workers()

    async def prioritize(self, title_id: str, priority: int) -> tuple[VersionStatus, ...]:
        check_priority(priority)
        await self._reins.prioritize(title_id, priority)
        return await self.status(title_id)

    async def pause(self, title_id: str) -> tuple[VersionStatus, ...]:
        await self._reins.pause(title_id)
        return await self.status(title_id)

    async def resume(self, title_id: str) -> tuple[VersionStatus, ...]:
        await self._reins.resume(title_id)
        return await self.status(title_id)

    async def cancel(self, title_id: str) -> tuple[VersionStatus, ...]:
        await self._reins.cancel(title_id)
        return await self.status(title_id)

    async def qc_decision(
        self, title_id: str, decision: Decision, *, by: str, reason: str = "", release_id: str | None = None
    ) -> None:
        seen = await self._versions.one(title_id, release_id)
        version = seen.version
        decision_id, made = self._ids.new(), DecisionMade(decision, by, reason.strip(), self._clock.now())
        if not await self._database.write(lambda work: store.add_decision(work, decision_id, version, made)):
            raise NothingInProduction  # deleted while somebody decided
        if decision == "reject":
            await self._reins.cancel(title_id, version.edition)
        elif seen.status.state == "failed":  # what the gate refused is shown all the same
            await self._reins.resume(title_id, version.edition)

    async def review(self) -> tuple[ReviewItem, ...]:
        versions = await self._database.read(lambda work: store.to_review(work, limit=_REVIEWED_MAX))
        newest = {(version.title_id, version.edition): version for version in reversed(versions)}
        found = []
        for version in sorted(newest.values(), key=versions.index):
            status = status_of(version, await self._workflows.status(version.run_id))
            if status.state not in ("failed", "canceled"):  # then there is nothing anyone would be shown
                found.append(ReviewItem(status, "found" if version.review == "found" else "sampled"))
        return tuple(sorted(found, key=lambda item: item.why != "found"))

    async def report(self, title_id: str, release_id: str | None = None) -> VersionReport:
        seen = await self._versions.one(title_id, release_id)
        version = seen.version
        decisions = await self._database.read(lambda work: store.decisions(work, version.title_id, version.edition))
        return VersionReport(seen.status, await self._evidence.find(version.release_id), tuple(decisions))

    async def report_picture(self, title_id: str, release_id: str, name: str) -> bytes:
        seen = await self._versions.one(title_id, release_id)
        return await self._evidence.picture(seen.version.release_id, name)

    async def artwork(self, title_id: str) -> tuple[ArtworkCandidate, ...]:
        await self._versions.expect(title_id)
        return await self._artwork.candidates(title_id)

    async def note(self, envelope: Envelope) -> None:
        if envelope.type != ReleasePublished.type or unseal(envelope, ReleasePublished).release_id is not None:
            return
        for title_id in (envelope.key, *(version.title_id for version in await self._trailers.of(envelope.key))):
            for seen in await self._versions.of_title(title_id):
                if seen.has_failed and seen.status.updated_at <= envelope.at:
                    await self._reins.end(seen)

    async def delete(self, title_id: str, *, by: str = "", reason: str = "") -> None:
        await self._versions.expect(title_id)
        await self._deletion.delete(title_id, by=by, reason=reason)

    async def forget_unused_sources(self) -> None:
        await self._deletion.sweep()

    async def clear_leftovers(self) -> None:
        await self._leftovers.sweep()

    async def finish_deletions(self) -> None:
        await self._deletion.finish()
