"""The story of the home page: what this profile sees first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from matinee.control.catalog.api import Catalog, Title, Viewer
from matinee.control.catalog.api.title_page import TitlePage
from matinee.control.discovery.api import EpisodeProgress, Home, Placed, Preparing, StudioView
from matinee.control.discovery.model.page import build_rows
from matinee.control.members.api import Members
from matinee.control.viewing.api import Viewing, Watched
from matinee.kernel.clock import Clock
from matinee.kernel.ids import ProfileId, TitleId
from matinee.resilience.fallback import or_else

_TITLES_MAX = 300
_HISTORY_MAX = 2_000


class DiscoveryService:
    def __init__(
        self,
        catalog: Catalog,
        pages: TitlePage,
        members: Members,
        viewing: Viewing,
        studio: StudioView,
        clock: Clock,
    ) -> None:
        self._pages = pages
        self._catalog = catalog
        self._members = members
        self._viewing = viewing
        self._studio = studio
        self._clock = clock

    async def home(self, viewer: Viewer, profile_id: ProfileId, *, for_operator: bool = False) -> Home:
        """Only the catalog is a must: without the others the page is less personal, never blank."""
        now = self._clock.now()
        page = await self._catalog.titles(viewer, at=now, limit=_TITLES_MAX)
        no_titles: Sequence[TitleId] = ()
        nothing: Sequence[Watched] = ()
        none_preparing: Sequence[Preparing] = ()
        begun = await or_else(self._viewing.continue_watching(profile_id), nothing, name="home.viewing")
        begun = await self._as_entries(viewer, begun)
        listed = await or_else(self._members.watchlist(profile_id), no_titles, name="home.watchlist")
        preparing = await or_else(self._studio.preparing(), none_preparing, name="home.studio")
        progress = {w.title_id: w.progress for w in begun}
        newest = [Placed(t, progress.get(t.id)) for t in page.titles]
        by_id = {p.title.id: p for p in newest}
        older = [i for i in (*progress, *listed) if i not in by_id]
        if older:
            found = await self._catalog.several(viewer, older, at=now)
            by_id |= {i: Placed(title, progress.get(i)) for i, title in found.items()}
        rows = build_rows(
            [by_id[w.title_id] for w in begun if w.title_id in by_id],
            [by_id[i] for i in listed if i in by_id],
            newest,
        )
        promised = tuple(p for p in preparing if p.maturity <= viewer.maturity and (p.is_announced or for_operator))
        return Home(newest[0] if newest else None, rows, promised)

    async def continue_watching(self, viewer: Viewer, profile_id: ProfileId) -> Sequence[Placed]:
        begun = await self._as_entries(viewer, await self._viewing.continue_watching(profile_id))
        titles = await self._catalog.several(viewer, [w.title_id for w in begun], at=self._clock.now())
        return [Placed(titles[w.title_id], w.progress) for w in begun if w.title_id in titles]

    async def watchlist(self, viewer: Viewer, profile_id: ProfileId) -> Sequence[Placed]:
        """The list and its titles are a must; how far each was watched is not."""
        nothing: Sequence[Watched] = ()
        listed = await self._members.watchlist(profile_id)
        titles = await self._catalog.several(viewer, listed, at=self._clock.now())
        begun = await or_else(self._viewing.continue_watching(profile_id), nothing, name="watchlist.viewing")
        begun = await self._as_entries(viewer, begun)
        progress = {w.title_id: w.progress for w in begun}
        return [Placed(titles[i], progress.get(i)) for i in listed if i in titles]

    async def episodes(self, viewer: Viewer, profile_id: ProfileId, title_id: TitleId) -> Sequence[EpisodeProgress]:
        await self._catalog.title(viewer, title_id, at=self._clock.now())
        parts = await self._catalog.belonging(viewer, title_id, at=self._clock.now())
        mine = {part.id for part in parts if part.type == "episode"}
        watched = await self._viewing.history(profile_id, limit=_HISTORY_MAX)
        return [EpisodeProgress(w.title_id, w.progress, w.at) for w in watched if w.title_id in mine]

    async def _as_entries(self, viewer: Viewer, begun: Sequence[Watched]) -> Sequence[Watched]:
        """An episode stands in no row: its series does, as far as the episode that was watched last."""
        if not begun:
            return begun
        nothing: Mapping[TitleId, Title] = {}
        asked = self._pages.series_of(viewer, [w.title_id for w in begun], at=self._clock.now())
        series = await or_else(asked, nothing, name="rows.series")
        found: dict[TitleId, Watched] = {}
        for watched in begun:
            entry = series[watched.title_id].id if watched.title_id in series else watched.title_id
            found.setdefault(entry, replace(watched, title_id=entry))
        return list(found.values())
