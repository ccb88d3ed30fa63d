"""The fleet, kept in sight: what appliances said last, by the cache that all instances share, and what was written since."""

import asyncio
from collections.abc import Collection

from matinee.control.steering import store
from matinee.control.steering.model.atlas import Atlas
from matinee.control.steering.model.contents import completed
from matinee.control.steering.model.snapshot import Server, Snapshot
from matinee.control.steering.model.standing import Heard, heard
from matinee.control.steering.service.blaming import Blaming
from matinee.control.steering.service.counts import Counts
from matinee.control.steering.service.fleet import Fleet
from matinee.control.steering.service.holders import Holders
from matinee.control.steering.service.placing import Placing
from matinee.control.steering.service.purging import Purging
from matinee.control.steering.service.revoked import SessionsRevoked
from matinee.control.steering.service.rollouts import Rollouts
from matinee.control.steering.service.routes import RoutesHeard
from matinee.control.steering.service.words import Words
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import minutes
from matinee.wire.health import HealthReport

_REPORT_KEPT = minutes(10)
_FLEET_KEPT_SECONDS = 0.5
"""As often as an appliance reports, and oftener than anyone would notice."""


class Watch:
    def __init__(
        self,
        database: Database,
        cache: Cache,
        clock: Clock,
        *,
        purging: Purging,
        routes: RoutesHeard,
        placing: Placing,
        counts: Counts,
        revoked: SessionsRevoked,
        rollouts: Rollouts,
        blaming: Blaming,
        outside: Collection[Server],
    ) -> None:
        self._database = database
        self._cache = cache
        self._clock = clock
        self._purging = purging
        self._routes = routes
        self._rollouts = rollouts
        self._blaming = blaming
        self._outside = outside
        self._looks = (routes.look, placing.look, counts.look, revoked.look, rollouts.look, blaming.look)
        self._words = Words()
        self._holders = Holders()
        self._kept: Fleet | None = None
        self._seen: Fleet | None = None
        """By the last look, whatever was written since."""
        self._looks_begun = 0
        self._looking = asyncio.Lock()
        self._writes = 0
        self._atlas: Atlas | None = None

    async def hear(self, report: HealthReport) -> tuple[Heard, Fleet]:
        """A report as it is understood, and the fleet that knows of it."""
        key = _key(report.appliance_id)
        before = await self._cache.get(key)
        last = self._words.read(report.appliance_id, before)
        whole = completed(report, None if last is None else last.report)
        said = heard(whole, last, at=self._clock.now())
        await self._cache.put(key, self._words.spell(said), ttl=_REPORT_KEPT)
        if before is None:
            await self._database.write(lambda work: store.put_appliance(work, said.report))
        fleet = await self.fleet()  # not anew for this one: after a restart all of them come at once
        fleet.hear(said)
        return said, fleet

    async def fleet(self) -> Fleet:
        if (kept := self._fresh()) is not None:
            return kept
        due = self._looks_begun + 1
        async with self._looking:  # one looks for all who wait: a fleet reports at the same time
            # Also where the look took longer than what is seen stays good: else each of thousands would look anew, in turn.
            if self._seen is not None and self._looks_begun >= due:
                return self._seen
            return self._fresh() or await self._look()

    async def snapshot(self) -> Snapshot:
        snapshot = (await self.fleet()).snapshot(at=self._clock.now(), atlas=self._atlas)
        self._atlas = snapshot.atlas
        return snapshot

    def forget(self) -> None:
        """Something was written: this process decides by it at once; the others, a moment later."""
        self._kept = None
        self._writes += 1

    def _fresh(self) -> Fleet | None:
        kept = self._kept
        return kept if kept is not None and self._clock.monotonic() < kept.until_s else None

    async def _look(self) -> Fleet:
        self._looks_begun, self._seen = self._looks_begun + 1, None
        now_s, writes, after = self._clock.monotonic(), self._writes, self._purging.last
        known, wanted, fresh = await self._database.read(
            lambda work: (store.appliances(work), store.wanted(work), store.stones_after(work, after))
        )
        self._purging.take(fresh)
        kept = [await self._cache.get(_key(k.id)) for k in known]
        read = (self._words.read(k.id, each) for k, each in zip(known, kept, strict=True))
        said = {h.report.appliance_id: h for h in read if h is not None}
        for look in self._looks:
            await look()
        self._routes.keep_only((each, words.report.routes_epoch) for each, words in said.items())
        # What was written meanwhile may not be in it: then it is good for who waits for it now, and for nobody later.
        until_s = now_s + _FLEET_KEPT_SECONDS if writes == self._writes else now_s
        self._kept = self._seen = Fleet(
            until_s,
            known,
            said,
            wanted,
            self._purging,
            self._blaming,
            self._holders,
            self._outside,
            self._rollouts.away,
        )
        return self._kept


def _key(appliance_id: str) -> str:
    return f"heard:{appliance_id}"
