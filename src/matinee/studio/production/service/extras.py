"""What a title gets once its first release is out: a preview, and markers found in its season.

A run of its own, for nothing waits for it: the journey has ended, and what goes wrong here takes no release away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matinee.engines.database.port import Database
from matinee.engines.workflows.port import Journal, Json, Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import to_epoch_ms
from matinee.studio.encoding.api import Encoding, Inspection
from matinee.studio.packaging.api import Packaging, WholeFile
from matinee.studio.production import store
from matinee.studio.production.api import TitleDesk
from matinee.studio.production.model.orders import JourneyOrder
from matinee.studio.production.model.trailers import PREVIEW, preview_metadata
from matinee.studio.production.service.kept import parsed
from matinee.studio.production.service.seasons import Seasons
from matinee.studio.production.service.sources import Sources
from matinee.studio.production.store import Version
from matinee.wire.encoding import to_plain
from matinee.wire.events import ReleaseReady

KIND = "make-extras"


@dataclass(frozen=True, slots=True)
class ExtrasOrder:
    journey: JourneyOrder
    inspection: Inspection


class Extras:
    def __init__(
        self,
        workflows: Workflows,
        database: Database,
        files: Files,
        clock: Clock,
        ids: Ids,
        *,
        encoding: Encoding,
        packaging: Packaging,
        sources: Sources,
        seasons: Seasons,
        desk: TitleDesk,
        folder: Path,
    ) -> None:
        self._workflows = workflows
        self._database = database
        self._files = files
        self._clock = clock
        self._ids = ids
        self._encoding = encoding
        self._packaging = packaging
        self._sources = sources
        self._seasons = seasons
        self._desk = desk
        self._folder = folder

    def enlist(self) -> None:
        self._workflows.define(KIND, self.make)

    async def begin(self, order: JourneyOrder, inspection: Inspection) -> Json:
        wanted = to_plain(ExtrasOrder(order, inspection))
        await self._workflows.start(KIND, extras_run(order.release_id), wanted, priority=order.priority)
        return None

    async def make(self, journal: Journal, payload: Mapping[str, Json]) -> Json:
        wanted = parsed(payload, ExtrasOrder)
        await journal.step("markers", lambda: self._markers(wanted))
        await journal.step("preview", lambda: self._preview(wanted))
        return None

    async def _markers(self, wanted: ExtrasOrder) -> Json:
        order = wanted.journey
        if await self._is_newest(order):
            source = str(await self._sources.local(order.source_sha256))
            await self._seasons.join(order, await self._encoding.outline(source, wanted.inspection))
        return None

    async def _preview(self, wanted: ExtrasOrder) -> Json:
        order = wanted.journey
        folder = self._folder / order.release_id
        await self._files.remove(folder)
        mine = folder / self._ids.new()
        made, source = mine / "preview.mp4", str(await self._sources.local(order.source_sha256))
        seconds = await self._encoding.preview(source, wanted.inspection, str(made))
        if seconds is not None and await self._is_newest(order):
            await self._announce(order, made, mine / "release", round(seconds * 1000))
        await self._files.remove(folder)
        return None

    async def _announce(self, order: JourneyOrder, made: Path, folder: Path, duration_ms: int) -> None:
        """It is a release of a title of its own, so that appliances get it as they get films."""
        version = await self._version(order)
        whole = WholeFile(
            release_id=version.release_id,
            title_id=version.title_id,
            created_at_ms=to_epoch_ms(version.created_at),
            profile=PREVIEW,
            source_sha256=order.source_sha256,
            duration_ms=duration_ms,
            path=str(made),
            folder=str(folder),
        )
        packaged = await self._packaging.show_whole(whole)
        ready = ReleaseReady(
            title_id=version.title_id,
            release_id=version.release_id,
            profile=PREVIEW,
            duration_ms=duration_ms,
            size_bytes=packaged.size_bytes,
            manifest_sha256=packaged.manifest_sha256,
            edition=version.edition,
        )
        now = self._clock.now()
        await self._database.write(lambda work: store.mark_ready(work, ready, at=now))

    async def _version(self, order: JourneyOrder) -> Version:
        """The preview's, the same however often this is tried."""
        told = preview_metadata(order.metadata, order.title_id)
        version = Version(
            release_id=self._ids.new(),
            title_id=await self._desk.title_for(told, belongs_to=order.title_id),
            run_id=extras_run(order.release_id),
            edition=order.source_sha256,
            source_sha256=order.source_sha256,
            profile=PREVIEW,
            name=told.name,
            report="",
            ready_at=None,
            created_at=self._clock.now(),
            belongs_to=order.title_id,
        )
        return await self._database.write(lambda work: store.add_version(work, version))

    async def _is_newest(self, order: JourneyOrder) -> bool:
        """A newer master's own extras are not to be written over."""
        versions = await self._database.read(lambda work: store.versions(work, order.title_id))
        return any(v.release_id == order.release_id and v.edition == versions[0].edition for v in versions)


def extras_run(release_id: str) -> str:
    """The run that follows a release's journey."""
    return f"extras-{release_id}"
