"""Viewing's rows: one per profile and title, ordered by event time."""

from matinee.control.viewing.api import Watched
from matinee.engines.rows.port import Row, Rows
from matinee.kernel.ids import ProfileId, TitleId
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json

_POSITIONS = "positions"


class ViewingStore:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def put(self, profile_id: ProfileId, watched: Watched) -> None:
        row = Row(_POSITIONS, profile_id, watched.title_id, to_json(watched), watched.at)
        await self._rows.put([row])

    async def get(self, profile_id: ProfileId, title_id: TitleId) -> Watched | None:
        row = await self._rows.get(_POSITIONS, profile_id, title_id)
        return None if row is None else from_json(row.value, Watched)

    async def every(self, profile_id: ProfileId) -> list[Watched]:
        """Latest first."""
        rows = await self._rows.scan(_POSITIONS, profile_id, limit=10_000)
        return sorted((from_json(r.value, Watched) for r in rows), key=lambda w: w.at, reverse=True)

    async def delete(self, profile_id: ProfileId, title_id: TitleId, *, at: Instant) -> None:
        await self._rows.delete(_POSITIONS, profile_id, title_id, at=at)

    async def forget(self, profile_id: ProfileId) -> None:
        await self._rows.delete_partition(_POSITIONS, profile_id)
