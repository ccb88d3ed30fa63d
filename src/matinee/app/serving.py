"""One process of the split house: some services behind a door for their neighbors, or the gateway in front of all.

It registers itself and says so again every few seconds; who finds no neighbor yet tries again, so the processes may start
in any order. State is in the engines, opened by each process that needs them.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from matinee.app.callers import CallerDesk
from matinee.app.consumers import consume
from matinee.app.doors import Doors
from matinee.app.engines import open_engines
from matinee.app.house import follow_edges, gateway_config, index_once
from matinee.app.http import answering
from matinee.app.neighbors import Ground, Neighbors, Outside
from matinee.app.repeats import once_each
from matinee.app.rpc.clients import Clients
from matinee.app.rpc.door import ServiceDoor
from matinee.app.rpc.serve import serve
from matinee.app.running import demo_hint
from matinee.app.secrets import open_secrets, secret_text
from matinee.app.server import HttpServer, bind
from matinee.app.services import PROCESSES, SCHEMAS, TABLE, Wiring
from matinee.app.settings import Settings, listens_everywhere
from matinee.app.supervision import Supervisor
from matinee.app.timers import keep_looking
from matinee.delivery.gateway.api import Asgi
from matinee.delivery.gateway.model.routing import Route, RouteTable
from matinee.delivery.gateway.service import Gateway
from matinee.delivery.gateway.service.pages import read_pages
from matinee.delivery.gateway.service.proxy import Proxy
from matinee.engines.mail.mailbox import MailboxMail
from matinee.engines.registry.eureka import EurekaRegistry
from matinee.engines.registry.port import Instance, Registry
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.log import logger
from matinee.kernel.quantities import seconds
from matinee.resilience.spans import Spans

GATEWAY = "gateway"
LEASE = seconds(10)
_RENEWAL = seconds(3)
_TRY_AGAIN = seconds(0.5)
_POLL = seconds(0.02)
_log = logger("serving")


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the house this process is, and where it finds and is found. Port 0: any free one."""

    names: tuple[str, ...]
    registry_url: str
    host: str
    port: int


async def house_secret(settings: Settings, doors: Doors) -> str:
    """What services show each other. Whoever reads it may call any of them."""
    return await secret_text(settings.data / "secrets" / "service.token", doors)


@asynccontextmanager
async def serving(part: Part, settings: Settings, doors: Doors) -> AsyncIterator[str]:
    """Answers, registered, until left; the value is its own address."""
    secret = await house_secret(settings, doors)
    registry = EurekaRegistry(doors.network, part.registry_url, secret=secret)
    spans = Spans("+".join(part.names), doors.clock, doors.ids)
    clients = Clients(registry, doors, secret, spans)
    listener = bind(part.host, part.port)
    port = listener.getsockname()[1]
    url = f"http://{found_at(part, settings)}:{port}"
    is_gateway = part.names == (GATEWAY,)
    opening = (
        _gateway(settings, doors, clients, registry, spans, secret)
        if is_gateway
        else _services(part.names, settings, doors, clients, spans, secret)
    )
    async with opening as (app, names):
        tls = (settings.certificate, settings.private_key) if is_gateway else (None, None)
        server = HttpServer(app, certificate=tls[0], private_key=tls[1])
        serving = asyncio.create_task(server.run_on(listener))
        while not server.started:
            if serving.done():
                serving.result()
            await doors.clock.sleep(_POLL)
        instances = [Instance(name, f"{name}-{os.getpid()}", url) for name in names]
        background = Supervisor(doors.clock)
        background.keep("registration", lambda: stay_registered(registry, instances, doors.clock))
        try:
            yield url
        finally:
            await background.close()
            await _deregister(registry, instances)
            server.should_exit = True
            with suppress(asyncio.CancelledError):
                await serving


def found_at(part: Part, settings: Settings) -> str:
    """The host that is registered. To listen on every address is no address to be asked at: then it is the name that
    the operator gave."""
    name = settings.shown_host if listens_everywhere(part.host) else part.host
    return f"[{name}]" if ":" in name else name


async def stay_registered(registry: Registry, instances: Sequence[Instance], clock: Clock) -> None:
    """Until canceled. A registry that is away, or has forgotten us, is told again."""
    is_known, said = False, ""
    while True:
        try:
            for instance in instances:
                if not is_known or not await registry.renew(instance.service, instance.id):
                    await registry.register(instance, lease=LEASE)
            if said:
                _log.info("registered")
            is_known, said = True, ""
        except MatineeError as error:
            is_known = False
            if error.sentence != said:  # once: it is tried twice a second
                _log.warning("not registered", reason=error.sentence)
            said = error.sentence
        await clock.sleep(_RENEWAL if is_known else _TRY_AGAIN)


async def _deregister(registry: Registry, instances: Sequence[Instance]) -> None:
    with suppress(MatineeError):  # then the lease ends by itself
        for instance in instances:
            await registry.cancel(instance.service, instance.id)


@asynccontextmanager
async def _services(
    names: Sequence[str], settings: Settings, doors: Doors, clients: Clients, spans: Spans, secret: str
) -> AsyncIterator[tuple[Asgi, Sequence[str]]]:
    secrets = await open_secrets(settings.data / "secrets", doors)
    async with open_engines(settings, doors, SCHEMAS) as engines:
        wiring = Wiring(Ground(settings, doors, engines, secrets), names, clients.find, clients.faults, spans)
        if "catalog" in names:
            await index_once(settings, doors, wiring.own("catalog"))
        clock = doors.clock
        background = Supervisor(clock)
        background.keep("outbox", engines.relay.run)
        for consumer in wiring.consumers():
            background.keep(f"{consumer.topic} for {consumer.group}", partial(consume, engines.log, consumer, clock))
        for timer in wiring.timers():
            background.keep(timer.name, partial(keep_looking, timer, clock), is_needed=False)
        ring = secrets.edge_ring
        background.keep("ticket keys", ring.keep_turning if "steering" in names else ring.keep_looking)
        if "production" in names:
            background.keep(
                "studio", lambda: wiring.own("studio").run(workers=settings.workers_here, clock=doors.clock)
            )
        calls = {name: serve(TABLE[name].protocol, wiring.guarded(name), clock) for name in wiring.names}
        keys = secrets.control_ring.keys
        public = once_each(answering(wiring.routes(), keys, clock, wiring.neighbors.audit), keys, engines.cache, clock)
        try:
            yield ServiceDoor(calls, public, clock, spans, secret=secret), wiring.names
        finally:
            await background.close()


@asynccontextmanager
async def _gateway(
    settings: Settings, doors: Doors, clients: Clients, registry: Registry, spans: Spans, secret: str
) -> AsyncIterator[tuple[Asgi, Sequence[str]]]:
    secrets = await open_secrets(settings.data / "secrets", doors)
    neighbors = Neighbors(clients.find)
    mail = MailboxMail(settings.data / "mail", doors.files)
    outside = Outside(secrets, doors.clock, mail)
    by_owner = {
        process: [
            route
            for name, service in TABLE.items()
            if (service.process or name) == process
            for route in service.routes(outside, neighbors)
        ]
        for process in PROCESSES
    }
    table = RouteTable(
        (
            Route(frozenset(str(method) for method in handler.http_methods), path, owner)
            for owner, handlers in by_owner.items()
            for handler in handlers
            for path in handler.paths
        ),
        below="/api/v1",
    )
    # Never asked for a route of its own: it describes the API, and answers who asks for what nobody has.
    handlers = [handler for owned in by_owner.values() for handler in owned]
    own = answering(handlers, secrets.control_ring.keys, doors.clock, neighbors.audit)
    proxy = Proxy(
        table,
        clients.places,
        doors.network,
        doors.clock,
        spans,
        secret=secret,
        own=own,
        neighbor=partial(clients.neighbor, way="http"),
        processes=PROCESSES,
    )
    config = gateway_config(settings, {"demo": demo_hint() if settings.demo else None})
    gateway = Gateway(
        proxy,
        CallerDesk(neighbors.members, neighbors.billing, secrets.control_ring, settings, doors.clock, neighbors.places),
        await read_pages(doors.files, config),
        config,
        doors.clock,
        doors.ids,
        spans,
    )
    background = Supervisor(doors.clock)
    gateway.failing = background.failing
    background.keep("edges", lambda: follow_edges(neighbors.steering, gateway, doors.clock))
    background.keep("readiness", lambda: _ready_when_all_are(gateway, registry, doors.clock))
    try:
        yield gateway, (GATEWAY,)
    finally:
        await background.close()


async def _ready_when_all_are(gateway: Gateway, registry: Registry, clock: Clock) -> None:
    """Ready once every service has been seen; one that is being restarted later is its callers' business."""
    missing = list(PROCESSES)
    while True:
        with suppress(MatineeError):
            missing = [name for name in missing if not await registry.instances(name)]
        gateway.ready, gateway.awaited = not missing, missing
        await clock.sleep(_RENEWAL if not missing else _TRY_AGAIN / 2)
