"""The studio in this process: encoder, meter and packager as programs, production's workflow, and its three neighbors."""

import asyncio
import os
import platform
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from litestar.handlers import HTTPRouteHandler

from matinee.app.doors import Doors
from matinee.app.engines import Engines, open_encoder
from matinee.app.settings import Settings
from matinee.control.catalog.api import Artwork, Catalog, NewTitle, TitleType, Words
from matinee.control.catalog.api.ratings import RatingSystem
from matinee.control.discovery.api import Preparing
from matinee.control.drm.api import Drm
from matinee.engines.database.port import Schema
from matinee.engines.workflows.port import Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, MatineeError
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Span, seconds
from matinee.studio.encoding.service import EncodingService
from matinee.studio.packaging.api import TierKey
from matinee.studio.packaging.service import PackagingService
from matinee.studio.production import http as production_http
from matinee.studio.production import jobs as production_jobs
from matinee.studio.production import store as production_store
from matinee.studio.production.api import ArtworkMade, Metadata, PreparingTitle, Production
from matinee.studio.production.service import Hands, ProductionService, Sources
from matinee.studio.production.service.watching import WatchFolder
from matinee.wire.releases import Marker

SCHEMAS: list[Schema] = [production_store.SCHEMA]

_LOOK_AT_PROMISES, _TOLD_AGAIN = seconds(0.25), seconds(3)
_RATINGS = RatingSystem()
_TYPES: tuple[TitleType, ...] = ("movie", "series", "documentary", "special")
_BELONGING: tuple[TitleType, ...] = ("trailer", "preview")


@dataclass(frozen=True, slots=True)
class Promised:
    """Films that are on their way here, but have no master yet, such as those still being drawn; and by name, how much
    had been done for a film when its master was handed in."""

    films: tuple[Preparing, ...] = ()
    head_starts: Mapping[str, float] = field(default_factory=dict)


class StudioDoor(Protocol):
    """The studio as other processes see it."""

    @call(idempotent=True)
    async def preparing(self) -> Sequence[Preparing]:
        """What is being made, then what is promised."""
        ...

    @call(idempotent=True)
    async def note_promised(self, promised: Promised) -> None:
        """This is what is promised now, in place of what was before. Not kept: who promises says it again."""
        ...


class PromisingStudio(Protocol):
    """What the demonstration needs: to hand films in, and to promise those that are still being drawn."""

    @property
    def production(self) -> Production: ...

    def promise(self, name: str, stage: str, progress: float, *, rating: str) -> None: ...

    def end_promise(self, name: str, *, is_kept: bool) -> None: ...


class Promises:
    """Made in the process where the work is done, and kept in memory, so that work which is broken off leaves nothing."""

    def __init__(self) -> None:
        self.promised = Promised()

    def promise(self, name: str, stage: str, progress: float, *, rating: str) -> None:
        """Members may know of this film."""
        film = Preparing(name, stage, progress, _RATINGS.age(rating), is_announced=True)
        films = {p.name: p for p in self.promised.films} | {name: film}
        self.promised = replace(self.promised, films=tuple(films.values()))

    def end_promise(self, name: str, *, is_kept: bool) -> None:
        """The master is here, and what was done for it counts in the film's progress; or there will be none."""
        films, head_starts = self.promised.films, self.promised.head_starts
        ended = {p.name: p.progress for p in films if p.name == name and is_kept}
        self.promised = Promised(tuple(p for p in films if p.name != name), {**head_starts, **ended})


class RemoteStudio(Promises):
    """The studio in its own process. Promises are made here and shown there."""

    def __init__(self, production: Production, studio: StudioDoor, clock: Clock) -> None:
        super().__init__()
        self.production: Production = production
        self._studio = studio
        self._clock = clock

    async def keep_telling(self) -> None:
        """Until canceled: what has changed, and all of it now and then, for the studio may have been started again."""
        told, again = Promised(), 0.0
        while True:
            promised, now = self.promised, self._clock.monotonic()
            if promised != told or (promised != Promised() and now >= again):
                with suppress(MatineeError):  # told at the next look
                    await self._studio.note_promised(promised)
                    told, again = promised, now + _TOLD_AGAIN.total_seconds()
            await self._clock.sleep(_LOOK_AT_PROMISES)


class Studio(Promises):
    """Production, and what of it the rest of the house sees."""

    def __init__(self, production: Production, workflows: Workflows, watch: WatchFolder | None = None) -> None:
        super().__init__()
        self.production: Production = production
        self._workflows = workflows
        self._watch = watch

    async def run(self, *, workers: int, clock: Clock) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._workflows.run(workers=workers, name=worker_name()))
            for span, look in self._looks():
                group.create_task(production_jobs.every(span, look, clock))

    def _looks(self) -> Iterator[tuple[Span, Callable[[], Awaitable[None]]]]:
        yield production_jobs.LOOK_AT_UPLOADS, self.production.forget_idle_uploads
        yield production_jobs.LOOK_AT_DELETIONS, self.production.finish_deletions
        yield production_jobs.LOOK_AT_LEFTOVERS, self.production.clear_leftovers
        yield production_jobs.LOOK_AT_SOURCES, self.production.forget_unused_sources
        if self._watch is not None:
            yield production_jobs.LOOK_INTO_FOLDER, self._watch.look

    async def preparing(self) -> Sequence[Preparing]:
        made = {p.name: self._with_head_start(p) for p in await self.production.preparing()}
        return [*made.values(), *(p for p in self.promised.films if p.name not in made)]

    async def note_promised(self, promised: Promised) -> None:
        self.promised = promised

    def _with_head_start(self, title: PreparingTitle) -> Preparing:
        # Handed in a moment ago, and not yet said to be: then it is still promised.
        starts = {p.name: p.progress for p in self.promised.films} | dict(self.promised.head_starts)
        start = starts.get(title.name, 0.0)
        progress = round(start + (1 - start) * title.progress, 4)
        return Preparing(title.name, title.stage, progress, _RATINGS.age(title.rating), title.is_announced)

    def routes(self) -> list[HTTPRouteHandler]:
        return production_http.routes(self.production)


def open_encoding(doors: Doors, root: Path) -> EncodingService:
    """The encoding room alone: enough to look at a master."""
    return EncodingService(*open_encoder(doors), doors.files, root=root)


def worker_name() -> str:
    """By which operators know this process: machine and number, enough to find it in a list."""
    return f"{platform.node() or 'this machine'}:{os.getpid()}"


def open_hands(settings: Settings, doors: Doors, engines: Engines) -> Hands:
    """What a worker process lends: enough to do jobs, not to begin or to publish anything."""
    encoding = _encoding(settings, doors, engines)
    return Hands(encoding=encoding, sources=Sources(engines.blobs, doors.files, folder=settings.data / "sources"))


def _encoding(settings: Settings, doors: Doors, engines: Engines) -> EncodingService:
    return EncodingService(
        engines.encoder,
        engines.quality,
        doors.files,
        root=settings.data / "work" / "encoding",
        at_once=max(2, settings.workers),
        kept_bytes_max=settings.kept_chunks_gib << 30,
        faces=engines.faces,
    )


def open_studio(settings: Settings, doors: Doors, engines: Engines, *, catalog: Catalog, drm: Drm) -> Studio:
    production = ProductionService(
        engines.database,
        engines.workflows,
        engines.blobs,
        doors.files,
        doors.clock,
        doors.ids,
        encoding=_encoding(settings, doors, engines),
        packaging=PackagingService(engines.packager, engines.blobs, doors.files, _Keys(drm)),
        desk=_Titles(catalog),
        root=settings.data,
        review_one_in=settings.review_one_in,
    )
    watch = None if settings.watch is None else WatchFolder(production, doors.files, doors.clock, settings.watch)
    return Studio(production, engines.workflows, watch)


class _Keys:
    """Packaging's content keys are drm's."""

    def __init__(self, drm: Drm) -> None:
        self._drm = drm

    async def keys_for(self, release_id: str, tiers: Sequence[str]) -> Sequence[TierKey]:
        made = await self._drm.keys_for(ReleaseId(release_id), tiers)
        return [TierKey(k.tier, k.key_id, k.key) for k in made]

    async def forget(self, release_id: str) -> None:
        await self._drm.forget(ReleaseId(release_id))


class _Titles:
    """What production writes on the catalog's desk."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def title_for(self, metadata: Metadata, *, belongs_to: str | None = None) -> str:
        # Without a name of the maker's own, the title's name stands for it: publishing it again is a new version of it.
        external = metadata.id or f"name:{metadata.name}"
        new = _described(metadata, _TYPES if belongs_to is None else _BELONGING)
        above = None if belongs_to is None else TitleId(belongs_to)
        return await self._catalog.create(replace(new, external_id=external[:200], belongs_to=above))

    async def describe(self, title_id: str, metadata: Metadata) -> None:
        await self._catalog.describe(TitleId(title_id), _described(metadata, _TYPES))

    async def expect(self, title_id: str) -> None:
        found = await self._catalog.desk_title(TitleId(title_id))
        if found.title.belongs_to is not None and found.title.type != "episode":
            raise InvalidInput(
                f"{found.title.in_language('').name!r} is a trailer. Publish its film again, with the trailer named in its sidecar.",
                field="title_id",
            )

    async def remove(self, title_id: str) -> None:
        await self._catalog.remove(TitleId(title_id))

    async def hand_in(self, title_id: str, edition: str, releases: Sequence[str]) -> None:
        await self._catalog.hand_in(TitleId(title_id), edition, [ReleaseId(release) for release in releases])

    async def note_artwork(self, title_id: str, release_id: str, artwork: Sequence[ArtworkMade]) -> None:
        pictures = [Artwork(a.kind, a.key, a.shows) for a in artwork]
        await self._catalog.add_artwork(TitleId(title_id), ReleaseId(release_id), pictures)

    async def note_markers(self, title_id: str, source_sha256: str, markers: Sequence[Marker]) -> None:
        await self._catalog.note_markers(TitleId(title_id), source_sha256, markers)


def _described(metadata: Metadata, types: Sequence[TitleType]) -> NewTitle:
    kind = next((t for t in types if t == metadata.type), None)
    if kind is None:
        raise InvalidInput(f"{metadata.type!r} is not a type of title. Use one of {', '.join(types)}.")
    # The original comes first: by that catalog knows it.
    languages = sorted(metadata.names, key=lambda language: language != metadata.original)
    words = {name: Words(metadata.names[name], metadata.synopsis.get(name, "")) for name in languages}
    return NewTitle(kind, words, metadata.year, metadata.rating, metadata.genres, metadata.cast)
