"""The in-loop engines, by the contracts, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from matinee.engines.blobs.in_loop import FilesBlobs
from matinee.engines.blobs.port import BlobMissing, Blobs
from matinee.engines.cache.memory import MemoryCache
from matinee.engines.cache.port import Cache
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.keys.in_loop import FilesKeys
from matinee.engines.keys.local import KeyFileUnsafe
from matinee.engines.keys.port import Keys
from matinee.engines.log.sqlite import SqliteLog
from matinee.engines.mail.mailbox import MailboxMail
from matinee.engines.mail.port import Letter
from matinee.engines.media_server.in_loop import InLoopServer
from matinee.engines.media_server.port import MediaServer, MediaServerConfig
from matinee.engines.registry.memory import MemoryRegistry
from matinee.engines.registry.port import Registry
from matinee.engines.rows.sqlite import SqliteRows
from matinee.engines.search.memory import MemorySearch, Shelf
from matinee.engines.search.port import Query, Search
from matinee.engines.sqlite.file import Opens
from matinee.engines.sqlite.in_loop import OpenFiles, commits_after
from matinee.engines.workflows.durable import DurableWorkflows
from matinee.engines.workflows.port import Workflows
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import Clock, SystemClock
from matinee.kernel.ids import Ids
from matinee.kernel.network import Outgoing
from matinee.kernel.quantities import Span, seconds
from matinee.sim.nodes import Node
from tests.contract.blobs_conformance import BlobsConformance
from tests.contract.cache_conformance import CacheConformance
from tests.contract.database import SCHEMA, DatabaseConformance, names, opens
from tests.contract.in_loop import Machine, kill, settle, virtual_runs
from tests.contract.keys_conformance import KEY, KeysConformance
from tests.contract.log import IDS, LogConformance, event
from tests.contract.media_server_conformance import MediaServerConformance
from tests.contract.media_server_wire import FILE, OTHER, RELEASE, RING, SMALL, Reply, Running, Wire
from tests.contract.registry_conformance import RegistryConformance
from tests.contract.rows import RowsConformance, row
from tests.contract.search_conformance import FILMS, WEIGHTS, SearchConformance
from tests.contract.workflows import WorkflowsConformance

COMMITS = commits_after(settle)


@pytest.fixture(autouse=True, scope="module")
def virtual_time() -> Iterator[None]:
    with virtual_runs():
        yield


def here(clock: Clock) -> Clock:
    """The machine's clock in place of the system's; clocks that tests move by hand stay."""
    return Machine().clock if isinstance(clock, SystemClock) else clock


MACHINES: dict[Path, OpenFiles] = {}
"""By folder: two engines in one are two processes of one machine."""


def opens_in(folder: Path) -> Opens:
    return MACHINES.setdefault(folder, OpenFiles()).opens


def open_database(folder: Path, clock: Clock, files: OpenFiles | None = None) -> SqliteDatabase:
    clock = here(clock)
    return SqliteDatabase(
        folder / "database.db",
        clock=clock,
        ids=Ids(clock, SystemChance()),
        source="test",
        commits=COMMITS,
        opens=files.opens if files else opens_in(folder),
    )


def open_log(folder: Path, clock: Clock, files: OpenFiles | None = None, *, partitions: int = 8) -> SqliteLog:
    opens = files.opens if files else opens_in(folder)
    return SqliteLog(folder / "log.db", here(clock), IDS, partitions=partitions, commits=COMMITS, opens=opens)


class TestDatabase(DatabaseConformance):
    def make(self, folder: Path, clock: Clock) -> SqliteDatabase:
        return open_database(folder, clock)

    def make_log(self, folder: Path, *, partitions: int = 8) -> SqliteLog:
        return open_log(folder, Machine().clock, partitions=partitions)


class TestRows(RowsConformance):
    def make(self, folder: Path, clock: Clock) -> SqliteRows:
        return SqliteRows(folder / "rows.db", here(clock), commits=COMMITS, opens=opens_in(folder))


class TestLog(LogConformance):
    def make(self, folder: Path, clock: Clock) -> SqliteLog:
        return open_log(folder, clock)


class TestWorkflows(WorkflowsConformance):
    databases: ClassVar[dict[Workflows, SqliteDatabase]] = {}

    def make(self, folder: Path) -> DurableWorkflows:
        clock = Machine().clock
        database = open_database(folder, clock)
        ids = Ids(clock, SystemChance())
        workflows = DurableWorkflows(database, clock, ids, backoff=seconds(0.01), alive=seconds(1))
        self.databases[workflows] = database
        return workflows

    async def close(self, workflows: Workflows) -> None:
        await self.databases.pop(workflows).close()


class TestBlobs(BlobsConformance):
    @pytest.fixture
    async def blobs(self) -> Blobs:
        self.machine = Machine()
        return FilesBlobs(Path("/blobs"), self.machine.files, self.machine.clock)

    async def lay(self, path: Path, data: bytes) -> None:
        await self.machine.files.write(path, data)


class TestSearch(SearchConformance):
    @pytest.fixture
    async def search(self) -> Search:
        return MemorySearch(WEIGHTS, {}, settle=settle)


class TestCache(CacheConformance):
    @pytest.fixture
    async def cache(self) -> AsyncIterator[Cache]:
        cache = MemoryCache(Machine().clock, capacity_bytes=1 << 20)
        yield cache
        await cache.close()

    async def advance(self, span: Span) -> None:
        await asyncio.sleep(span.total_seconds())


class TestRegistry(RegistryConformance):
    @pytest.fixture
    async def registry(self) -> Registry:
        return MemoryRegistry(Machine().clock)

    async def advance(self, span: Span) -> None:
        await asyncio.sleep(span.total_seconds())


class TestKeys(KeysConformance):
    @pytest.fixture
    async def keys(self) -> Keys:
        self.machine = Machine()
        return await self.reopened()

    async def reopened(self) -> Keys:
        return FilesKeys(Path("/secrets/keys.json"), self.machine.files, self.machine.chance)


class LoopWire(Wire):
    """A connection without a socket: it says what it is told to, as a value."""

    def __init__(self, server: InLoopServer) -> None:
        self._server = server

    async def ask(self, path: str, *, method: str = "GET", **headers: str) -> Reply:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self._server.serve(Outgoing(method, f"http://edge:8401{path}", given))
        return Reply(answer.status, dict(answer.headers), answer.body)


class RunningInLoop(Running):
    async def connect(self) -> Wire:
        assert isinstance(self.server, InLoopServer)
        return LoopWire(self.server)

    async def stop(self) -> None:
        await self.server.stop()


class TestMediaServer(MediaServerConformance):
    async def put(self, path: Path, data: bytes) -> None:
        await self.machine.files.write(path, data)

    async def take_away(self, folder: Path) -> None:
        await self.machine.files.remove(folder)

    async def served(self, root: Path) -> Path:
        for path in sorted(each for each in root.rglob("*") if each.is_file() and not each.is_symlink()):
            await self.put(path, path.read_bytes())
        return root

    def running(self, server: MediaServer, root: Path) -> Running:
        return RunningInLoop(server, root)

    @pytest.fixture
    async def server(self) -> MediaServer:
        self.machine = Machine()
        # The suite's tickets end by the system's clock.
        ahead = datetime.now(UTC) - self.machine.clock.now()
        self.machine.weather.skews_s["here"] = ahead.total_seconds()
        return InLoopServer(self.machine.files, self.machine.clock)

    @pytest.fixture
    async def edge(self, server: MediaServer, tmp_path: Path) -> AsyncIterator[Running]:
        root, files = Path("/releases"), self.machine.files
        for release in (RELEASE, OTHER):
            track = root / release / "hd" / "v1"
            for name, data in (("seg1.m4s", FILE), ("small.m4s", SMALL), ("empty.m4s", b"")):
                await files.write(track / name, data)
            for name in ("init.mp4", "sheet.jpg", "words.vtt", "data.json"):
                await files.write(track / name, SMALL)
            await files.write(root / release / "release.json", b'{"v":1}')
        await files.write(Path("/secret.m4s"), b"outside")
        await server.start(MediaServerConfig(root, RING.keys, "127.0.0.1", 0))
        running = RunningInLoop(server, root)
        yield running
        await running.stop()


# ---- crashes


async def killed_at(node: Node, at_s: float) -> None:
    await asyncio.sleep(at_s - asyncio.get_running_loop().time())
    kill(node)


@pytest.mark.parametrize("at_ms", [1, 10, 31, 32, 47, 100])
async def test_a_killed_process_loses_only_what_was_not_acknowledged(tmp_path: Path, at_ms: int) -> None:
    machine, files, acknowledged = Machine(), OpenFiles(), []
    first = open_database(tmp_path, machine.clock, files)
    await first.migrate([SCHEMA])
    node = Node("here")

    async def writes(each: int) -> None:
        for number in range(100):
            acknowledged.append(await first.write(opens(f"{each}-{number}")))

    tasks = [node.begin(writes(each)) for each in range(3)]
    await killed_at(node, asyncio.get_running_loop().time() + at_ms / 1000)
    files.bury()
    assert not any(task.done() for task in tasks)
    again = open_database(tmp_path, machine.clock, files)
    found = await again.read(names)
    assert set(acknowledged) <= set(found)
    assert len(found) <= len(acknowledged) + 3
    await again.write(opens("after"))
    await again.close()


async def test_what_log_and_rows_acknowledged_outlives_their_process(tmp_path: Path) -> None:
    machine, files, node = Machine(), OpenFiles(), Node("here")
    rows = SqliteRows(tmp_path / "rows.db", machine.clock, commits=COMMITS, opens=files.opens)
    log = open_log(tmp_path, machine.clock, files)
    put: list[str] = []

    async def works() -> None:
        for number in range(50):
            await rows.put([row(f"{number:02}")])
            await log.append([event("a", f"{number:02}")])
            put.append(f"{number:02}")

    node.begin(works())
    await killed_at(node, asyncio.get_running_loop().time() + 0.1)
    files.bury()
    rows = SqliteRows(tmp_path / "rows.db", machine.clock, commits=COMMITS, opens=files.opens)
    log = open_log(tmp_path, machine.clock, files)
    assert 10 < len(put) < 50
    kept = [one.clustering for one in await rows.scan("positions", "ada")]
    assert kept[: len(put)] == put
    assert [one.envelope.data.decode() async for one in log.replay("titles")][: len(put)] == put
    await rows.close()
    await log.close()


@pytest.mark.parametrize("at_us", range(10, 2000, 50))
async def test_a_put_that_is_killed_leaves_the_old_object_or_the_new_one(at_us: int) -> None:
    machine, node, told = Machine(), Node("here"), []
    blobs = FilesBlobs(Path("/blobs"), machine.files, machine.clock)
    old = await blobs.put("film", b"old")

    async def puts() -> None:
        told.append(await blobs.put("film", b"new"))

    node.begin(puts())
    await killed_at(node, asyncio.get_running_loop().time() + at_us / 1_000_000)
    again = FilesBlobs(Path("/blobs"), machine.files, machine.clock)
    found = await again.get("film")
    assert found == b"new" if told else found in (b"old", b"new")
    head = await again.head("film")
    assert head is not None
    assert await again.get("film", version=head.version) == found
    assert await again.get("film", version=old.version) == b"old"
    await again.put("film", b"newer")
    assert await again.get("film") == b"newer"


async def test_an_upload_ends_with_its_process() -> None:
    machine, node = Machine(), Node("here")
    blobs = FilesBlobs(Path("/blobs"), machine.files, machine.clock)

    async def uploads() -> None:
        upload = await blobs.upload("film")
        await upload.write(b"half")
        await upload.complete()

    node.begin(uploads())
    await asyncio.sleep(0)
    kill(node)
    await asyncio.sleep(1)
    again = FilesBlobs(Path("/blobs"), machine.files, machine.clock)
    assert await again.find("") == []
    with pytest.raises(BlobMissing):
        await again.get("film")


async def test_an_index_has_what_was_acknowledged_and_nothing_that_a_kill_cut_off() -> None:
    shelf: Shelf = {}
    await MemorySearch(WEIGHTS, shelf, settle=settle).put(FILMS[:2])
    node = Node("here")
    node.begin(MemorySearch(WEIGHTS, shelf, settle=settle).put(FILMS[2:]))
    await asyncio.sleep(0.001)
    kill(node)
    await asyncio.sleep(1)
    again = MemorySearch(WEIGHTS, shelf, settle=settle)
    assert [hit.id for hit in await again.query(Query(""))] == ["boat"]


async def test_a_key_file_is_whole_or_not_there_and_for_its_owner_only() -> None:
    machine, node, path = Machine(), Node("here"), Path("/secrets/keys.json")
    node.begin(FilesKeys(path, machine.files, machine.chance).wrap(KEY, context="a"))
    await asyncio.sleep(0.000_01)
    kill(node)
    assert await machine.files.size(path) is None
    wrapped = await FilesKeys(path, machine.files, machine.chance).wrap(KEY, context="a")
    assert await FilesKeys(path, machine.files, machine.chance).unwrap(wrapped, context="a") == KEY
    await machine.files.write(path, await machine.files.read(path), mode=0o644)
    if await machine.files.mode(path) == 0o644:
        with pytest.raises(KeyFileUnsafe):
            await FilesKeys(path, machine.files, machine.chance).wrap(KEY, context="a")


async def test_letters_survive_their_process() -> None:
    machine = Machine()
    letter = Letter("welcome", "ada@example.org", "Welcome", "Dear Ada,", machine.clock.now())
    await MailboxMail(Path("/mail"), machine.files).send(letter)
    assert await MailboxMail(Path("/mail"), machine.files).letters() == [letter]
