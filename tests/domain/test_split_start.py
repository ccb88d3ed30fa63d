"""How the parts of a split house begin: where each is found, and what becomes of one that ends before it was there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from matinee.app.companions import Companion
from matinee.app.doors import Doors
from matinee.app.serving import Part, serving
from matinee.app.settings import Settings
from matinee.app.split import PartMissing, bring_up, serve_registry
from matinee.app.supervision import Supervisor
from matinee.engines.registry.memory import MemoryRegistry
from matinee.engines.registry.port import Instance
from matinee.kernel.processes import Child, Command
from matinee.kernel.quantities import Span

CATALOG = Companion("catalog", ("serve", "catalog"))


@pytest.mark.parametrize(
    ("host", "public", "found"),
    [
        ("0.0.0.0", "localhost", "http://localhost:"),
        ("127.0.0.1", None, "http://127.0.0.1:"),
        ("127.0.0.1", "films.example", "http://127.0.0.1:"),
    ],
)
async def test_a_service_registers_an_address_at_which_it_can_be_asked(
    tmp_path: Path, host: str, public: str | None, found: str
) -> None:
    doors, settings = Doors(), Settings(tmp_path, host=host, public_host=public, demo=False)
    async with (
        serve_registry(settings, doors, "127.0.0.1", 0) as registry,
        serving(Part(("billing",), registry, host, 0), settings, doors) as url,
    ):
        assert url.startswith(found)
    await doors.network.close()


class Handed:
    """A child that ends when a test says so."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended = asyncio.Event()

    async def wait(self) -> int:
        await self.ended.wait()
        return 1

    async def stop(self, grace: Span) -> int:
        self.ended.set()
        return 0


class Nursery:
    """Starts nothing, and remembers what it was asked to."""

    def __init__(self) -> None:
        self.children: list[Handed] = []

    async def spawn(self, command: Command) -> Child:
        self.children.append(Handed(len(self.children) + 1))
        return self.children[-1]


@pytest.fixture
async def background() -> AsyncIterator[Supervisor]:
    found = Supervisor(Doors().clock)
    yield found
    await found.close()


async def test_a_part_that_ends_before_it_was_there_ends_the_start(background: Supervisor) -> None:
    doors = Doors()
    part = Companion("catalog", ("serve", "a-part-that-nobody-knows"))
    async with asyncio.timeout(60):
        with pytest.raises(PartMissing, match="Catalog ended before it was up"):
            await bring_up([part], MemoryRegistry(doors.clock), background, doors)


async def test_a_part_that_was_there_and_was_killed_is_waited_for(background: Supervisor) -> None:
    """Others are still starting meanwhile."""
    nursery = Nursery()
    doors = Doors(processes=nursery)  # type: ignore[arg-type]  # runs nothing to its end
    registry = MemoryRegistry(doors.clock)
    members = Companion("members", ("serve", "members"))
    start = asyncio.create_task(bring_up([CATALOG, members], registry, background, doors))
    async with asyncio.timeout(60):
        await _until_started(nursery, 2)
        await registry.register(Instance("catalog", "catalog-1", "http://there"))
        nursery.children[0].ended.set()
        await _until_started(nursery, 3)
        assert not start.done()
        assert await registry.instances("catalog") == [], "nobody is sent to who has died"
        nursery.children[2].ended.set()
        await _until_started(nursery, 4)
        assert not start.done(), "nor does it matter that its successor was killed before it was there"
        await registry.register(Instance("catalog", "catalog-4", "http://there"))
        await registry.register(Instance("members", "members-2", "http://there"))
        await start


async def _until_started(nursery: Nursery, count: int) -> None:
    while len(nursery.children) < count:
        await asyncio.sleep(0.01)
