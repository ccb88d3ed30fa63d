"""The service in one process from start to end: listen, open the house, say where it is, end cleanly."""

import asyncio
import ipaddress
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from matinee.app.certificates import made_certificate
from matinee.app.companions import companions
from matinee.app.doors import Doors
from matinee.app.house import open_house
from matinee.app.lock import DataLock, announce
from matinee.app.people import DEMO_EMAIL, DEMO_PASSWORD, OPERATOR_EMAIL, Made, ensure_demo_member, make_operator
from matinee.app.secrets import secret_text
from matinee.app.server import HttpServer, bind, check_certificate, check_free
from matinee.app.settings import Settings
from matinee.app.studio import PromisingStudio
from matinee.app.supervision import Supervisor, keep_running
from matinee.control.billing.api import Billing
from matinee.control.catalog.api import Catalog
from matinee.control.members.api import OPERATOR, OWN_COMMANDS, SIGN_IN_DAYS, Members
from matinee.kernel.errors import NotSignedIn
from matinee.kernel.quantities import days, hours, seconds

_POLL = seconds(0.02)
_LOOK_AT_SIGN_IN = hours(12)


@dataclass(frozen=True, slots=True)
class Up:
    """A service that answers. `operator` is there only at the first start: its password is shown once."""

    settings: Settings
    url: str
    operator: Made | None
    member: Made | None
    catalog: Catalog
    studio: PromisingStudio
    background: Supervisor


@asynccontextmanager
async def up(settings: Settings, doors: Doors) -> AsyncIterator[Up]:
    """The house with its edges beside it, for as long as a command needs one. Leaving ends it, and nothing that was
    acknowledged is lost either way. `matinee up` itself has a parent that starts it again: see `upkeep`."""
    lock = DataLock(settings.data)
    await lock.take_patiently(doors.clock)
    try:
        async with house_up(settings, doors, pid=os.getpid()) as running:
            for companion in companions(running.settings):
                work = partial(keep_running, companion, doors.processes, doors.clock)
                running.background.keep(companion.name, work)
            yield running
    finally:
        lock.drop()


@asynccontextmanager
async def house_up(settings: Settings, doors: Doors, *, pid: int, again: bool = False) -> AsyncIterator[Up]:
    """Control and studio, answering. `pid` is the process that holds the data directory, for others to read; `again`:
    the edges of the house that was run on, on their ports."""
    check_certificate(settings.certificate, settings.private_key)
    try:
        settings = await with_tls(settings, doors)
        listener = bind(settings.host, settings.port)
        if not again:
            check_free(settings.host, {"--edge-port": settings.edge_port, "--origin-port": settings.origin_port})
        settings = replace(settings, port=listener.getsockname()[1])
        boot: dict[str, object] = {"demo": demo_hint() if settings.demo else None}
        async with open_house(settings, doors, boot=boot) as house:
            server = HttpServer(house.gateway, certificate=settings.certificate, private_key=settings.private_key)
            serving = asyncio.create_task(server.run_on(listener))
            try:
                while not server.started:
                    if serving.done():
                        serving.result()
                    await doors.clock.sleep(_POLL)
                services = house.services
                operator, member = await first_people(settings, services.members, services.billing, doors)
                keep_signed_in(house.background, settings, services.members, doors)
                announce(settings, pid)
                yield Up(settings, settings.url, operator, member, services.catalog, services.studio, house.background)
            finally:
                await house.background.close()  # companions end while the house still stands, and have a last word
                server.should_exit = True
                with suppress(asyncio.CancelledError):
                    await serving
    finally:
        await doors.network.close()


async def first_people(
    settings: Settings, members: Members, billing: Billing, doors: Doors
) -> tuple[Made | None, Made | None]:
    """The operator, where this start made one, and the demo's member, where there is a demo."""
    operator = await _first_operator(settings, members, billing, doors)
    await _operator_session(settings, members, doors)
    return operator, await ensure_demo_member(members, billing) if settings.demo else None


async def _first_operator(settings: Settings, members: Members, billing: Billing, doors: Doors) -> Made | None:
    """Made once; the data directory remembers that it was."""
    mark = settings.data / "secrets" / "operator.made"
    if await doors.files.size(mark) is not None:
        return None
    made = await make_operator(members, billing, doors.ids, OPERATOR_EMAIL)
    await doors.files.write(mark, made.email.encode(), mode=0o600)
    return made


async def _operator_session(settings: Settings, members: Members, doors: Doors) -> None:
    """A sign-in for commands on this machine (`matinee publish`), in a file that only its owner reads. Renewed when half
    of its time is over; the old one still works for who has just read it."""
    path = settings.data / "operator.token"
    if await doors.files.size(path) is not None:
        token = await secret_text(path, doors)
        with suppress(NotSignedIn):
            found = await members.identify(token, None)
            if doors.clock.now() - found.sign_in.created_at < days(SIGN_IN_DAYS) / 2:
                return
    operator = await members.first_with_role(OPERATOR)
    signed = await members.open_session(operator, device=OWN_COMMANDS)
    await doors.files.write(path, signed.token.encode(), mode=0o600)


def keep_signed_in(background: Supervisor, settings: Settings, members: Members, doors: Doors) -> None:
    """The sign-in of this machine's commands outlives any number of days."""

    async def renew() -> None:
        while True:
            await doors.clock.sleep(_LOOK_AT_SIGN_IN)
            await _operator_session(settings, members, doors)

    background.keep("operator's sign-in", renew)


async def with_tls(settings: Settings, doors: Doors) -> Settings:
    """Beyond loopback browsers want a secure context for encrypted media and passkeys."""
    if settings.certificate is not None or _is_loopback(settings.host):
        return settings
    certificate, key = await made_certificate(settings.data / "tls", settings.public_host or settings.host, doors)
    return replace(settings, certificate=certificate, private_key=key)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def demo_hint() -> dict[str, str]:
    return {"email": DEMO_EMAIL, "password": DEMO_PASSWORD}
