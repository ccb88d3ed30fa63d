"""Deleting a title: what the studio made of it goes, and its record last.

Every part may be done again, and as long as the record is there the rest can be found: a deletion that was broken off is
finished by asking for it once more, or by the next look at what was begun.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from matinee.engines.blobs.port import Blobs
from matinee.engines.database.port import Database, Work
from matinee.engines.workflows.port import Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Conflict, MatineeError
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids
from matinee.kernel.log import logger
from matinee.kernel.quantities import hours, seconds
from matinee.studio.encoding.api import Encoding
from matinee.studio.packaging.api import Packaging
from matinee.studio.production import store
from matinee.studio.production.api import NotYetStopped, TitleDesk
from matinee.studio.production.service.claims import Claims
from matinee.studio.production.service.evidence import EvidenceShelf
from matinee.studio.production.service.extras import extras_run
from matinee.studio.production.service.hands import in_hand
from matinee.studio.production.service.seasons import Seasons, markers_run
from matinee.studio.production.service.sources import Sources
from matinee.studio.production.service.turns import Turns
from matinee.studio.production.store import Version

_TURN = "deletion"
"""Stands for the edition in a title's turn, with whose it is: nobody begins a journey meanwhile, or the same deletion."""
_CLAIMED_MAX = hours(1)
"""What a title's own deletion claimed it finds again: only others wait so long for one that died."""
_LOOK_EVERY, _LOOKS_MAX = seconds(0.1), 300
"""Canceled work is stopped within a second, unless its machine has just died."""
_log = logger("production")


class Deletion:
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
        sources: Sources,
        claims: Claims,
        turns: Turns,
        evidence: EvidenceShelf,
        seasons: Seasons,
        desk: TitleDesk,
        folders: Sequence[Path],
    ) -> None:
        self._database = database
        self._workflows = workflows
        self._blobs = blobs
        self._files = files
        self._clock = clock
        self._ids = ids
        self._encoding = encoding
        self._packaging = packaging
        self._sources = sources
        self._claims = claims
        self._turns = turns
        self._evidence = evidence
        self._seasons = seasons
        self._desk = desk
        self._folders = folders
        self._turn = f"{_TURN}-{ids.new()}"
        self._at_work: set[str] = set()

    async def delete(self, title_id: str, *, by: str, reason: str) -> None:
        decision_id, now = self._ids.new(), self._clock.now()
        async with self._turn_of(title_id):
            await self._database.write(
                lambda work: store.note_deletion(work, decision_id, title_id, by=by, reason=reason, at=now)
            )
            await self._delete(title_id)

    async def finish(self) -> None:
        """What was begun, by whomever, and is not at work in this process."""
        for title_id in await self._database.read(lambda work: store.deletions_begun(work, _TURN)):
            try:
                async with self._turn_of(title_id):
                    await self._delete(title_id)
            except Conflict:
                continue  # not stopped yet, or at work elsewhere: the next look finishes it
            except MatineeError as error:  # the others are waiting
                _log.warning("a deletion could not be finished yet", title=title_id, reason=str(error))

    @asynccontextmanager
    async def _turn_of(self, title_id: str) -> AsyncIterator[None]:
        """Once at a time: the second of two would take what was handed in once the first was over."""
        if title_id in self._at_work:
            raise NotYetStopped
        self._at_work.add(title_id)
        try:
            async with self._turns.taken(title_id, self._turn):
                yield
        finally:
            self._at_work.discard(title_id)

    async def _delete(self, title_id: str) -> None:
        await self._desk.remove(title_id)
        versions = await self._stopped(title_id)
        # Once nothing of the title is at work that could begin another of them.
        for part in await self._database.read(lambda work: store.belonging(work, title_id)):
            async with self._turn_of(part.title_id):
                await self._delete(part.title_id)
        hashes = await self._hashes(versions)
        async with self._claims.deleting(title_id, hashes, at_most=_CLAIMED_MAX) as free:
            # Only now: nobody takes one of them in any more without our knowing.
            others = await self._database.read(lambda work: store.other_versions(work, title_id))
            await self._remove(title_id, versions, free - await self._hashes(others))

    async def _remove(self, title_id: str, versions: Sequence[Version], hashes: set[str]) -> None:
        for version in versions:
            await self._packaging.discard(version.release_id)
            await self._evidence.forget(version.release_id)
            for folder in self._folders:
                await self._files.remove(folder / version.release_id)
        await self._encoding.forget_title(title_id)
        await self._blobs.delete_prefix(f"artwork/{title_id}/")
        await self._forget_sources(hashes)
        runs = [run for version in versions for run in _runs_of(version)]
        for run_id in (*runs, *await self._seasons.runs_of(title_id)):
            if not await self._workflows.forget(run_id):
                raise NotYetStopped
        await self._database.write(lambda work: _forget(work, title_id, hashes))

    async def sweep(self) -> None:
        """What was stored for an order that was then refused. An upload that can be handed in again keeps its own."""
        if not (unnamed := await self._sources.stored() - await self._named()):
            return
        async with self._claims.deleting(self._ids.new(), unnamed, at_most=_CLAIMED_MAX) as free:
            await self._forget_sources(free - await self._named())  # looked at again, now that nobody begins

    async def _named(self) -> set[str]:
        versions, kept = await self._database.read(lambda work: (store.all_versions(work), store.uploads_kept(work)))
        return await self._hashes(versions) | kept

    async def _forget_sources(self, hashes: Collection[str]) -> None:
        for sha256 in sorted(hashes):
            await self._sources.forget(sha256)
            await self._encoding.forget_source(sha256)
            await self._seasons.forget_source(sha256)

    async def _hashes(self, versions: Sequence[Version]) -> set[str]:
        """Of the masters, and of all that came beside them."""
        found = {version.source_sha256 for version in versions}
        for version in versions:
            if run := await self._workflows.status(version.run_id):
                found |= set(run.payload.get("files", {}).values())
        return found

    async def _stopped(self, title_id: str) -> list[Version]:
        """Every version, once nothing is at work on any. A journey that was ending may have begun the next one's."""
        stopped: set[str] = set()
        while True:
            versions = await self._database.read(lambda work: store.versions(work, title_id))
            new = [version for version in versions if version.release_id not in stopped]
            if not new:
                break
            for version in new:
                for run_id in _runs_of(version):
                    await self._stop(run_id)
                stopped.add(version.release_id)
        for run_id in await self._seasons.runs_of(title_id):
            await self._stop(run_id)
        return versions

    async def _stop(self, run_id: str) -> None:
        """What is still at work could write what was just deleted; also what comes after a release is out."""
        run = await self._workflows.status(run_id)
        if run is not None and run.state != "done":
            with suppress(Conflict):  # it ended just now
                await self._workflows.cancel(run_id)
        for _ in range(_LOOKS_MAX):
            run = await self._workflows.status(run_id)
            if run is None or not (run.is_advanced or run_id in await in_hand(self._workflows)):
                return
            await self._clock.sleep(_LOOK_EVERY)
        raise NotYetStopped


def _forget(work: Work, title_id: str, hashes: set[str]) -> None:
    store.remove_uploads_kept_as(work, hashes)
    store.remove_versions(work, title_id)


def _runs_of(version: Version) -> tuple[str, ...]:
    """In the order in which one begins the next, so that none begins behind our back."""
    return (version.run_id, extras_run(version.release_id), markers_run(version.release_id))
