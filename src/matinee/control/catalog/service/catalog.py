"""The stories of catalog: who sees what, and which release a title points to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cachebox import LRUCache

from matinee.control.catalog import store
from matinee.control.catalog.api import (
    Artwork,
    DeskTitle,
    NewTitle,
    NothingToRollBack,
    NotYetPlayable,
    Openings,
    Page,
    Playable,
    ReleaseNote,
    ReleaseShelf,
    ReleaseUnknown,
    Title,
    TitleNotFound,
    Verdict,
    Viewer,
    Window,
    Words,
)
from matinee.control.catalog.api.finding import Look
from matinee.control.catalog.api.ratings import RatingSystem
from matinee.control.catalog.model.current import choose, earlier, shown
from matinee.control.catalog.model.markers import FoundMarkers, with_found
from matinee.control.catalog.model.openings import openings
from matinee.control.catalog.model.reasons import refusal
from matinee.control.catalog.model.visibility import judge, rights_of, visible_until
from matinee.control.catalog.model.windows import check, is_past
from matinee.control.catalog.service.finding import FindingService
from matinee.control.catalog.service.found_by import documents
from matinee.control.catalog.store.windows import all_windows, put_windows
from matinee.engines.database.port import Database, Work
from matinee.engines.search.port import Search
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import Ids, ReleaseId, TitleId
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json
from matinee.wire.events import Envelope, ReleasePlaced, ReleasePublished, ReleaseReady, TitleChanged, unseal
from matinee.wire.releases import Marker, Release

_RELEASES_KEPT = 256
_NAME_LENGTH_MAX = 1_000
"""Far more than the desk lets anybody write: masters that came in long ago may bring long ones."""


class CatalogService:
    def __init__(self, database: Database, search: Search, shelf: ReleaseShelf, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._search = search
        self._shelf = shelf
        self._clock = clock
        self._ids = ids
        self._finding = FindingService(database, search)
        self._ratings = RatingSystem()
        # Releases are immutable, so a decoded one may be kept as long as there is room.
        self._releases: LRUCache[str, Release] = LRUCache(_RELEASES_KEPT)

    async def visible(self, viewer: Viewer, ids: Sequence[TitleId], *, at: Instant) -> Mapping[TitleId, Verdict]:
        rights = await self._database.read(lambda work: store.rights(work, ids))
        return {
            i: judge(viewer, rights[i], at=at) if i in rights else Verdict(False, "unknown") for i in dict.fromkeys(ids)
        }

    async def title(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Title:
        found = await self._known(title_id)
        verdict = judge(viewer, rights_of(found), at=at)
        if not verdict.visible:
            raise refusal(verdict, viewer)
        return found

    async def titles(self, viewer: Viewer, *, at: Instant, limit: int = 100, cursor: str | None = None) -> Page:
        every = await self._database.read(lambda work: store.entries(work, state="available"))
        seen = [t for t in every if judge(viewer, rights_of(t), at=at).visible]
        start = next((n + 1 for n, t in enumerate(seen) if t.id == cursor), 0) if cursor else 0
        page = seen[start : start + limit]
        return Page(tuple(page), page[-1].id if start + limit < len(seen) else None)

    async def several(self, viewer: Viewer, ids: Sequence[TitleId], *, at: Instant) -> Mapping[TitleId, Title]:
        found = await self._seen(viewer, list(dict.fromkeys(ids)), at=at)
        return {t.id: t for t in found if t.belongs_to is None}

    async def parts(self, title_id: TitleId) -> Sequence[TitleId]:
        return [part.id for part in await self._database.read(lambda work: store.belonging(work, title_id))]

    async def belonging(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Sequence[Title]:
        found = await self._database.read(lambda work: store.belonging(work, title_id))
        return [t for t in found if judge(viewer, rights_of(t), at=at).visible]

    async def preview(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Release | None:
        title = await self.title(viewer, title_id, at=at)
        belonging = await self.belonging(viewer, title_id, at=at)
        of_preview = next((part.id for part in belonging if part.type == "preview" and part.current_release), None)
        if of_preview is None or title.current_release is None:
            return None
        shown = await self.release(title.current_release)
        placed = await self._database.read(lambda work: store.placed_releases(work, of_preview))
        # One at a time: mostly the newest is the one.
        for note in placed:
            if (preview := await self.release(note.release_id)).source_sha256 == shown.source_sha256:
                return preview
        return None

    async def _seen(self, viewer: Viewer, ids: Sequence[TitleId], *, at: Instant) -> list[Title]:
        found = await self._database.read(lambda work: store.titles(work, ids))
        return [t for t in found if judge(viewer, rights_of(t), at=at).visible]

    async def search(self, viewer: Viewer, text: str, *, at: Instant, limit: int = 20) -> Sequence[Title]:
        return list((await self._finding.find(viewer, Look(text, limit=limit), at=at)).titles)

    async def playable(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Playable:
        title = await self._played(viewer, title_id, at=at)
        if title.current_release is None:
            raise NotYetPlayable(f"{title.in_language(viewer.language).name} cannot be played yet. Try again soon.")
        release = await self.release(title.current_release)
        found = await self._database.read(lambda work: store.found_markers(work, title.id))
        until = visible_until(viewer, rights_of(title), at=at)
        return Playable(title, with_found(release, found), until)

    async def _played(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Title:
        title = await self.title(viewer, title_id, at=at)
        if title.type != "series":
            return title
        parts = await self._database.read(lambda work: store.episodes(work, title_id))
        return next((part for part in parts if judge(viewer, rights_of(part), at=at).visible), title)

    async def release(self, release_id: ReleaseId) -> Release:
        if (known := self._releases.get(release_id)) is not None:
            return known
        if await self._database.read(lambda work: store.release_hash(work, release_id)) is None:
            raise ReleaseUnknown("There is no such release.", release_id=release_id)
        release = from_json(await self._shelf.release_json(release_id), Release, what="release.json")
        self._releases[release_id] = release
        return release

    async def create(self, new: NewTitle) -> TitleId:
        new, fresh, now = _checked(new), TitleId(self._ids.new()), self._clock.now()
        age = self._age(new)
        series = None if new.series is None else (TitleId(self._ids.new()), _series_of(new))

        def work(work: Work) -> TitleId:
            if new.external_id and (known := store.find_external(work, new.external_id)):
                _expect_same_kind(store.titles(work, [known]), new)
                store.describe(work, known, new, maturity=age)
                return known
            placed = new
            if series is not None:
                above = store.find_external(work, new.series or "")
                if above is None:
                    above = series[0]
                    store.insert(work, above, series[1], maturity=self._ratings.age(new.rating), at=now)
                placed = replace(new, belongs_to=above)
            if placed.belongs_to is not None:
                _expect_above(store.titles(work, [placed.belongs_to]), placed)
            store.insert(work, fresh, placed, maturity=age, at=now)
            return fresh

        return await self._database.write(work)

    async def describe(self, title_id: TitleId, new: NewTitle) -> None:
        known = await self._known(title_id)
        new = _checked(replace(new, type="episode") if known.type == "episode" else new)
        age = self._age(new)
        await self._database.write(lambda work: store.describe(work, title_id, new, maturity=age))

    def _age(self, new: NewTitle) -> int:
        """What its rating means. An episode that has none is rated as its series is."""
        is_unsaid = new.type == "episode" and new.rating.upper() not in self._ratings.ages
        return 0 if is_unsaid else self._ratings.age(new.rating)

    async def add_artwork(self, title_id: TitleId, release_id: ReleaseId, artwork: Sequence[Artwork]) -> None:
        await self._database.write(lambda work: store.put_artwork(work, title_id, release_id, artwork))

    async def note_markers(self, title_id: TitleId, source_sha256: str, markers: Sequence[Marker]) -> None:
        await self._known(title_id)
        found = FoundMarkers(source_sha256, tuple(markers))
        await self._database.write(lambda work: store.put_markers(work, title_id, found))

    async def set_rights(self, title_id: TitleId, windows: Sequence[Window]) -> None:
        check(windows)
        title = await self._known(title_id)
        if title.belongs_to is not None and title.type != "episode":
            above = title.belongs_to.title_id
            raise InvalidInput(
                f"This is a {title.type}, and the rights of its film decide who sees it. Set those of {above}.",
                field="title_id",
                belongs_to=above,
            )
        is_available, now = title.state == "available", self._clock.now()
        await self._database.write(lambda work: put_windows(work, title_id, windows, is_available=is_available, at=now))
        await self._index(title_id)

    async def openings(self, countries: Sequence[str], *, since: Instant, at: Instant, until: Instant) -> Openings:
        windows, parts = await self._database.read(
            lambda work: (store.with_episodes(work, all_windows(work)), store.all_parts(work))
        )
        return openings(windows, parts, countries, since=since, at=at, until=until)

    async def hand_in(self, title_id: TitleId, edition: str, releases: Sequence[ReleaseId]) -> None:
        await self._known(title_id)
        now = self._clock.now()

        def work(work: Work) -> None:
            store.hand_in(work, title_id, edition, releases, at=now)
            _advance(work, title_id, lambda release: release.edition == edition, at=now)

        await self._database.write(work)
        await self._index(title_id)

    async def publish(self, title_id: TitleId, release_id: ReleaseId | None = None) -> None:
        known, now = await self._known(title_id), self._clock.now()

        def work(work: Work) -> None:
            if known.type == "series" and release_id is None:
                if not store.show_series(work, title_id):
                    raise NotYetPlayable("None of its episodes can be watched yet, so the series cannot be published.")
                return
            standing, placed = store.standing(work, title_id), store.placed_releases(work, title_id)
            if release_id is None:
                choice = standing.choice if standing.is_withdrawn else None
                found = shown(placed, choice)
            else:
                found = next((release for release in placed if release.release_id == release_id), None)
                choice = None if found is None else choose(placed, found)
            if found is None:
                raise NotYetPlayable("No edge appliance holds this release yet, so it cannot be published.")
            store.point_to(work, title_id, found, choice, at=now)

        await self._database.write(work)
        await self._index(title_id)

    async def roll_back(self, title_id: TitleId) -> ReleaseId:
        await self._known(title_id)
        now = self._clock.now()

        def work(work: Work) -> ReleaseNote:
            # Which release is current is asked here: another may have become so since.
            placed = store.placed_releases(work, title_id)
            found = earlier(placed, store.standing(work, title_id).current)
            if found is None:
                raise NothingToRollBack("There is no release of an earlier master of this title to go back to.")
            store.point_to(work, title_id, found, choose(placed, found), at=now)
            return found

        return (await self._database.write(work)).release_id

    async def withdraw(self, title_id: TitleId) -> None:
        await self._known(title_id)
        now = self._clock.now()
        await self._database.write(lambda work: store.withdraw(work, title_id, at=now))
        await self._search.remove([title_id])

    async def remove(self, title_id: TitleId) -> None:
        now = self._clock.now()

        def work(work: Work) -> None:
            for part in store.belonging(work, title_id):
                store.remove(work, part.id, at=now)
            store.remove(work, title_id, at=now)

        await self._database.write(work)
        await self._search.remove([title_id])

    async def desk(self) -> Sequence[DeskTitle]:
        return await self._database.read(store.desk)

    async def desk_title(self, title_id: TitleId) -> DeskTitle:
        found = await self._database.read(lambda work: store.desk_titles(work, [title_id]))
        if not found:
            raise TitleNotFound
        return found[0]

    async def note(self, envelope: Envelope) -> None:
        if envelope.type == ReleaseReady.type:
            ready = unseal(envelope, ReleaseReady)
            await self._database.write(lambda work: store.record_release(work, ready, at=envelope.at))
        elif envelope.type == ReleasePlaced.type:
            placed = unseal(envelope, ReleasePlaced)
            await self._database.write(lambda work: _place(work, placed, at=envelope.at))
            await self._index(TitleId(placed.title_id))
        elif envelope.type in (TitleChanged.type, ReleasePublished.type):
            await self._index(TitleId(envelope.key))

    async def reindex(self) -> None:
        for desk in await self.desk():
            await self._index(desk.title.id)

    async def artwork(self, viewer: Viewer, title_id: TitleId, name: str, *, at: Instant) -> bytes:
        title = await self.title(viewer, title_id, at=at)
        for picture in title.artwork:
            if picture.key.rsplit("/", 1)[-1] == name:
                return await self._shelf.picture(picture.key)
        raise TitleNotFound

    async def _known(self, title_id: TitleId) -> Title:
        found = await self._database.read(lambda work: store.titles(work, [title_id]))
        if not found:
            raise TitleNotFound
        return found[0]

    def _is_over(self, title: Title) -> bool:
        return bool(title.windows) and all(is_past(window, self._clock.now()) for window in title.windows)

    async def _index(self, title_id: TitleId) -> None:
        found = await self._database.read(lambda work: store.titles(work, [title_id]))
        if not found or found[0].state != "available" or found[0].belongs_to is not None or self._is_over(found[0]):
            await self._search.remove([title_id])
            return
        aliases = await self._database.read(lambda work: store.aliases_of(work, title_id))
        await self._search.put(documents(found[0], aliases))


def _checked(new: NewTitle) -> NewTitle:
    if not new.words or not all(w.name.strip() for w in new.words.values()):
        raise InvalidInput("A title needs a name in at least one language.", field="words")
    if any(len(w.name) > _NAME_LENGTH_MAX for w in new.words.values()):
        raise InvalidInput(f"A title's name has at most {_NAME_LENGTH_MAX} characters.", field="words")
    if new.series is not None and not new.series.strip():
        raise InvalidInput("An episode names its series.", field="series")
    # A genre that is named twice would put the film into its row twice.
    return replace(new, genres=tuple(dict.fromkeys(new.genres)))


def _expect_above(found: Sequence[Title], new: NewTitle) -> None:
    if not found:
        raise TitleNotFound
    if new.type == "episode" and found[0].type != "series":
        raise InvalidInput("An episode belongs to a series, and this is none.", field="belongs_to")
    if new.type == "episode" and not (new.season and new.episode):
        raise InvalidInput("An episode has a season and a number, from 1.", field="episode")


def _expect_same_kind(found: Sequence[Title], new: NewTitle) -> None:
    if found and (found[0].type == "episode") != (new.type == "episode"):
        raise InvalidInput(
            f"This name is that of a {found[0].type}, which cannot become a {new.type}. Give it an id of its own.",
            field="id",
        )


def _series_of(new: NewTitle) -> NewTitle:
    """As its first episode speaks of it. The desk writes the rest."""
    words = {next(iter(new.words)): Words(new.series or "")}
    return NewTitle("series", words, rating=new.rating, external_id=new.series)


def _place(work: Work, placed: ReleasePlaced, *, at: Instant) -> None:
    """A release is held by an edge: viewers get it, unless they are to get another."""
    if store.mark_placed(work, placed.release_id):
        _advance(work, TitleId(placed.title_id), lambda release: release.release_id == placed.release_id, at=at)


def _advance(work: Work, title_id: TitleId, is_meant: Callable[[ReleaseNote], bool], *, at: Instant) -> None:
    """Publish what viewers are to get by now, where it is what this is about."""
    standing = store.standing(work, title_id)
    if not standing.publishes_itself:
        return
    found = shown(store.placed_releases(work, title_id), standing.choice)
    if found is not None and is_meant(found) and found.release_id != standing.current:
        store.point_to(work, title_id, found, None, at=at)
