"""Reins: a title's journeys are moved in the queue, held, let go on, and ended."""

from collections.abc import AsyncIterator
from contextlib import suppress

from matinee.engines.database.port import Database
from matinee.engines.workflows.port import Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Conflict
from matinee.kernel.quantities import seconds
from matinee.studio.production import store
from matinee.studio.production.api import NotYetStopped, TitleBusy
from matinee.studio.production.service.journey import GOES_ON
from matinee.studio.production.service.turns import Turns
from matinee.studio.production.service.versions import Seen, Versions

_LOOK_EVERY, _LOOKS_MAX = seconds(0.05), 100
"""Beginning the next journey takes a few commits."""


class Reins:
    def __init__(
        self, workflows: Workflows, database: Database, clock: Clock, *, versions: Versions, turns: Turns
    ) -> None:
        self._workflows = workflows
        self._database = database
        self._clock = clock
        self._versions = versions
        self._turns = turns

    async def prioritize(self, title_id: str, priority: int) -> None:
        for seen in await self._versions.expect(title_id):
            if seen.is_at_work or (seen.run is not None and seen.run.state == "failed"):
                with suppress(Conflict):  # it has ended by itself just now
                    await self._workflows.prioritize(seen.version.run_id, priority)

    async def pause(self, title_id: str) -> None:
        async for seen in self._every(title_id):
            if seen.is_at_work:
                await self._hold(seen.version.run_id)

    async def cancel(self, title_id: str, edition: str | None = None) -> None:
        """All of it, or what this edition of it makes."""
        async for seen in self._every(title_id):
            if edition not in (None, seen.version.edition):
                continue
            if seen.is_at_work:
                # Held first: ended in the midst of beginning the next, it would leave a version that nobody makes.
                await self._hold(seen.version.run_id)
            if seen.is_at_work or seen.has_failed:
                await self.end(seen)

    async def end(self, seen: Seen) -> None:
        """With what failed once its release was out; the release stays, and so does the look that somebody should have at it."""
        for run_id in dict.fromkeys((seen.version.run_id, *seen.in_trouble)):
            with suppress(Conflict):  # it has ended by itself
                await self._workflows.cancel(run_id)
        if seen.version.ready_at is None:
            await self._database.write(lambda work: store.end_review(work, seen.version.run_id))

    async def resume(self, title_id: str, edition: str | None = None) -> None:
        """This edition, or of several the newest."""
        found = await self._versions.expect(title_id)
        stopped = [seen for seen in found if seen.status.state == "paused" or seen.has_failed]
        edition = edition or next((seen.version.edition for seen in stopped), None)
        if edition is None:
            return
        async with self._turns.taken(title_id, edition):
            await self.refuse_others(title_id, edition)
            for seen in stopped:
                if seen.version.edition == edition:
                    await self._resume(seen)

    async def _resume(self, seen: Seen) -> None:
        for run_id in dict.fromkeys((seen.version.run_id, *seen.in_trouble)):
            with suppress(Conflict):  # it has ended well; what followed it has not
                await self._workflows.resume(run_id)

    async def refuse_others(self, title_id: str, edition: str) -> None:
        for seen in await self._versions.of_title(title_id):
            if seen.will_make_more and seen.version.edition != edition:
                raise TitleBusy(title_id)

    async def _every(self, title_id: str) -> AsyncIterator[Seen]:
        """The oldest first, each looked at when it is its turn: of one whose release is out the next may just have begun."""
        met: set[str] = set()
        while left := [seen for seen in await self._versions.expect(title_id) if seen.version.run_id not in met]:
            met.add(left[-1].version.run_id)
            yield left[-1]

    async def _hold(self, run_id: str) -> None:
        """No further step of it begins. The one in which it begins the next journey is waited for, so that this is found."""
        with suppress(Conflict):  # it has ended by itself just now, or failed before
            await self._workflows.pause(run_id)
        for _ in range(_LOOKS_MAX):
            run = await self._workflows.status(run_id)
            if run is None or not run.is_advanced or run.stage != GOES_ON:
                return
            await self._clock.sleep(_LOOK_EVERY)
        raise NotYetStopped
