"""The machines of a world: the house's own, its origin, the appliances. Each can be killed, and begun again on its disks."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from matinee.app.doors import Doors
from matinee.app.engines import Engines
from matinee.app.house import House, open_house
from matinee.app.in_loop import HouseDisk, in_loop_server, open_in_loop_engines
from matinee.app.settings import Settings
from matinee.delivery.edge.api import ApplianceSettings, FillWindow, OriginSettings, ServingSettings
from matinee.delivery.edge.service import EdgeAppliance, EdgeOrigin, HttpControl
from matinee.engines.database.port import Schema
from matinee.kernel.chance import SeededChance
from matinee.kernel.processes import Command, ProgramFailed
from matinee.kernel.quantities import Span, seconds
from matinee.sim.clock import SimClock
from matinee.sim.files import MemoryDisk, SimFiles
from matinee.sim.http import serving
from matinee.sim.network import Fabric
from matinee.sim.nodes import Node
from matinee.sim.weather import Weather
from matinee.wire.releases import RELEASE_FILE

HOUSE_URL = "http://house.sim"
_DATA = Path("/house")
_RELEASES = _DATA / "blobs" / "objects" / "releases"
_EDGE = Path("/edge")
_ROTTEN = 0.1
"""The share of its files that a disk spoils: what nobody watches proves nothing."""
_AGENT_TOKEN = "the token of this world's appliances"  # noqa: S105 - of machines that do not exist


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all machines of a world share."""

    fabric: Fabric
    weather: Weather
    chance: SeededChance
    folder: Path
    """Of the real disk, for SQLite's files."""
    lament: Callable[[str], None]
    """Told of what must never happen."""


class NoPrograms:
    """Door 5 in simulated time: the engines that need programs have stand-ins."""

    async def run(self, command: Command) -> NoReturn:
        raise ProgramFailed(command.argv[0], "does not exist in simulated time", "")

    async def spawn(self, command: Command) -> NoReturn:
        raise ProgramFailed(command.argv[0], "does not exist in simulated time", "")


class Machine(ABC):
    def __init__(self, name: str, around: Surroundings, disk: MemoryDisk | None = None) -> None:
        self.name = name
        self.disk = disk or MemoryDisk()
        self._around = around
        self._lives = 0
        self._boots = 0
        self.node = Node(name)
        self.node.alive = False
        self.ready = asyncio.Event()
        self.is_announced_to = True

    def begin(self) -> None:
        """A new life on the old disks; nothing where it lives."""
        if self.node.alive:
            return
        self._lives += 1
        self.node = Node(self.name)
        self.ready = asyncio.Event()
        self.node.begin(self._lived())

    def kill(self) -> None:
        """kill -9: what was written is there, synced or not."""
        self.node.kill()
        self.disk.survive()

    def cut_power(self, much: float) -> None:
        """The machine ends with what its disk had not synced: lost, there or torn, as `much` decides."""
        self.node.kill()
        self._boots += 1
        self.disk.lose_power(SeededChance(f"power cut {much}"))

    def rot(self, much: float) -> None:
        """While it is down, files that it held go bad."""
        self.cut_power(much)

    def announced(self, up: bool) -> None:
        """Whether those who announce routes to it do so; nobody does to most."""
        self.is_announced_to = up

    async def _lived(self) -> None:
        """A machine ends when it is killed, and never by itself."""
        try:
            await self._live(self._doors())
        except Exception as error:
            self._around.lament(f"{self.name} ended by itself: {type(error).__name__}: {error}")
            raise

    @abstractmethod
    async def _live(self, doors: Doors) -> None: ...

    def _doors(self) -> Doors:
        around = self._around
        chance = around.chance.fork(f"{self.name}, life {self._lives}")
        return Doors(
            clock=SimClock(around.weather, self.name),
            chance=chance,
            network=around.fabric.seen_from(self.name),
            files=SimFiles(self.disk, around.weather, self.name, chance.fork("disk")),
            processes=NoPrograms(),
        )

    async def _settle(self) -> None:
        disk = self._around.weather.disk(self.name)
        await asyncio.sleep(disk.write_s * disk.slow)


class HouseMachine(Machine):
    """Control and studio in one process, as `matinee up` runs them."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__("house", around)
        folder = around.folder / "house"
        folder.mkdir(parents=True, exist_ok=True)
        self._stores = HouseDisk(folder)
        # As an operator lays it down on each machine: an appliance begins whether or not there was ever a house.
        self.disk.put(_DATA / "secrets" / "agent.token", _AGENT_TOKEN.encode())
        self._house: House | None = None
        self.between: Callable[[Engines], Engines] = _nothing_between
        """What a story puts between the house and its engines, in each of its lives: there it may kill at a call."""

    def end(self) -> None:
        self._stores.end()

    @property
    def house(self) -> House:
        assert self._house is not None, "the house has not begun"
        return self._house

    async def _live(self, doors: Doors) -> None:
        settings = Settings(data=_DATA, demo=False, passwords="light", country="DE")
        async with open_house(settings, doors, open_engines=self._open_engines) as house:
            self._house = house
            self._around.fabric.listen(HOUSE_URL, self.node, serving(house.gateway))
            self.ready.set()
            await asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def _open_engines(self, settings: Settings, doors: Doors, schemas: list[Schema]) -> AsyncIterator[Engines]:
        async with open_in_loop_engines(self._stores, self._settle, settings, doors, schemas) as engines:
            yield self.between(engines)


class OriginMachine(Machine):
    """Serves the studio's own store; it lies on the house's disk."""

    def __init__(self, around: Surroundings, house: HouseMachine) -> None:
        super().__init__("origin", around, house.disk)

    def kill(self) -> None:
        self.node.kill()

    def cut_power(self, much: float) -> None:
        """It writes next to nothing, and the disk is the house's, which has its own power."""
        self.kill()

    async def _live(self, doors: Doors) -> None:
        server = in_loop_server(doors)
        origin = EdgeOrigin(
            OriginSettings(_serving(self.name), _RELEASES),
            server=server,
            control=_control(doors),
            files=doors.files,
            clock=doors.clock,
            chance=doors.chance,
        )
        self._around.fabric.listen(f"http://{self.name}.sim", self.node, server.serve)
        self.ready.set()
        await origin.run()


class ApplianceMachine(Machine):
    window: FillWindow | None = None
    """When it may fetch, in each of its lives from now on."""

    def rot(self, much: float) -> None:
        super().rot(much)
        segments = [path for path in self.disk.under(_EDGE / "releases") if path.name != RELEASE_FILE]
        chance = SeededChance(f"rot {much}")
        for path in segments:
            if chance.uniform() < _ROTTEN:
                self.disk.rot(path, chance)

    async def _live(self, doors: Doors) -> None:
        server = in_loop_server(doors)
        appliance = EdgeAppliance(
            ApplianceSettings(
                _serving(self.name),
                _EDGE,
                retry_longest=seconds(20),
                window=self.window,
                boot=f"boot {self._boots}",
            ),
            server=server,
            control=_control(doors),
            network=doors.network,
            files=doors.files,
            clock=doors.clock,
            chance=doors.chance,
        )
        self._around.fabric.listen(f"http://{self.name}.sim", self.node, server.serve)
        self.ready.set()
        await appliance.run()


def _nothing_between(engines: Engines) -> Engines:
    return engines


def _serving(name: str) -> ServingSettings:
    return ServingSettings(name, f"http://{name}.sim", f"{name}.sim", 1, Path(f"/{name}"), report_every=Span(seconds=1))


def _control(doors: Doors) -> HttpControl:
    return HttpControl(doors.network, HOUSE_URL, _AGENT_TOKEN)
