"""Beginnings: journeys are begun, or gone on with, each named by what it makes, so that beginning it twice is beginning it once."""

from dataclasses import replace

from matinee.engines.database.port import Database
from matinee.engines.workflows.port import Json, Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import to_epoch_ms
from matinee.studio.production import store
from matinee.studio.production.api import VersionStatus
from matinee.studio.production.model.orders import JourneyOrder, asks_otherwise
from matinee.studio.production.service.journey import KIND
from matinee.studio.production.service.kept import parsed
from matinee.studio.production.service.reins import Reins
from matinee.studio.production.service.returns import Returns
from matinee.studio.production.service.turns import Turns
from matinee.studio.production.service.versions import Versions, status_of
from matinee.studio.production.store import Version
from matinee.wire.encoding import to_plain

LATER = 100
"""Added to the priority of each further profile: every title's first release goes before any title's second."""


class Beginnings:
    def __init__(
        self,
        workflows: Workflows,
        database: Database,
        clock: Clock,
        ids: Ids,
        *,
        versions: Versions,
        turns: Turns,
        reins: Reins,
        returns: Returns,
    ) -> None:
        self._workflows = workflows
        self._database = database
        self._clock = clock
        self._ids = ids
        self._versions = versions
        self._turns = turns
        self._reins = reins
        self._returns = returns

    async def begin(self, order: JourneyOrder) -> VersionStatus:
        """By whoever has the title's turn."""
        first = status = await self._start(order)
        while status.state == "ready" and order.then:  # made before: a later profile may have failed
            order = self._further(order)
            status = await self._start(order)
        return first

    async def begin_trailer(self, order: JourneyOrder) -> VersionStatus:
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

    async def start_next(self, order: JourneyOrder) -> Json:
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
            priority=order.priority + LATER,
        )
