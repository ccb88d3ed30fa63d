"""The processes beside the service, and how they are started: an origin, an edge appliance, and workers where asked for."""

import sys
from dataclasses import dataclass
from pathlib import Path

from matinee.app.settings import Settings
from matinee.kernel.processes import Command
from matinee.kernel.quantities import Span, days, seconds

STUDIO_WORKER = "studio-worker"


@dataclass(frozen=True, slots=True)
class Companion:
    name: str
    arguments: tuple[str, ...]
    grace: Span = seconds(5)
    """How long it may take to end when it is asked to."""
    is_part_of_us: bool = False
    """What it prints is our own output, and it dies with us."""

    @property
    def command(self) -> Command:
        # It runs as long as the service does; the timeout of `run` does not apply to `spawn`.
        argv = [sys.executable, "-m", "matinee", *self.arguments, "--with-parent"]
        return Command(argv, timeout=days(365), is_part_of_us=self.is_part_of_us)


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
        # Beside a whole house on one machine, one process each is enough, and is up at once.
        "--serving-processes",
        "1",
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
        *_workers(settings),
    ]


def _workers(settings: Settings) -> list[Companion]:
    flags = ("--data", str(settings.data), "--workers", str(settings.workers), *farm_flags(settings))
    flags += ("--log-level", settings.log_level)
    return [
        Companion(f"{STUDIO_WORKER}-{number}", ("serve", STUDIO_WORKER, *flags))
        for number in range(1, settings.worker_processes + 1)
    ]


def farm_flags(settings: Settings) -> tuple[str, ...]:
    """What every process that takes jobs has to know alike."""
    bound = () if settings.title_jobs is None else ("--title-jobs", str(settings.title_jobs))
    return ("--worker-processes", str(settings.worker_processes), *bound)


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
