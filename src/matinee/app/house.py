"""A whole house in one process: engines, services, the front door, and what runs in the background."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files as package_files
from pathlib import Path
from urllib.parse import urlsplit

from matinee import __version__
from matinee.app.callers import CallerDesk
from matinee.app.consumers import consume
from matinee.app.doors import Doors
from matinee.app.engines import Engines, OpenEngines, open_engines
from matinee.app.http import answering
from matinee.app.repeats import once_each
from matinee.app.secrets import Secrets, open_secrets
from matinee.app.services import SCHEMAS, Services, build_services, consumers
from matinee.app.settings import Settings
from matinee.app.supervision import Supervisor
from matinee.app.timers import keep_looking
from matinee.control.billing.service import BillingService
from matinee.control.catalog.api import Catalog
from matinee.control.members.service import MembersService, PasswordsService
from matinee.control.steering.api import Steering
from matinee.delivery.gateway.api import GatewayConfig
from matinee.delivery.gateway.service import Gateway
from matinee.delivery.gateway.service.pages import read_pages
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.log import logger
from matinee.kernel.quantities import seconds

_log = logger("house")
_LOOK_AT_EDGES = seconds(5)


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    secrets: Secrets
    engines: Engines
    services: Services
    gateway: Gateway
    background: Supervisor


@dataclass(frozen=True, slots=True)
class Stores:
    """As much of a house as commands on a data directory need."""

    members: MembersService
    billing: BillingService


@asynccontextmanager
async def open_stores(settings: Settings, doors: Doors) -> AsyncIterator[Stores]:
    async with open_engines(settings, doors, SCHEMAS) as engines:
        passwords = PasswordsService(engines.database, doors.ids)
        yield Stores(
            MembersService(engines.database, engines.cache, engines.mail, doors.clock, doors.ids, passwords),
            BillingService(engines.database, doors.clock),
        )


@asynccontextmanager
async def open_house(
    settings: Settings,
    doors: Doors,
    *,
    open_engines: OpenEngines = open_engines,
    boot: dict[str, object] | None = None,
) -> AsyncIterator[House]:
    """Everything built and running in the background; nothing listens yet."""
    secrets = await open_secrets(settings.data / "secrets", doors)
    async with open_engines(settings, doors, SCHEMAS) as engines:
        services = build_services(settings, doors, engines, secrets)
        await index_once(settings, doors, services.catalog)
        config = gateway_config(settings, boot or {})
        neighbors = services.wiring.neighbors
        gateway = Gateway(
            once_each(
                answering(services.wiring.routes(), secrets.control_ring.keys, doors.clock, neighbors.audit),
                secrets.control_ring.keys,
                engines.cache,
                doors.clock,
            ),
            CallerDesk(
                neighbors.members, neighbors.billing, secrets.control_ring, settings, doors.clock, neighbors.places
            ),
            await read_pages(doors.files, config),
            config,
            doors.clock,
            doors.ids,
        )
        background = Supervisor(doors.clock)
        gateway.failing = background.failing
        background.keep("outbox", engines.relay.run)
        for consumer in consumers(services):
            background.keep(
                f"{consumer.topic} for {consumer.group}", partial(consume, engines.log, consumer, doors.clock)
            )
        for timer in services.wiring.timers():
            background.keep(timer.name, partial(keep_looking, timer, doors.clock), is_needed=False)
        background.keep("studio", lambda: services.studio.run(workers=settings.workers_here, clock=doors.clock))
        background.keep("ticket keys", secrets.edge_ring.keep_turning)
        background.keep("edges", lambda: follow_edges(services.steering, gateway, doors.clock))
        try:
            gateway.ready = True
            yield House(settings, secrets, engines, services, gateway, background)
        finally:
            gateway.ready = False
            await background.close()


async def index_once(settings: Settings, doors: Doors, catalog: Catalog) -> None:
    """A restore does not bring the index, and a kill may have come before it was whole: the mark is written last."""
    mark = settings.data / "search" / "complete"
    if await doors.files.size(mark) is None:
        await catalog.reindex()
        await doors.files.write(mark, b"")


async def follow_edges(steering: Steering, gateway: Gateway, clock: Clock) -> None:
    """The pages' content security policy names every edge that has reported, so that the player may fetch from it."""
    while True:
        try:
            gateway.allow_edges(sorted({a.origin for a in await steering.appliances()}))
        except MatineeError as error:
            _log.warning("the edges are not known", reason=error.sentence)
        await clock.sleep(_LOOK_AT_EDGES)


def gateway_config(settings: Settings, boot: dict[str, object]) -> GatewayConfig:
    ours = (f"{settings.origin}:{settings.edge_port}", f"{settings.origin}:{settings.origin_port}")
    config = GatewayConfig(
        edge_origins=(*ours, *map(_origin_of, settings.outside_cdns.values())),
        boot={"version": __version__, **boot},
        trusted_proxies=settings.trusted_proxies,
    )
    pages = Path(str(package_files("matinee"))) / "web"
    return replace(config, pages=pages) if pages.is_dir() else config


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
