"""The parent in `matinee up`: it starts the house and its edges as processes of their own, and starts again who dies.

It holds what has to outlive a house: the data directory's lock, and the edges, which go on serving films meanwhile. It
imports little, so that the house is not started later for it.
"""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from matinee.app.companions import Companion, companions
from matinee.app.lock import DataLock, Running, running
from matinee.app.settings import Settings
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.processes import Child, Processes
from matinee.kernel.quantities import seconds

_LOOK_EVERY = seconds(0.02)
_GRACE = seconds(15)


class NeverUp(MatineeError):
    """The house ended before it answered for the first time. To start it again would not help."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The service was ended by signal {-code} before it was up.")
        self.code = code
        """Positive: it ended by itself, and has said why."""


async def keep_up(settings: Settings, processes: Processes, clock: Clock) -> None:
    """Until canceled; then everything has ended."""
    lock = DataLock(settings.data)
    await lock.take_patiently(clock)
    try:
        first = await processes.spawn(the_house(settings, again=False).command)
        try:
            settings = as_announced(settings, await _up(first, settings.data, clock))
        except BaseException:
            await first.stop(_GRACE)
            raise
        await _keep(settings, first, lock, processes, clock)
    finally:
        lock.drop()


async def _up(house: Child, data: Path, clock: Clock) -> Running:
    """Where it answers, as soon as it says so."""
    ended = asyncio.create_task(house.wait())
    try:
        while (found := running(data)) is None:
            if ended.done():
                raise NeverUp(ended.result())
            await clock.sleep(_LOOK_EVERY)
        return found
    finally:
        ended.cancel()


async def _keep(settings: Settings, first: Child, lock: DataLock, processes: Processes, clock: Clock) -> None:
    # Only now: the log alone takes as long to import as everything above.
    from matinee.app.supervision import Supervisor, keep_running
    from matinee.kernel import log

    log.configure(level=settings.log_level)

    async def mourn(_pid: int) -> None:
        lock.withdraw()

    house, edges = Supervisor(clock), Supervisor(clock)
    later = the_house(settings, again=True)
    house.keep(later.name, partial(keep_running, later, processes, clock, begun=first, mourn=mourn))
    for edge in companions(settings):
        edges.keep(edge.name, partial(keep_running, edge, processes, clock))
    try:
        await asyncio.Event().wait()
    finally:
        await edges.close()  # while the house still stands
        await house.close()


def the_house(settings: Settings, *, again: bool) -> Companion:
    """The same command with everything decided: what the environment said is said again."""
    flags = [] if settings.demo else ["--no-demo"]
    flags += ["--again"] if again else []
    for flag, value in (
        ("--data", settings.data),
        ("--host", settings.host),
        ("--port", settings.port),
        ("--edge-port", settings.edge_port),
        ("--origin-port", settings.origin_port),
        ("--workers", settings.workers),
        ("--worker-processes", settings.worker_processes),
        ("--title-jobs", settings.title_jobs),
        ("--watch", settings.watch),
        ("--kept-chunks-gib", settings.kept_chunks_gib),
        ("--log-level", settings.log_level),
        ("--public-host", settings.public_host),
        ("--certificate", settings.certificate),
        ("--private-key", settings.private_key),
    ):
        flags += [] if value is None else [flag, str(value)]
    return Companion("house", ("up", *flags), grace=_GRACE, is_part_of_us=True)


def as_announced(settings: Settings, found: Running) -> Settings:
    """With the port it got and the certificate it made."""
    return replace(
        settings,
        port=urlsplit(found.url).port or settings.port,
        certificate=Path(found.certificate) if found.certificate else None,
        private_key=Path(found.private_key) if found.private_key else None,
    )
