"""The processes beside the service: an origin and an edge appliance. Started, watched, started again."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.settings import Settings
from matinee.kernel.log import logger
from matinee.kernel.processes import Child, Command
from matinee.kernel.quantities import days, seconds

_log = logger("companions")
_GRACE = seconds(5)
_PAUSE_MIN, _PAUSE_MAX = seconds(0.2), seconds(10)
_YOUNG = seconds(5)
"""Who lived longer did not die of how it was started, and is started again at once."""


@dataclass(frozen=True, slots=True)
class Companion:
    name: str
    arguments: tuple[str, ...]


def companions(settings: Settings) -> list[Companion]:
    """Their own origins (ports), their own folders; they know the service by its URL and a token in a file."""
    common = (
        "--control",
        settings.url,
        "--agent-token-file",
        str(settings.data / "secrets" / "agent.token"),
        "--host",
        settings.host,
        "--public-host",
        settings.shown_host,
        *_inside(settings),
        *_tls(settings),
    )
    blobs = settings.data / "blobs" / "objects"
    return [
        Companion("origin-1", ("serve", "origin", "--port", str(settings.origin_port), "--root", str(blobs), *common)),
        Companion(
            "edge-1",
            ("appliance", "--port", str(settings.edge_port), "--data", str(settings.data / "edge" / "edge-1"), *common),
        ),
    ]


async def keep_running(
    companion: Companion, doors: Doors, *, mourn: Callable[[int], Awaitable[None]] | None = None
) -> None:
    """Until canceled. A companion that dies is started again, a little later each time it dies young. One that
    cannot be started at all is the caller's to see: the error passes through.

    `mourn` is told the process that ended, before the next one starts.
    """
    pause = _PAUSE_MIN
    while True:
        began = doors.clock.monotonic()
        child: Child = await doors.processes.spawn(_command(companion.arguments))
        try:
            code = await child.wait()
        except BaseException:
            await child.stop(_GRACE)
            raise
        _log.warning("companion ended", name=companion.name, code=code)
        if mourn is not None:
            await mourn(child.pid)
        young = doors.clock.monotonic() - began < _YOUNG.total_seconds()
        pause = min(pause * 2, _PAUSE_MAX) if young else _PAUSE_MIN
        await doors.clock.sleep(pause)


def _command(arguments: Sequence[str]) -> Command:
    # A companion runs as long as the service does; the timeout of `run` does not apply to `spawn`.
    return Command([sys.executable, "-m", "matinee", *arguments, "--with-parent"], timeout=days(365))


def _inside(settings: Settings) -> tuple[str, ...]:
    """Behind an address translation the public name may lead nowhere from here, so companions are told where they are."""
    ports = (settings.port, settings.origin_port) if settings.shown_host != settings.inside_host else ()
    return tuple(
        word for port in ports for word in ("--inside", f"{settings.shown_host}:{port}={settings.inside_host}")
    )


def _tls(settings: Settings) -> tuple[str, ...]:
    if settings.certificate is None or settings.private_key is None:
        return ()
    return ("--certificate", str(Path(settings.certificate)), "--private-key", str(Path(settings.private_key)))
