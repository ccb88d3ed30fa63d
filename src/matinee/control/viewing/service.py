"""The stories of viewing: a position is kept, found again, and listed."""

from collections.abc import Sequence

from matinee.control.viewing.api import Watched
from matinee.control.viewing.model.resume import is_begun, is_finished, resume_at
from matinee.control.viewing.store import ViewingStore
from matinee.engines.rows.port import Rows
from matinee.kernel.ids import ProfileId, TitleId
from matinee.wire.encoding import to_json
from matinee.wire.events import Envelope, ProfileRemoved, unseal


class ViewingService:
    def __init__(self, rows: Rows) -> None:
        self._store = ViewingStore(rows)

    async def record(self, profile_id: ProfileId, watched: Watched) -> None:
        await self._store.put(profile_id, watched)

    async def resume_ms(self, profile_id: ProfileId, title_id: TitleId) -> int:
        found = await self._store.get(profile_id, title_id)
        return 0 if found is None else resume_at(found.position_ms, found.duration_ms)

    async def continue_watching(self, profile_id: ProfileId, *, limit: int = 20) -> Sequence[Watched]:
        every = await self._store.every(profile_id)
        open_ones = [w for w in every if _is_open(w)]
        return open_ones[:limit]

    async def history(self, profile_id: ProfileId, *, limit: int = 100) -> Sequence[Watched]:
        return (await self._store.every(profile_id))[:limit]

    async def forget(self, profile_id: ProfileId) -> None:
        await self._store.forget(profile_id)

    async def account_data(self, profile_ids: Sequence[ProfileId]) -> str:
        return to_json({profile: await self._store.every(profile) for profile in profile_ids}).decode()

    async def note(self, envelope: Envelope) -> None:
        if envelope.type == ProfileRemoved.type:
            await self.forget(ProfileId(unseal(envelope, ProfileRemoved).profile_id))


def _is_open(watched: Watched) -> bool:
    begun = is_begun(watched.position_ms, watched.duration_ms)
    return begun and not is_finished(watched.position_ms, watched.duration_ms)
