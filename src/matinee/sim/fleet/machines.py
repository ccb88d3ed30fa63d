"""The machines of a fleet: steering on its own, origins over one store, appliances where they stand."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.app.doors import Doors
from matinee.app.in_loop import HouseDisk, InLoopRoutes, in_loop_server, open_in_loop_engines
from matinee.app.services import SCHEMAS
from matinee.app.settings import Settings
from matinee.control.steering.service import SteeringService
from matinee.delivery.edge.api import ApplianceSettings, OriginSettings, ServingSettings
from matinee.delivery.edge.service import EdgeAppliance, EdgeOrigin, HttpControl
from matinee.engines.routes.port import Attributes
from matinee.kernel.quantities import seconds
from matinee.sim.files import MemoryDisk
from matinee.sim.fleet.lots import STEERING, Stand
from matinee.sim.machines import ApplianceMachine, Machine, Surroundings
from matinee.wire.health import Reach
from matinee.wire.purge import PurgeKey
from matinee.wire.tickets import KeyRing

if TYPE_CHECKING:
    from matinee.sim.network import Serve

STEERING_URL = f"http://{STEERING}.sim"
RELEASES = Path("/store/releases")
EDGE = Path("/edge")
RING = KeyRing("k1", {"k1": b"a fleet that is not, of a world k"})
PURGE_KEY = PurgeKey(b"who says that a film of a world ")
_TOKEN = "the token of this fleet's appliances"  # noqa: S105 - of machines that do not exist
_PEER = "192.0.2.1"
_DISK_BEYOND_ROOM = 200_000
"""What an appliance's disk has beside the room for releases: state, and what is on its way in and out."""
_BYTES_PER_SECOND = 20_000
"""What counts as load 1: files are small here."""


def url_of(name: str) -> str:
    return f"http://{name}.sim"


class SteeringMachine(Machine):
    """The real service on simulated SQLite. `serve` answers for it."""

    def __init__(
        self, around: Surroundings, serve: "Callable[[SteeringService, Doors], Serve]", told: Callable[[bool], None]
    ) -> None:
        """`told`: that it runs, or does not any more."""
        super().__init__(STEERING, around)
        self._serve = serve
        self._told_of = told
        folder = around.folder / STEERING
        folder.mkdir(parents=True, exist_ok=True)
        self._stores = HouseDisk(folder)

    def kill(self) -> None:
        self._told_of(False)
        super().kill()

    def end(self) -> None:
        self._stores.end()

    async def _live(self, doors: Doors) -> None:
        settings = Settings(data=Path("/steering"), demo=False, passwords="light", country="DE")
        async with open_in_loop_engines(self._stores, self._settle, settings, doors, SCHEMAS) as engines:
            steering = SteeringService(engines.database, engines.cache, doors.clock, RING, purge_key=PURGE_KEY)
            self._around.fabric.listen(STEERING_URL, self.node, self._serve(steering, doors))
            self._told_of(True)
            self.ready.set()
            await asyncio.get_running_loop().create_future()


class FleetOrigin(Machine):
    def __init__(self, name: str, around: Surroundings, store: MemoryDisk, beat_s: float) -> None:
        super().__init__(name, around, store)
        self._beat_s = beat_s

    def kill(self) -> None:
        self.node.kill()

    async def _live(self, doors: Doors) -> None:
        server = in_loop_server(doors)
        origin = EdgeOrigin(
            OriginSettings(_serving(self.name, self._beat_s), RELEASES),
            server=server,
            control=_control(doors),
            files=doors.files,
            clock=doors.clock,
            chance=doors.chance,
        )
        self._around.fabric.listen(url_of(self.name), self.node, server.serve)
        self.ready.set()
        await origin.run()


class FleetAppliance(ApplianceMachine):
    def __init__(self, stand: Stand, around: Surroundings, beat_s: float, began: Callable[[str], None]) -> None:
        super().__init__(stand.name, around, MemoryDisk(stand.room_bytes + _DISK_BEYOND_ROOM))
        self._beat_s = beat_s
        self.stand = stand
        self._began = began
        self._feed: InLoopRoutes | None = None

    def announced(self, up: bool) -> None:
        before = self.is_announced_to
        super().announced(up)
        if before == up:
            return
        if self._feed is not None and up:
            self._announce(self._feed)
        elif self._feed is not None and self.stand.prefixes:
            self._feed.drop(_PEER)

    async def _live(self, doors: Doors) -> None:
        stand, server = self.stand, in_loop_server(doors)
        self._feed = feed = InLoopRoutes()
        if self.is_announced_to:
            self._announce(feed)
        appliance = EdgeAppliance(
            ApplianceSettings(
                _serving(stand.name, self._beat_s, stand.reach, stand.site, stand.spot),
                EDGE,
                stand.kind,
                retry_longest=seconds(20),
                reserve_bytes=0,
                room_bytes=stand.room_bytes,
                window=stand.window,
                boot=f"boot {self._boots}",
            ),
            server=server,
            control=_control(doors),
            network=doors.network,
            files=doors.files,
            clock=doors.clock,
            chance=doors.chance,
            feed=feed if stand.prefixes else None,
        )
        self._around.fabric.listen(url_of(stand.name), self.node, server.serve)
        self._began(stand.name)
        self.ready.set()
        await appliance.run()

    def _announce(self, feed: InLoopRoutes) -> None:
        if self.stand.prefixes:
            feed.connect(_PEER, 64_512)
            feed.announce(_PEER, self.stand.prefixes, Attributes((64_512,), None, "igp", _PEER))


def _serving(
    name: str, beat_s: float, reach: Reach | None = None, site: str = "", spot: tuple[float, float] | None = None
) -> ServingSettings:
    return ServingSettings(
        name,
        url_of(name),
        f"{name}.sim",
        1,
        Path(f"/{name}"),
        report_every=seconds(beat_s),
        capacity_bytes_per_second=_BYTES_PER_SECOND,
        reach=reach,
        site=site,
        spot=spot,
    )


def _control(doors: Doors) -> HttpControl:
    return HttpControl(doors.network, STEERING_URL, _TOKEN)
