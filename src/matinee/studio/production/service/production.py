"""Implements `Production`: takes masters in, begins journeys, and says where each is."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from matinee.engines.blobs.port import Blobs
from matinee.engines.database.port import Database
from matinee.engines.workflows.port import Json, Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids, parse_id
from matinee.kernel.quantities import to_epoch_ms
from matinee.studio.encoding.api import Encoding
from matinee.studio.packaging.api import Packaging
from matinee.studio.production import store
from matinee.studio.production.api import (
    ArtworkCandidate,
    Decision,
    DecisionMade,
    FileRef,
    IngestRequest,
    NothingInProduction,
    PreparingTitle,
    ReviewItem,
    TitleBusy,
    TitleDesk,
    Upload,
    VersionReport,
    VersionStatus,
    WorkerStatus,
)
from matinee.studio.production.model.orders import (
    JourneyOrder,
    asks_otherwise,
    check_sidecar,
    check_words,
    codecs_for,
)
from matinee.studio.production.model.trailers import without_trailers
from matinee.studio.production.service.arrivals import Arrivals
from matinee.studio.production.service.artwork import Artwork
from matinee.studio.production.service.claims import Claims, Hold
from matinee.studio.production.service.deletion import Deletion
from matinee.studio.production.service.evidence import EvidenceShelf
from matinee.studio.production.service.extras import Extras
from matinee.studio.production.service.hands import Hands
from matinee.studio.production.service.journey import KIND, Journey
from matinee.studio.production.service.kept import parsed
from matinee.studio.production.service.leftovers import Leftovers
from matinee.studio.production.service.reins import Reins
from matinee.studio.production.service.returns import Returns
from matinee.studio.production.service.seasons import Seasons
from matinee.studio.production.service.sources import Sources
from matinee.studio.production.service.trailers import Trailers, refuse_twins
from matinee.studio.production.service.turns import Turns
from matinee.studio.production.service.uploads import Uploads
from matinee.studio.production.service.versions import Versions, status_of
from matinee.studio.production.store import Version
from matinee.wire.encoding import to_plain
from matinee.wire.events import Envelope, ReleasePublished, unseal

_REVIEWED_MAX = 500
"""Nobody sees the end of a longer list; what is decided makes room for the next."""
_PRIORITY_MAX = 10_000
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
        self._work = root / "work"
        self._sources = Sources(blobs, files, folder=root / "sources")
        self._uploads = Uploads(database, files, clock, ids, folder=root / "uploads", is_stored=self._sources.has)
        self._claims = Claims(database, clock, ids)
        self._turns = Turns(database, clock)
        self._versions = Versions(workflows, database, Arrivals(workflows, database, clock))
        self._reins = Reins(workflows, database, clock, versions=self._versions, turns=self._turns)
        self._evidence = EvidenceShelf(encoding, blobs, files)
        self._seasons = Seasons(workflows, database, blobs, ids, encoding=encoding, desk=desk)
        self._returns = Returns(database, versions=self._versions, seasons=self._seasons, desk=desk)
        self._deletion = self._opened_deletion((self._work, root / "extras"))
        self._leftovers = Leftovers(
            workflows,
            files,
            ids,
            encoding=encoding,
            sources=self._sources,
            claims=self._claims,
            folders=(self._work, root / "extras"),
        )
        self._artwork = Artwork(blobs, files)
        self._extras = Extras(
            workflows,
            database,
            files,
            clock,
            ids,
            encoding=encoding,
            packaging=packaging,
            sources=self._sources,
            seasons=self._seasons,
            desk=desk,
            folder=root / "extras",
        )
        self._trailers = Trailers(
            database,
            ids,
            desk=desk,
            begin=self._begin_trailer,
            delete=lambda title_id, why: self._deletion.delete(title_id, by="", reason=why),
        )
        self._journey = self._opened_journey(review_one_in)
        self._journey.enlist()
        Hands(encoding=encoding, sources=self._sources).lend(workflows)
        self._seasons.enlist()
        self._extras.enlist()

    def _opened_deletion(self, folders: Sequence[Path]) -> Deletion:
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
            folders=folders,
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
            start_next=self._start_next,
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
        if not request.profiles:
            raise InvalidInput("Name at least one profile: fast or full.", field="profiles")
        metadata = request.metadata.settled()
        request = replace(request, metadata=metadata, codecs=codecs_for((*request.codecs, *metadata.codecs)))
        _check_priority(request.priority)
        check_sidecar(request.metadata, request.files)
        if request.title_id is not None:
            check_words(request.metadata)
            await self._desk.expect(parse_id(request.title_id, what="title_id"))
            await self._refuse_while_busy(request.title_id, request.master)
        async with self._claims.taking_in() as hold:
            source = await self._keep(request.master, hold)
            files = {name: await self._keep(ref, hold) for name, ref in sorted(request.files.items())}
            refuse_twins(metadata.trailers or (), files)
            title_id = await self._described(request)
            film = self._film_order(request, title_id, source, files)
            async with self._turns.taken(title_id, film.edition):
                await self._reins.refuse_others(title_id, film.edition)
                await self._returns.hand_in(film)
                begun = await self._begin(film)
                # What is said of a film may be corrected although nothing of it is made anew.
                await self._seasons.place(title_id, film.metadata, priority=request.priority)
                if metadata.trailers is not None:
                    last = replace(film, profile=request.profiles[-1], then=(), priority=film.priority + _LATER)
                    await self._trailers.settle(last, metadata.trailers, files)
                return begun

    async def _described(self, request: IngestRequest) -> str:
        """Its title, which is called what is said now."""
        if request.title_id is None:
            return await self._desk.title_for(request.metadata)
        if request.metadata.names:
            await self._desk.describe(request.title_id, request.metadata)
        return request.title_id

    async def _refuse_while_busy(self, title_id: str, master: FileRef) -> None:
        """At once, rather than after the minutes that reading a master takes: one of another size is another one."""
        if (length := await self._length(master)) is None:
            return  # what is missing is said where it is read
        for seen in await self._versions.of_title(title_id):
            if seen.will_make_more and await self._sources.size(seen.version.source_sha256) not in (None, length):
                raise TitleBusy(title_id)

    def _film_order(self, request: IngestRequest, title_id: str, source: str, files: Mapping[str, str]) -> JourneyOrder:
        metadata = without_trailers(request.metadata)
        of_trailers = {trailer.file for trailer in request.metadata.trailers or ()}
        return JourneyOrder(
            title_id=title_id,
            release_id=self._ids.new(),
            profile=request.profiles[0],
            source_sha256=source,
            created_at_ms=to_epoch_ms(self._clock.now()),
            metadata=metadata,
            files={name: sha256 for name, sha256 in files.items() if name not in of_trailers},
            then=request.profiles[1:],
            priority=request.priority,
            is_announced=request.is_announced,
            sound_codecs=request.sound_codecs,
            codecs=request.codecs,
        )

    async def _begin(self, order: JourneyOrder) -> VersionStatus:
        first = status = await self._start(order)
        while status.state == "ready" and order.then:  # made before: a later profile may have failed
            order = self._further(order)
            status = await self._start(order)
        return first

    async def _begin_trailer(self, order: JourneyOrder) -> VersionStatus:
        edition = order.edition
        async with self._turns.taken(order.title_id, edition):
            await self._reins.refuse_others(order.title_id, edition)
            await self._returns.hand_in(order)
            for seen in await self._versions.of_title(order.title_id):
                is_made = seen.status.state not in ("failed", "canceled")
                if seen.version.edition == edition and seen.version.profile == "full" and is_made:
                    return seen.status  # a plain one would take its place
            return await self._start(order)

    async def _start(self, order: JourneyOrder) -> VersionStatus:
        """Begin the run of this edition and profile, or go on with the one there is."""
        name, edition = order.called or order.metadata.name or order.title_id, order.edition
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
            belongs_to=order.belongs_to,
        )
        version = await self._database.write(lambda work: store.add_version(work, wanted))
        mine = replace(order, release_id=version.release_id)
        run = await self._workflows.start(KIND, run_id, to_plain(mine), priority=order.priority)
        if run.state == "failed" and asks_otherwise(parsed(run.payload, JourneyOrder), mine):
            # What it failed for may be what was mended. All chunks that fit are found again.
            await self._workflows.cancel(run_id)
            return await self._start(order)
        if run.state == "failed":
            await self._workflows.resume(run_id)
            run = await self._workflows.status(run_id) or run
        return status_of(version, run)

    async def _run_id(self, order: JourneyOrder, edition: str) -> str:
        """Named by what it makes, so that starting it twice is starting it once. A canceled run stays canceled."""
        base = f"{order.title_id}-{edition[:16]}-{order.profile}"
        canceled = 0
        for seen in await self._versions.of_title(order.title_id):
            if seen.version.run_id.startswith(base) and seen.status.state == "canceled":
                canceled += 1
        return f"{base}-{canceled + 1}"

    async def _start_next(self, order: JourneyOrder) -> Json:
        if not order.then:
            return None
        order = replace(order, priority=await self._priority_now(order))
        return (await self._start(self._further(order))).release_id

    async def _priority_now(self, order: JourneyOrder) -> int:
        """It may have been moved in the queue since it was ordered, and what comes after it moves along."""
        for seen in await self._versions.of_title(order.title_id):
            if seen.version.release_id == order.release_id:
                return seen.status.priority
        return order.priority

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
        _check_priority(priority)
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

    async def _length(self, ref: FileRef) -> int | None:
        if ref.upload_id is not None:
            return (await self._uploads.find(ref.upload_id)).length
        return None if ref.path is None else await self._files.size(Path(ref.path))

    async def _keep(self, ref: FileRef, hold: Hold) -> str:
        if ref.upload_id is not None:
            return await self._uploads.take_in(ref.upload_id, partial(self._sources.keep, is_ours=True), hold)
        if ref.path is not None:
            return await self._sources.keep(Path(ref.path), hold)
        raise InvalidInput("Name an upload to take the file from.", field="upload_id")


def _check_priority(priority: int) -> None:
    if not 0 <= priority <= _PRIORITY_MAX:
        raise InvalidInput(
            f"A priority is a number from 0 to {_PRIORITY_MAX}, and lower goes first; {priority} is none.",
            field="priority",
        )
