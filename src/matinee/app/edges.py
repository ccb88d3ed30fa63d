"""Builds the two kinds of edge from flags: an origin over a store, an appliance with a disk of its own."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from matinee import __version__
from matinee.app.doors import Doors
from matinee.app.settings import inherited_environment
from matinee.delivery.edge.api import ApplianceSettings, FillWindow, HotDisk, OriginSettings, ServingSettings
from matinee.delivery.edge.model.slots import Slots
from matinee.delivery.edge.service import (
    EdgeAppliance,
    EdgeOrigin,
    HttpControl,
    SlotAgent,
    SlotFolder,
    SlotLauncher,
    TrialRules,
)
from matinee.engines.media_server.port import MediaServer
from matinee.engines.routes.port import BgpSettings
from matinee.engines.routes.speaker import BgpSpeaker
from matinee.kernel.errors import InvalidInput
from matinee.kernel.processes import Processes
from matinee.kernel.usage import own_usage
from matinee.wire.health import Reach
from matinee.wire.purge import is_public_key

if TYPE_CHECKING:
    from matinee.engines.media_server.nginx import NginxServer
    from matinee.engines.media_server.nginx_program import NginxProgram

ServerKind = Literal["embedded", "nginx"]


@dataclass(frozen=True, slots=True)
class SlotPlace:
    """Which slot a launcher started this from."""

    folder: Path
    life: str
    """What the launcher calls this process."""
    slots: Slots


@dataclass(frozen=True, slots=True)
class EdgePlace:
    """Where an edge stands."""

    id: str
    host: str
    port: int
    public_url: str
    control_url: str
    agent_token: str
    state: Path
    certificate: Path | None = None
    private_key: Path | None = None
    server: ServerKind = "embedded"
    serving_processes: int | None = None
    """None: one for each core that we may use."""
    reach: Reach | None = None
    site: str = ""
    spot: tuple[float, float] | None = None
    countries: tuple[str, ...] = ()
    bgp: BgpSettings | None = None
    purge_key: str = ""
    kind: Literal["storage", "flash"] = "storage"
    room_bytes: int | None = None
    window: FillWindow | None = None
    slot: SlotPlace | None = None
    hot: HotDisk | None = None


def media_server(kind: ServerKind, doors: Doors, processes: int = 1) -> MediaServer:
    """Two servers, one behavior, the embedded one in this process or in several. Only the chosen one is imported."""
    if kind == "nginx":
        return nginx_server(doors)
    if processes > 1:
        return per_core_server(doors)
    from matinee.engines.media_server.sendfile import SendfileServer

    return SendfileServer(doors.clock)


def per_core_server(doors: Doors) -> MediaServer:
    from matinee.engines.media_server.per_core import PerCoreServer

    return PerCoreServer(doors.clock, doors.processes)


def nginx_server(doors: Doors) -> "NginxServer":
    from matinee.engines.media_server.nginx import NginxServer

    return NginxServer(doors.clock, doors.processes)


async def nginx_here(processes: Processes) -> "NginxProgram":
    """Which NGINX would serve. Raises `Unavailable` saying how to get one."""
    from matinee.engines.media_server.nginx_program import find_nginx

    return await find_nginx(processes)


def build_origin(place: EdgePlace, objects: Path, doors: Doors) -> EdgeOrigin:
    """`objects` is the folder of the blobs store; releases lie below it."""
    return EdgeOrigin(
        OriginSettings(_serving(place), objects / "releases"),
        server=media_server(place.server, doors, _processes(place)),
        control=_control(place, doors),
        files=doors.files,
        clock=doors.clock,
        chance=doors.chance,
    )


def build_appliance(place: EdgePlace, root: Path, doors: Doors) -> EdgeAppliance:
    return EdgeAppliance(
        ApplianceSettings(
            _serving(place),
            root,
            place.kind,
            room_bytes=place.room_bytes,
            window=place.window,
            hot=place.hot,
            boot=_boot(),
        ),
        server=media_server(place.server, doors, _processes(place)),
        control=_control(place, doors),
        network=doors.network,
        files=doors.files,
        clock=doors.clock,
        chance=doors.chance,
        feed=None if place.bgp is None else BgpSpeaker(place.bgp, doors.clock),
        slot=None if place.slot is None else _slot_agent(place, place.slot, doors),
        usage=own_usage,
    )


async def slot_place(folder: Path, life: str, doors: Doors) -> SlotPlace:
    return SlotPlace(folder, life, await SlotFolder(folder, doors.files).slots(__version__))


def _slot_agent(place: EdgePlace, slot: SlotPlace, doors: Doors) -> SlotAgent:
    folder = SlotFolder(slot.folder, doors.files)
    return SlotAgent(folder, slot.slots, slot.life, _control(place, doors).build, doors.clock, doors.chance)


def build_launcher(
    folder: Path, arguments: Sequence[str], doors: Doors, *, rules: TrialRules | None = None
) -> SlotLauncher:
    """`arguments`: of `python -m matinee`, for whatever build runs."""
    return SlotLauncher(
        SlotFolder(folder, doors.files),
        arguments,
        inherited_environment(),
        __version__,
        processes=doors.processes,
        clock=doors.clock,
        ids=doors.ids,
        rules=rules,
    )


def read_token(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise InvalidInput(f"The appliance token cannot be read from {path}: {error.strerror}.") from error


def read_purge_key(path: Path) -> str:
    try:
        key = path.read_text().strip()
    except OSError as error:
        raise InvalidInput(f"The purge key cannot be read from {path}: {error.strerror}.") from error
    if not is_public_key(key):
        raise InvalidInput(f"{path} holds no purge key. It is the service's secrets/purge.pub that belongs there.")
    return key


def _boot() -> str:
    """Linux draws one each time the machine begins."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _serving(place: EdgePlace) -> ServingSettings:
    return ServingSettings(
        appliance_id=place.id,
        public_url=place.public_url,
        host=place.host,
        port=place.port,
        state=place.state,
        certificate=place.certificate,
        private_key=place.private_key,
        workers=_processes(place),
        build=__version__ if place.slot is None else place.slot.slots.running.build,
        reach=place.reach,
        site=place.site,
        spot=place.spot,
        countries=place.countries,
        purge_key=place.purge_key,
    )


def _processes(place: EdgePlace) -> int:
    if place.serving_processes is not None:
        return place.serving_processes
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _control(place: EdgePlace, doors: Doors) -> HttpControl:
    return HttpControl(doors.network, place.control_url, place.agent_token)
