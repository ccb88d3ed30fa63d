"""The service from start to end: take the lock, listen, open the house, keep its companions, end cleanly."""

import asyncio
import ipaddress
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from matinee.app.certificates import made_certificate
from matinee.app.companions import companions, keep_running
from matinee.app.doors import Doors
from matinee.app.house import House, open_house
from matinee.app.lock import DataLock
from matinee.app.people import DEMO_EMAIL, DEMO_PASSWORD, OPERATOR_EMAIL, Made, ensure_demo_member, make_operator
from matinee.app.secrets import secret_text
from matinee.app.server import HttpServer, bind, check_certificate, check_free
from matinee.app.settings import Settings
from matinee.control.members.api import OPERATOR, OWN_COMMANDS, SIGN_IN_DAYS
from matinee.kernel.errors import NotSignedIn
from matinee.kernel.quantities import days, hours, seconds

_POLL = seconds(0.02)
_LOOK_AT_SIGN_IN = hours(12)


@dataclass(frozen=True, slots=True)
class Up:
    """A service that answers. `operator` is there only at the first start: its password is shown once."""

    house: House
    url: str
    operator: Made | None
    member: Made | None


@asynccontextmanager
async def up(settings: Settings, doors: Doors) -> AsyncIterator[Up]:
    """Everything runs inside; leaving ends it, and nothing that was acknowledged is lost either way."""
    check_certificate(settings.certificate, settings.private_key)
    lock = DataLock(settings.data)
    await lock.take_patiently(doors.clock)
    try:
        settings = await _with_tls(settings, doors)
        listener = bind(settings.host, settings.port)
        check_free(settings.host, {"--edge-port": settings.edge_port, "--origin-port": settings.origin_port})
        settings = replace(settings, port=listener.getsockname()[1])
        boot: dict[str, object] = {"demo": _demo_hint() if settings.demo else None}
        async with open_house(settings, doors, boot=boot) as house:
            server = HttpServer(house.gateway, certificate=settings.certificate, private_key=settings.private_key)
            serving = asyncio.create_task(server.run_on(listener))
            for companion in companions(settings):
                house.background.keep(companion.name, partial(keep_running, companion, doors))
            try:
                while not server.started:
                    if serving.done():
                        serving.result()
                    await doors.clock.sleep(_POLL)
                operator = await _first_operator(house, doors)
                await _operator_session(house, doors)
                house.background.keep("operator's sign-in", lambda: _renew_operator_session(house, doors))
                member = (
                    await ensure_demo_member(house.services.members, house.services.billing) if settings.demo else None
                )
                lock.announce(settings.url, settings.certificate)
                yield Up(house, settings.url, operator, member)
            finally:
                server.should_exit = True
                await house.background.close()  # companions end while the house still stands
                with suppress(asyncio.CancelledError):
                    await serving
    finally:
        lock.drop()
        await doors.network.close()


async def until_told_to_stop() -> None:
    """Wait for Ctrl-C or a polite kill."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()


async def _first_operator(house: House, doors: Doors) -> Made | None:
    """Made once; the data directory remembers that it was."""
    mark = house.settings.data / "secrets" / "operator.made"
    if await doors.files.size(mark) is not None:
        return None
    made = await make_operator(house.services.members, house.services.billing, doors.ids, OPERATOR_EMAIL)
    await doors.files.write(mark, made.email.encode(), mode=0o600)
    return made


async def _operator_session(house: House, doors: Doors) -> None:
    """A sign-in for commands on this machine (`matinee publish`), in a file that only its owner reads. Renewed when half
    of its time is over; the old one still works for who has just read it."""
    path = house.settings.data / "operator.token"
    if await doors.files.size(path) is not None:
        token = await secret_text(path, doors)
        with suppress(NotSignedIn):
            found = await house.services.members.identify(token, None)
            if doors.clock.now() - found.sign_in.created_at < days(SIGN_IN_DAYS) / 2:
                return
    operator = await house.services.members.first_with_role(OPERATOR)
    signed = await house.services.members.open_session(operator, device=OWN_COMMANDS)
    await doors.files.write(path, signed.token.encode(), mode=0o600)


async def _renew_operator_session(house: House, doors: Doors) -> None:
    while True:
        await doors.clock.sleep(_LOOK_AT_SIGN_IN)
        await _operator_session(house, doors)


async def _with_tls(settings: Settings, doors: Doors) -> Settings:
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


def _demo_hint() -> dict[str, str]:
    return {"email": DEMO_EMAIL, "password": DEMO_PASSWORD}
