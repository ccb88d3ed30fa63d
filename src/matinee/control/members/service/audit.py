"""The stories of the audit trail."""

from matinee.control.members import store as accounts
from matinee.control.members.api.audit import KEPT_DAYS, Act, ActorName, NamedTrail, Sought, Trail
from matinee.control.members.store import audit as store
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import days

_PAGE_MAX = 200


class AuditService:
    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def begin(self, act: Act) -> str:
        entry_id, now = self._ids.new(), self._clock.now()
        await self._database.write(lambda work: store.insert(work, entry_id, act, at=now))
        return entry_id

    async def finish(self, entry_id: str, status: int) -> None:
        await self._database.write(lambda work: store.finish(work, entry_id, status))

    async def trail(self, sought: Sought, *, limit: int = 50, cursor: int | None = None) -> NamedTrail:
        if not 1 <= limit <= _PAGE_MAX:
            raise InvalidInput(f"Ask for 1 to {_PAGE_MAX} entries at a time.", field="limit")

        def read(work: Work) -> NamedTrail:
            found = store.entries(work, sought, limit=limit + 1, before=cursor)
            page = found[:limit]
            trail = Trail(tuple(page), page[-1].number if len(found) > limit else None)
            actors = dict.fromkeys(entry.act.actor for entry in page if entry.act.actor is not None)
            known = (accounts.account(work, actor) for actor in actors)
            return NamedTrail(trail, tuple(ActorName(account.id, account.email) for account in known if account))

        return await self._database.read(read)

    async def forget_old(self) -> None:
        before = self._clock.now() - days(KEPT_DAYS)
        await self._database.write(lambda work: store.forget(work, before=before))
