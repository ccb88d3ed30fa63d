"""Markers nobody wrote: found once a film is announced, for every episode of its season that a new one says more about.

What a film is known by is kept beside the masters, so no master is listened to twice. Every episode that comes, or whose place
is corrected, begins a run of its own, and the last of them sees the whole season.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from matinee.engines.blobs.port import BlobMissing, Blobs
from matinee.engines.database.port import Database
from matinee.engines.workflows.port import Journal, Json, Workflows
from matinee.kernel.ids import Ids
from matinee.studio.encoding.api import Encoding, Outline
from matinee.studio.production import store
from matinee.studio.production.api import Metadata, TitleDesk
from matinee.studio.production.model.orders import JourneyOrder
from matinee.studio.production.service.kept import parsed
from matinee.studio.production.store import Episode
from matinee.wire.encoding import from_json, to_json, to_plain
from matinee.wire.releases import Marker

KIND = "find-markers"
_RUNS = "markers-"


@dataclass(frozen=True, slots=True)
class MarkersFound:
    """Of the whole season, so that what a new episode corrects is told too."""

    episodes: tuple[Episode, ...]
    markers: tuple[tuple[Marker, ...], ...]


class Seasons:
    def __init__(
        self, workflows: Workflows, database: Database, blobs: Blobs, ids: Ids, *, encoding: Encoding, desk: TitleDesk
    ) -> None:
        self._workflows = workflows
        self._database = database
        self._blobs = blobs
        self._ids = ids
        self._encoding = encoding
        self._desk = desk

    def enlist(self) -> None:
        self._workflows.define(KIND, self.find)

    async def place(self, title_id: str, told: Metadata, *, priority: int) -> None:
        """Where the film stands, as its maker says now. What was corrected is searched again: the season that it left, and
        the one that it came to."""
        now = Episode(title_id, "", told.series, told.season, told.episode)
        before = await self._database.write(lambda work: store.place_episode(work, now))
        if before is None or not before.source_sha256 or replace(now, source_sha256=before.source_sha256) == before:
            return
        left = await self._season_of(before) if before.series is not None else ()
        for episode in (replace(now, source_sha256=before.source_sha256), *left[:1]):
            await self._search_again(episode, priority=priority)

    async def return_to(self, title_id: str, source_sha256: str, *, priority: int) -> None:
        """An earlier master of the film is its master again; what it sounds like is still known."""
        episode = await self._database.write(lambda work: store.return_to_master(work, title_id, source_sha256))
        if episode is not None:
            await self._search_again(episode, priority=priority)

    async def _search_again(self, episode: Episode, *, priority: int) -> None:
        run_id = f"{_RUNS}{episode.title_id}-{self._ids.new()}"
        await self._workflows.start(KIND, run_id, to_plain(episode), priority=priority)

    async def join(self, order: JourneyOrder, outline: Outline) -> None:
        """The film takes its place in its season, and the search for markers begins. Doing it again changes nothing."""
        await self._blobs.put(_key(order.source_sha256), to_json(outline))
        told = order.metadata
        ordered = Episode(order.title_id, order.source_sha256, told.series, told.season, told.episode)
        episode = await self._database.write(lambda work: store.join_season(work, ordered))
        await self._workflows.start(KIND, markers_run(order.release_id), to_plain(episode), priority=order.priority)

    async def runs_of(self, title_id: str) -> list[str]:
        """Every search that was begun for this title."""
        return [run.run_id for run in await self._workflows.runs(kind=KIND) if run.payload.get("title_id") == title_id]

    async def find(self, journal: Journal, payload: Mapping[str, Json]) -> Json:
        episode = parsed(payload, Episode)
        found = parsed(await journal.step("find", lambda: self._found(episode)), MarkersFound)
        await journal.step("tell", lambda: self._tell(episode, found))
        return None

    async def forget_source(self, source_sha256: str) -> None:
        await self._blobs.delete(_key(source_sha256))

    async def _found(self, episode: Episode) -> Json:
        episodes, outlines = [], []
        for one in await self._season_of(episode):
            with suppress(BlobMissing):  # its title was deleted meanwhile
                outlines.append(from_json(await self._blobs.get(_key(one.source_sha256)), Outline))
                episodes.append(one)
        markers = await self._encoding.season_markers(outlines)
        return to_plain(MarkersFound(tuple(episodes), tuple(markers)))

    async def _tell(self, episode: Episode, found: MarkersFound) -> Json:
        # Of two runs at once the one that began first knows less: it leaves the word to the other.
        if tuple(await self._season_of(episode)) == found.episodes:
            for one, markers in zip(found.episodes, found.markers, strict=True):
                await self._desk.note_markers(one.title_id, one.source_sha256, markers)
        return None

    async def _season_of(self, episode: Episode) -> Sequence[Episode]:
        return await self._database.read(lambda work: store.season_of(work, episode))


def markers_run(release_id: str) -> str:
    """The run that a release's journey begins."""
    return f"{_RUNS}{release_id}"


def _key(source_sha256: str) -> str:
    return f"outlines/{source_sha256}"
