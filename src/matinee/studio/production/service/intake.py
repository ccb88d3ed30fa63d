"""Intake: a master with what came beside it is checked, kept and described, and its journey begins."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids, parse_id
from matinee.kernel.quantities import to_epoch_ms
from matinee.studio.production.api import FileRef, IngestRequest, TitleBusy, TitleDesk, VersionStatus
from matinee.studio.production.model.orders import (
    JourneyOrder,
    check_priority,
    check_sidecar,
    check_words,
    codecs_for,
)
from matinee.studio.production.model.trailers import without_trailers
from matinee.studio.production.service.beginnings import LATER, Beginnings
from matinee.studio.production.service.claims import Claims, Hold
from matinee.studio.production.service.reins import Reins
from matinee.studio.production.service.returns import Returns
from matinee.studio.production.service.seasons import Seasons
from matinee.studio.production.service.sources import Sources
from matinee.studio.production.service.trailers import Trailers, refuse_twins
from matinee.studio.production.service.turns import Turns
from matinee.studio.production.service.uploads import Uploads
from matinee.studio.production.service.versions import Versions


class Intake:
    def __init__(
        self,
        files: Files,
        clock: Clock,
        ids: Ids,
        *,
        desk: TitleDesk,
        uploads: Uploads,
        sources: Sources,
        claims: Claims,
        turns: Turns,
        versions: Versions,
        reins: Reins,
        returns: Returns,
        seasons: Seasons,
        trailers: Trailers,
        beginnings: Beginnings,
    ) -> None:
        self._files = files
        self._clock = clock
        self._ids = ids
        self._desk = desk
        self._uploads = uploads
        self._sources = sources
        self._claims = claims
        self._turns = turns
        self._versions = versions
        self._reins = reins
        self._returns = returns
        self._seasons = seasons
        self._trailers = trailers
        self._beginnings = beginnings

    async def take_in(self, request: IngestRequest) -> VersionStatus:
        if not request.profiles:
            raise InvalidInput("Name at least one profile: fast or full.", field="profiles")
        metadata = request.metadata.settled()
        request = replace(request, metadata=metadata, codecs=codecs_for((*request.codecs, *metadata.codecs)))
        check_priority(request.priority)
        check_sidecar(request.metadata, request.files)
        if request.title_id is not None:
            check_words(request.metadata)
            await self._desk.expect(parse_id(request.title_id, what="title_id"))
            await self._refuse_while_busy(request.title_id, request.master)
        async with self._claims.taking_in() as hold:
            source = await self._keep(request.master, hold)
            files = {name: await self._keep(ref, hold) for name, ref in sorted(request.files.items())}
            refuse_twins(metadata.trailers or (), files)
            title_id = await self._described(request)
            film = self._film_order(request, title_id, source, files)
            async with self._turns.taken(title_id, film.edition):
                await self._reins.refuse_others(title_id, film.edition)
                await self._returns.hand_in(film)
                begun = await self._beginnings.begin(film)
                # What is said of a film may be corrected although nothing of it is made anew.
                await self._seasons.place(title_id, film.metadata, priority=request.priority)
                if metadata.trailers is not None:
                    last = replace(film, profile=request.profiles[-1], then=(), priority=film.priority + LATER)
                    await self._trailers.settle(last, metadata.trailers, files)
                return begun

    async def _described(self, request: IngestRequest) -> str:
        """Its title, which is called what is said now."""
        if request.title_id is None:
            return await self._desk.title_for(request.metadata)
        if request.metadata.names:
            await self._desk.describe(request.title_id, request.metadata)
        return request.title_id

    async def _refuse_while_busy(self, title_id: str, master: FileRef) -> None:
        """At once, rather than after the minutes that reading a master takes: one of another size is another one."""
        if (length := await self._length(master)) is None:
            return  # what is missing is said where it is read
        for seen in await self._versions.of_title(title_id):
            if seen.will_make_more and await self._sources.size(seen.version.source_sha256) not in (None, length):
                raise TitleBusy(title_id)

    def _film_order(self, request: IngestRequest, title_id: str, source: str, files: Mapping[str, str]) -> JourneyOrder:
        metadata = without_trailers(request.metadata)
        of_trailers = {trailer.file for trailer in request.metadata.trailers or ()}
        return JourneyOrder(
            title_id=title_id,
            release_id=self._ids.new(),
            profile=request.profiles[0],
            source_sha256=source,
            created_at_ms=to_epoch_ms(self._clock.now()),
            metadata=metadata,
            files={name: sha256 for name, sha256 in files.items() if name not in of_trailers},
            then=request.profiles[1:],
            priority=request.priority,
            is_announced=request.is_announced,
            sound_codecs=request.sound_codecs,
            codecs=request.codecs,
        )

    async def _length(self, ref: FileRef) -> int | None:
        if ref.upload_id is not None:
            return (await self._uploads.find(ref.upload_id)).length
        return None if ref.path is None else await self._files.size(Path(ref.path))

    async def _keep(self, ref: FileRef, hold: Hold) -> str:
        if ref.upload_id is not None:
            return await self._uploads.take_in(ref.upload_id, partial(self._sources.keep, is_ours=True), hold)
        if ref.path is not None:
            return await self._sources.keep(Path(ref.path), hold)
        raise InvalidInput("Name an upload to take the file from.", field="upload_id")
