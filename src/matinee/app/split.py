"""The split house on one machine: a process for each service, the gateway in front, and this one that keeps them running.

This process holds the data directory's lock and the registry, and makes what must be there before anyone starts: tables,
secrets, the first people. It answers no request. When it ends, however it ends, the others end with it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

from matinee.app.companions import Companion, companions, farm_flags
from matinee.app.doors import Doors
from matinee.app.house import open_stores
from matinee.app.lock import DataLock, announce
from matinee.app.rpc.clients import Clients
from matinee.app.running import Up, first_people, keep_signed_in, with_tls
from matinee.app.secrets import open_secrets
from matinee.app.server import HttpServer, PortTaken, bind, check_certificate, check_free
from matinee.app.services import PROCESSES
from matinee.app.serving import GATEWAY, house_secret
from matinee.app.settings import Settings
from matinee.app.studio import RemoteStudio
from matinee.app.supervision import Supervisor, keep_running
from matinee.delivery.gateway.api import Asgi
from matinee.engines.registry.eureka import EurekaFace
from matinee.engines.registry.memory import MemoryRegistry
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import free_port
from matinee.kernel.quantities import minutes, seconds
from matinee.resilience.spans import Spans

_LOOK_EVERY = seconds(0.1)
_START_MAX = minutes(3)
_PORTS_FREE_WITHIN = seconds(5)
_LOOPBACK = "127.0.0.1"


class PartMissing(Unavailable):
    """A process of the house does not come up."""


@asynccontextmanager
async def up_split(settings: Settings, doors: Doors) -> AsyncIterator[Up]:
    check_certificate(settings.certificate, settings.private_key)
    lock = DataLock(settings.data)
    await lock.take_patiently(doors.clock)
    try:
        settings = await with_tls(settings, doors)
        settings = replace(settings, port=settings.port or free_port(settings.host))
        await _until_free(settings, doors)
        await open_secrets(settings.data / "secrets", doors)
        secret = await house_secret(settings, doors)
        # Migrated once, before anyone opens them; the people are made on the stores themselves.
        async with open_stores(settings, doors) as stores:
            operator, member = await first_people(settings, stores.members, stores.billing, doors)
        registry = MemoryRegistry(doors.clock)
        async with _answering(EurekaFace(registry, secret=secret), _LOOPBACK, 0) as registry_url:
            background, edges = Supervisor(doors.clock), Supervisor(doors.clock)
            try:
                for edge in companions(settings):
                    edges.keep(edge.name, partial(keep_running, edge, doors.processes, doors.clock))
                await bring_up(parts(settings, registry_url), registry, background, doors)
                announce(settings, os.getpid())
                clients = Clients(registry, doors, secret, Spans("supervisor", doors.clock, doors.ids))
                keep_signed_in(background, settings, clients.find("members"), doors)
                studio = RemoteStudio(clients.find("production"), clients.find("studio"), doors.clock)
                background.keep("promises", studio.keep_telling)
                yield Up(settings, settings.url, operator, member, clients.find("catalog"), studio, background)
            finally:
                await edges.close()  # while the house still stands, for they have a last word
                await background.close()
    finally:
        lock.drop()
        await doors.network.close()


@asynccontextmanager
async def serve_registry(settings: Settings, doors: Doors, host: str, port: int) -> AsyncIterator[str]:
    """A registry by itself, for parts that are started by hand or on several machines."""
    face = EurekaFace(MemoryRegistry(doors.clock), secret=await house_secret(settings, doors))
    async with _answering(face, host, port) as url:
        yield url


@asynccontextmanager
async def _answering(app: Asgi, host: str, port: int) -> AsyncIterator[str]:
    listener = bind(host, port)
    server = HttpServer(app)
    answering = asyncio.create_task(server.run_on(listener))
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await answering


def parts(settings: Settings, registry_url: str) -> Sequence[Companion]:
    """What to start: one process a service on a port of its own choice, the gateway where viewers come."""
    log_and_country = ("--log-level", settings.log_level, "--country", settings.country)
    common = ("--data", str(settings.data), "--registry", registry_url, *log_and_country)
    studio = [
        "--workers",
        str(settings.workers),
        *farm_flags(settings),
        "--kept-chunks-gib",
        str(settings.kept_chunks_gib),
    ]
    studio += [] if settings.watch is None else ["--watch", str(settings.watch)]
    services = [Companion(name, ("serve", name, *common, "--port", "0", *studio)) for name in PROCESSES]
    front = ["--host", settings.host, "--port", str(settings.port)]
    front += ["--edge-port", str(settings.edge_port), "--origin-port", str(settings.origin_port)]
    front += [] if settings.demo else ["--no-demo"]
    for flag, value in (
        ("--public-host", settings.public_host),
        ("--certificate", settings.certificate),
        ("--private-key", settings.private_key),
    ):
        front += [] if value is None else [flag, str(value)]
    return [*services, Companion(GATEWAY, ("serve", GATEWAY, *common, *front))]


async def bring_up(
    services: Sequence[Companion], registry: MemoryRegistry, background: Supervisor, doors: Doors
) -> None:
    """Start these and keep them running, until all have registered. Who ends before it ever had is not waited for: it has
    printed why, and to start it again would not help."""
    start = _Start(registry)
    for part in services:
        background.keep(part.name, partial(_keep, part, registry, doors, start))
    ends = doors.clock.monotonic() + _START_MAX.total_seconds()
    while missing := [part.name for part in services if not await start.has_arrived(part.name)]:
        if start.ended:
            raise PartMissing(f"{start.ended[0].capitalize()} ended before it was up. Look at what it printed above.")
        if doors.clock.monotonic() > ends:
            raise PartMissing(f"These services do not start: {', '.join(missing)}. Look at what they printed above.")
        await doors.clock.sleep(_LOOK_EVERY)


class _Start:
    """Who has been there once since the house was started, and who ended before that."""

    def __init__(self, registry: MemoryRegistry) -> None:
        self.ended: list[str] = []
        self._registry = registry
        self._seen: set[str] = set()

    async def has_arrived(self, name: str) -> bool:
        """Whether it is there now."""
        is_there = bool(await self._registry.instances(name))
        if is_there:
            self._seen.add(name)
        return is_there

    async def note_end(self, name: str) -> None:
        if not await self.has_arrived(name) and name not in self._seen:
            self.ended.append(name)


async def _keep(part: Companion, registry: MemoryRegistry, doors: Doors, start: _Start) -> None:
    async def mourn(pid: int) -> None:
        """Who was killed could not say so; its neighbors should not wait for its lease to end."""
        await start.note_end(part.name)
        await registry.cancel(part.name, f"{part.name}-{pid}")
        if part.name == "production":
            await registry.cancel("studio", f"studio-{pid}")

    await keep_running(part, doors.processes, doors.clock, mourn=mourn)


async def _until_free(settings: Settings, doors: Doors) -> None:
    """The processes of a house that was killed a moment ago may still be ending."""
    wanted = {"--port": settings.port, "--edge-port": settings.edge_port, "--origin-port": settings.origin_port}
    ends = doors.clock.monotonic() + _PORTS_FREE_WITHIN.total_seconds()
    while True:
        try:
            check_free(settings.host, wanted)
            return
        except PortTaken:
            if doors.clock.monotonic() > ends:
                raise
        await doors.clock.sleep(_LOOK_EVERY)
