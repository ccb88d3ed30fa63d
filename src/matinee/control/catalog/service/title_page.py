"""What a title's page says beside the title."""

from collections.abc import Mapping, Sequence

from matinee.control.catalog import store
from matinee.control.catalog.api import Catalog, Title, Viewer
from matinee.control.catalog.api.desk import Credit
from matinee.control.catalog.store import sheets
from matinee.engines.database.port import Database
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant


class TitlePageService:
    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    async def credits(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Sequence[Credit]:
        title = await self._catalog.title(viewer, title_id, at=at)
        found = await self._database.read(lambda work: sheets.credits_of(work, [title_id]))
        return found.get(title_id) or [Credit(name) for name in title.cast]

    async def series_of(self, viewer: Viewer, ids: Sequence[TitleId], *, at: Instant) -> Mapping[TitleId, Title]:
        above = await self._database.read(lambda work: store.series_of(work, ids))
        if not above:
            return {}
        seen = await self._catalog.visible(viewer, list(above), at=at)
        series = await self._catalog.several(viewer, list(dict.fromkeys(above.values())), at=at)
        return {i: series[s] for i, s in above.items() if seen[i].visible and s in series}
