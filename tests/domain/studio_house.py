"""A studio of real parts in one folder, for tests: the same wiring in a test and in a child that is killed."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid5

from matinee.control.catalog.api import TitleNotFound
from matinee.engines.blobs.folder import FolderBlobs
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.in_loop import StandInEncoder
from matinee.engines.encoder.port import Encoder
from matinee.engines.encoder.stand_in import StandIn, StandInSound, master
from matinee.engines.packager.in_loop import StandInPackager
from matinee.engines.packager.port import Packager
from matinee.engines.packager.shaka import ShakaPackager
from matinee.engines.quality.in_loop import StandInQuality
from matinee.engines.quality.port import Quality
from matinee.engines.quality.vmaf import VmafQuality
from matinee.engines.workflows.durable import DurableWorkflows
from matinee.engines.workflows.port import Json, Lease
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import Files, SystemFiles
from matinee.kernel.ids import Ids
from matinee.kernel.processes import Child, Command, Finished, SystemProcesses
from matinee.kernel.quantities import Span, seconds
from matinee.studio.encoding.service import EncodingService
from matinee.studio.packaging.api import TierKey
from matinee.studio.packaging.service import PackagingService
from matinee.studio.production.api import ArtworkMade, FileRef, IngestRequest, Metadata, VersionStatus
from matinee.studio.production.service import Hands, ProductionService, Sources
from matinee.studio.production.store import SCHEMA
from matinee.wire.encoding import from_json
from matinee.wire.releases import RELEASE_FILE, Marker, Release
from tests.databases import migrated

TITLE = "01a1fcc8-d294-7b94-9f37-1e199d59939e"
OTHER = "01a1fcc8-d294-7b94-9f37-1e199d59939b"
OVER = ("ready", "failed", "canceled")


class SteadyKeys:
    """Content keys as drm gives them: the same at every asking."""

    async def keys_for(self, release_id: str, tiers: Sequence[str]) -> Sequence[TierKey]:
        return [TierKey(tier, key_id_of(release_id, tier), key_of(release_id, tier)) for tier in tiers]

    async def forget(self, release_id: str) -> None:
        """They follow from the release's name."""


def key_id_of(release_id: str, tier: str) -> str:
    return hashlib.md5(f"id {release_id} {tier}".encode()).hexdigest()


def key_of(release_id: str, tier: str) -> bytes:
    return hashlib.md5(f"key {release_id} {tier}".encode()).digest()


@dataclass
class Desk:
    """The catalog's desk: one title for every name, but for those that bring their own, and for each trailer."""

    artwork: list[ArtworkMade] = field(default_factory=list)
    markers: dict[str, tuple[Marker, ...]] = field(default_factory=dict)
    handed_in: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    """Titles and editions in their order, each with the releases that were made of it before."""
    described: dict[str, Metadata] = field(default_factory=dict)
    """Titles that were named by their ids, and what was said of each."""

    async def title_for(self, metadata: Metadata, *, belongs_to: str | None = None) -> str:
        if belongs_to is not None:
            assert metadata.names, "every title has a name"
            return str(uuid5(UUID(belongs_to), metadata.id or ""))
        return metadata.id or TITLE

    async def describe(self, title_id: str, metadata: Metadata) -> None:
        self.described[title_id] = metadata

    async def expect(self, title_id: str) -> None:
        if title_id != TITLE:
            raise TitleNotFound

    async def remove(self, title_id: str) -> None:
        self.artwork.clear()

    async def hand_in(self, title_id: str, edition: str, releases: Sequence[str]) -> None:
        self.handed_in.append((title_id, edition, tuple(releases)))

    async def note_artwork(self, title_id: str, release_id: str, artwork: Sequence[ArtworkMade]) -> None:
        self.artwork += artwork

    async def note_markers(self, title_id: str, source_sha256: str, markers: Sequence[Marker]) -> None:
        self.markers[title_id] = tuple(markers)


class Watched(SystemProcesses):
    """The real processes, which remember what they ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    async def run(self, command: Command) -> Finished:
        self.ran.append(" ".join(command.argv))
        return await super().run(command)

    async def spawn(self, command: Command) -> Child:
        return await super().spawn(command)


@dataclass
class StudioHouse:
    root: Path
    database: SqliteDatabase
    workflows: DurableWorkflows
    blobs: FolderBlobs
    encoder: Encoder
    encoding: EncodingService
    packaging: PackagingService
    production: ProductionService
    processes: Watched
    desk: Desk

    async def publish(
        self, master: Path, *, profiles: tuple[str, ...] = ("fast",), metadata: Metadata | None = None, **files: Path
    ) -> VersionStatus:
        """Ingest and see it through; the last version's status."""
        wanted = IngestRequest(
            FileRef(path=str(master)),
            metadata or Metadata(names={"en": "Test"}),
            files={name.replace("_", "."): FileRef(path=str(path)) for name, path in files.items()},
            profiles=tuple("fast" if p == "fast" else "full" for p in profiles),
        )
        title_id = (await self.production.ingest(wanted)).title_id
        while True:
            versions = await self.production.status(title_id)
            if versions[0].state in ("failed", "canceled"):
                return versions[0]
            if len(versions) >= len(profiles) and all(version.state in OVER for version in versions):
                return versions[0]
            await asyncio.sleep(0.05)

    async def release(self, release_id: str) -> Release:
        return from_json(await self.blobs.get(f"releases/{release_id}/{RELEASE_FILE}"), Release)

    async def stored(self, prefix: str = "releases/") -> list[str]:
        return [blob.key for blob in await self.blobs.find(prefix)]


class Hurried(SystemClock):
    """Stand-ins sleep for as long as the work would take. Nothing is tested by waiting for them."""

    async def sleep(self, span: Span) -> None:
        await asyncio.sleep(0)


def stand_in(path: Path, *, seconds: int = 12, name: str = "Boat", sounds: int = 0) -> Path:
    """A master for a studio of stand-ins. Those of one name and length have the same pictures."""
    path.write_bytes(master(StandIn(frames=seconds * 24, name=name, sounds=(StandInSound("en"),) * sounds)))
    return path


def boat(master: Path, title_id: str = TITLE) -> IngestRequest:
    """The order of a fast release."""
    return IngestRequest(FileRef(path=str(master)), Metadata(names={"en": "Boat"}, id=title_id), profiles=("fast",))


@asynccontextmanager
async def studio(
    root: Path, *, files: Files | None = None, workers: int = 2, stand_ins: bool = False, review_one_in: int = 10
) -> AsyncIterator[StudioHouse]:
    """`stand_ins`: its masters are made by `stand_in`, and nothing is encoded: for what is about journeys alone."""
    root.mkdir(parents=True, exist_ok=True)
    clock, chance, disk, processes = SystemClock(), SystemChance(), files or SystemFiles(), Watched()
    ids = Ids(clock, chance)
    database = await migrated(root / "matinee.sqlite", [SCHEMA], clock, ids)
    workflows = DurableWorkflows(database, clock, ids, backoff=seconds(0.05))
    blobs = FolderBlobs(root / "blobs", clock)
    encoder: Encoder
    quality: Quality
    packager: Packager
    if stand_ins:
        encoder, quality = StandInEncoder(disk, Hurried()), StandInQuality(disk, Hurried())
        packager = StandInPackager(disk, Hurried())
    else:
        encoder = FFmpegEncoder(processes, disk, clock)
        quality, packager = VmafQuality(processes, disk, encoder, chance), ShakaPackager(processes, disk)
    encoding = EncodingService(encoder, quality, disk, root=root / "studio")
    packaging = PackagingService(packager, blobs, disk, SteadyKeys())
    desk = Desk()
    production = ProductionService(
        database, workflows, blobs, disk, clock, ids,
        encoding=encoding, packaging=packaging, desk=desk, root=root / "studio",
        review_one_in=review_one_in,
    )  # fmt: skip
    work = asyncio.create_task(workflows.run(workers=workers))
    try:
        yield StudioHouse(root, database, workflows, blobs, encoder, encoding, packaging, production, processes, desk)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await database.close()


async def hands(root: Path, *, name: str) -> None:
    """A worker process of that studio: it does jobs and nothing else, until it is killed."""
    clock, disk, processes = SystemClock(), SystemFiles(), SystemProcesses()
    ids = Ids(clock, SystemChance())
    workflows = DurableWorkflows(
        SqliteDatabase(root / "matinee.sqlite", clock=clock, ids=ids, source="test"), clock, ids
    )
    encoder = FFmpegEncoder(processes, disk, clock)
    quality = VmafQuality(processes, disk, encoder, SystemChance())
    encoding = EncodingService(encoder, quality, disk, root=root / "studio")
    sources = Sources(FolderBlobs(root / "blobs", clock), disk, folder=root / "studio" / "sources")
    Hands(encoding=encoding, sources=sources).lend(workflows)
    await workflows.run(workers=1, name=name)


class ReluctantHands:
    """Another process's, which stop what they have in hand only when they may."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing: asyncio.Future[Path] = asyncio.get_running_loop().create_future()
        self._told, self._may_stop = asyncio.Event(), asyncio.Event()

    async def encode(self, lease: Lease) -> Json:
        path = self._folder / f".{lease.job.payload['source_sha256']}.part"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half of it")
        if not self._writing.done():
            self._writing.set_result(path)
        try:
            await asyncio.Event().wait()
        finally:
            self._told.set()
            await self._may_stop.wait()

    async def begun(self) -> Path:
        """The file they write."""
        return await asyncio.wait_for(asyncio.shield(self._writing), 60)

    async def told_to_stop(self) -> None:
        await asyncio.wait_for(self._told.wait(), 60)

    def stop(self) -> None:
        self._may_stop.set()


@asynccontextmanager
async def reluctant_hands(root: Path) -> AsyncIterator[ReluctantHands]:
    clock = SystemClock()
    ids = Ids(clock, SystemChance())
    database = SqliteDatabase(root / "matinee.sqlite", clock=clock, ids=ids, source="test")
    workflows, hands = DurableWorkflows(database, clock, ids), ReluctantHands(root / "studio" / "chunks")
    workflows.handle("encode-chunk", hands.encode)
    work = asyncio.create_task(workflows.run(workers=1))
    try:
        yield hands
    finally:
        hands.stop()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await database.close()
