"""What `matinee up` shows first: the demo films, rendered one after the other and published as they finish."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.house import House
from matinee.demo.films.catalog import FILMS
from matinee.kernel.errors import MatineeError
from matinee.kernel.processes import Command, Limits
from matinee.kernel.quantities import minutes, seconds
from matinee.studio.production.api import FileRef, IngestRequest, Metadata
from matinee.wire.encoding import from_json

_RENDER_TIMEOUT = minutes(20)
_LOOK_EVERY = seconds(1)
# Behind the encodes: the film that is nearly ready matters more than the one that is to be drawn.
_RENDER_LIMITS = Limits(niceness=15)


async def run_programme(house: House, doors: Doors, say: Callable[[str], None]) -> None:
    """Render and publish what is not there yet. Interrupted, the next start goes on."""
    reporting = asyncio.create_task(_report(house, doors, say))
    try:
        for film in FILMS:
            try:
                await _show(film.id, house, doors, say)
            except (MatineeError, OSError) as error:
                say(f"The film {film.id} could not be made: {error}")
        await reporting  # until the service ends
    finally:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)


async def _show(film: str, house: House, doors: Doors, say: Callable[[str], None]) -> None:
    folder = house.settings.data / "demo" / film
    handed_in = folder / ".title"
    if await _is_watchable(house, doors, handed_in):
        return
    if await doors.files.size(folder / "film.json") is None:
        await _render(film, folder, doors, say)
    sidecar = from_json(await doors.files.read(folder / "film.json"), Metadata, what="film.json")
    version = await house.services.studio.production.ingest(
        IngestRequest(
            master=FileRef(path=str(folder / "master.mkv")),
            metadata=sidecar,
            files={name: FileRef(path=str(folder / name)) for name in sidecar.file_names()},
        )
    )
    await doors.files.write(handed_in, version.title_id.encode())


async def _is_watchable(house: House, doors: Doors, handed_in: Path) -> bool:
    """A film that was handed in, but failed on its way, is handed in again: what was finished stays finished."""
    if await doors.files.size(handed_in) is None:
        return False
    title_id = (await doors.files.read(handed_in)).decode()
    desk = await house.services.catalog.desk()
    return any(d.title.id == title_id and d.title.state != "preparing" for d in desk)


async def _render(film: str, folder: Path, doors: Doors, say: Callable[[str], None]) -> None:
    told = -1

    def progress(line: str) -> None:
        nonlocal told
        step = from_json(line, dict[str, int])
        share = 20 * step["done"] // max(1, step["total"]) * 5
        if share != told:
            told = share
            say(f"rendering {film}: {share} %")

    argv = [sys.executable, "-m", "matinee.demo.films.render", film, "--out", str(folder)]
    await doors.processes.run(Command(argv, timeout=_RENDER_TIMEOUT, limits=_RENDER_LIMITS, on_line=progress))


async def _report(house: House, doors: Doors, say: Callable[[str], None]) -> None:
    """Say what the studio does until it has nothing left to do and every film was handed in."""
    told: dict[str, str] = {}
    while True:
        for version in await house.services.studio.production.queue():
            line = f"{version.profile} release of {version.title_id[-6:]}: {version.stage} {version.progress:.0%}"
            if told.get(version.release_id) != line:
                told[version.release_id] = line
                say(line)
        for title in await house.services.catalog.desk():
            current = title.title.current_release
            if current is not None and told.get(title.title.id) != current:
                told[title.title.id] = current
                profile = next((r.profile for r in title.releases if r.release_id == current), "")
                say(f"{title.title.in_language('en').name} can be watched ({profile} release).")
        await doors.clock.sleep(_LOOK_EVERY)
