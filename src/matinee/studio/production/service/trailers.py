"""The trailers of a film: each a title that belongs to it, made by a journey of its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from matinee.engines.database.port import Database
from matinee.kernel.errors import Conflict
from matinee.kernel.ids import Ids
from matinee.kernel.log import logger
from matinee.studio.production import store
from matinee.studio.production.api import BadSidecar, SidecarTrailer, TitleBusy, TitleDesk, VersionStatus
from matinee.studio.production.model.orders import JourneyOrder
from matinee.studio.production.model.trailers import PREVIEW, called, trailer_metadata
from matinee.studio.production.store import Version

Begin = Callable[[JourneyOrder], Awaitable[VersionStatus]]
Delete = Callable[[str, str], Awaitable[None]]
"""A title, and why."""
_GONE = "Its film was published without it."
_log = logger("trailers")


class Trailers:
    def __init__(self, database: Database, ids: Ids, *, desk: TitleDesk, begin: Begin, delete: Delete) -> None:
        self._database = database
        self._ids = ids
        self._desk = desk
        self._begin = begin
        self._delete = delete

    async def settle(self, film: JourneyOrder, trailers: Sequence[SidecarTrailer], files: Mapping[str, str]) -> None:
        """These and no others. A trailer that cannot be had stops no film: its own journey says what is wrong."""
        wanted = [await self._settled(film, trailer, files[trailer.file]) for trailer in trailers]
        for version in await self.of(film.title_id):
            if version.title_id not in wanted:
                try:
                    await self._delete(version.title_id, _GONE)
                except (
                    Conflict
                ) as refusal:  # nobody sees it any more; it goes with the next publishing, or with its film
                    _log.warning("a trailer could not be deleted yet", title=version.title_id, reason=str(refusal))

    async def of(self, title_id: str) -> list[Version]:
        """Of each the newest version."""
        belonging = await self._database.read(lambda work: store.belonging(work, title_id))
        return [version for version in belonging if version.profile != PREVIEW]

    async def _settled(self, film: JourneyOrder, trailer: SidecarTrailer, sha256: str) -> str:
        told = trailer_metadata(film.metadata, film.title_id, trailer, sha256)
        title_id = await self._desk.title_for(told, belongs_to=film.title_id)
        order = replace(
            film,
            title_id=title_id,
            release_id=self._ids.new(),
            source_sha256=sha256,
            metadata=told,
            files={},
            makes_artwork=False,
            is_announced=False,
            belongs_to=film.title_id,
            called=called(film.metadata, told),
        )
        try:
            await self._begin(order)
        except TitleBusy as refusal:  # the same one is being made otherwise, and goes on
            _log.warning("a trailer could not be made anew", title=title_id, reason=str(refusal))
        return title_id


def refuse_twins(trailers: Sequence[SidecarTrailer], files: Mapping[str, str]) -> None:
    """Two that are the same to the bit would be one title."""
    seen: dict[str, str] = {}
    for trailer in trailers:
        other = seen.setdefault(files[trailer.file], trailer.file)
        if other != trailer.file:
            raise BadSidecar(f"The trailers {other!r} and {trailer.file!r} are the same. Leave one of them out.")
