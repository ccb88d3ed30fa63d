"""Returns: a master that was taken in before is handed in again. Nothing is made anew; what was made of it comes back."""

from matinee.engines.database.port import Database, Work
from matinee.studio.production import store
from matinee.studio.production.api import TitleDesk
from matinee.studio.production.model.orders import JourneyOrder
from matinee.studio.production.model.trailers import PREVIEW
from matinee.studio.production.service.seasons import Seasons
from matinee.studio.production.service.versions import Versions
from matinee.studio.production.store import Version


class Returns:
    def __init__(self, database: Database, *, versions: Versions, seasons: Seasons, desk: TitleDesk) -> None:
        self._database = database
        self._versions = versions
        self._seasons = seasons
        self._desk = desk

    async def hand_in(self, order: JourneyOrder) -> None:
        """Tell the desk, before anything is begun. Whoever hands in what is under way has only come back to it, as after a
        crash: that undoes nothing that a person did since."""
        seen = [each for each in await self._versions.of_title(order.title_id) if each.version.edition == order.edition]
        if any(each.will_make_more for each in seen):
            return
        made = [each.version.release_id for each in seen if each.version.ready_at is not None]
        await self._desk.hand_in(order.title_id, order.edition, made)
        if made:
            await self._seasons.return_to(order.title_id, order.source_sha256, priority=order.priority)
        for preview in await self._database.read(lambda work: _previews(work, order)):
            await self._desk.hand_in(preview.title_id, preview.edition, [preview.release_id])


def _previews(work: Work, order: JourneyOrder) -> list[Version]:
    """Those that were cut from this master."""
    return [
        version
        for part in store.belonging(work, order.title_id)
        if part.profile == PREVIEW
        for version in store.versions(work, part.title_id)
        if version.source_sha256 == order.source_sha256 and version.ready_at is not None
    ]
