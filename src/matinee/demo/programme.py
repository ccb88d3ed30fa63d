"""What `matinee up` shows first: the demo films, rendered one after the other and published as they finish."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.settings import Settings
from matinee.app.stages import stage_in_words
from matinee.app.studio import PromisingStudio
from matinee.control.catalog.api import Catalog, DeskTitle
from matinee.demo.films.catalog import FILMS
from matinee.demo.films.story import Film
from matinee.kernel.errors import MatineeError
from matinee.kernel.processes import Command, Limits
from matinee.kernel.quantities import minutes, seconds
from matinee.studio.production.api import FileRef, IngestRequest, Metadata, VersionStatus
from matinee.wire.encoding import from_json

_RENDER_TIMEOUT = minutes(20)
_LOOK_EVERY = seconds(1)
_HANDED_IN = ".title"
# Behind the encodes: the film that is nearly ready matters more than the one that is to be drawn.
_RENDER_LIMITS = Limits(niceness=15)
_RENDER_SHARE = 0.3
"""Of the way from nothing to a film one can watch: an estimate."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the films are shown: a house in this process, or clients to one in several."""

    settings: Settings
    catalog: Catalog
    studio: PromisingStudio


async def run_programme(stage: Stage, doors: Doors, say: Say) -> None:
    """Render and publish what is not there yet. Interrupted, the next start goes on."""

    def tell(line: str) -> None:
        with suppress(OSError):  # nobody reads, or the disk is full: the films are made all the same
            say(line)

    reporting = asyncio.create_task(_report(stage, doors, tell))
    try:
        wanted = [film for film in FILMS if not await _is_watchable(film, stage, doors)]
        for film in wanted:
            stage.studio.promise(_name(film), "", 0.0, rating=film.rating)
        for film in wanted:
            is_handed_in = False
            try:
                await _show(film, stage, doors, tell)
                is_handed_in = True
            except (MatineeError, OSError) as error:
                reason = error.sentence if isinstance(error, MatineeError) else str(error)
                tell(f"The film {_name(film)} could not be made: {reason}")
            finally:
                stage.studio.end_promise(_name(film), is_kept=is_handed_in)
        await reporting  # until the service ends
    finally:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)


async def _show(film: Film, stage: Stage, doors: Doors, say: Say) -> None:
    folder = _folder(film, stage)
    if await doors.files.size(folder / "film.json") is None:
        await _render(film, folder, stage, doors, say)
    sidecar = from_json(await doors.files.read(folder / "film.json"), Metadata, what="film.json")
    version = await stage.studio.production.ingest(
        IngestRequest(
            master=FileRef(path=str(folder / "master.mkv")),
            metadata=sidecar,
            files={name: FileRef(path=str(folder / name)) for name in sidecar.file_names()},
            is_announced=True,
        )
    )
    await doors.files.write(folder / _HANDED_IN, version.title_id.encode())


async def _is_watchable(film: Film, stage: Stage, doors: Doors) -> bool:
    """A film that was handed in, but failed on its way, is handed in again: what was finished stays finished."""
    desk = await stage.catalog.desk()
    if any({k: w.name for k, w in d.title.words.items()} == film.names and d.title.state != "preparing" for d in desk):
        return True  # restored from a backup, which holds no drawings
    handed_in = _folder(film, stage) / _HANDED_IN
    if await doors.files.size(handed_in) is None:
        return False
    title_id = (await doors.files.read(handed_in)).decode()
    return any(d.title.id == title_id and d.title.state != "preparing" for d in desk)


async def _render(film: Film, folder: Path, stage: Stage, doors: Doors, say: Say) -> None:
    told = -1

    def progress(line: str) -> None:
        nonlocal told
        step = from_json(line, dict[str, int])
        done = step["done"] / max(1, step["total"])
        stage.studio.promise(_name(film), "render", _RENDER_SHARE * done, rating=film.rating)
        share = int(20 * done) * 5
        if share != told:
            told = share
            say(f"rendering {_name(film)}: {share} %")

    argv = [sys.executable, "-m", "matinee.demo.films.render", film.id, "--out", str(folder)]
    await doors.processes.run(Command(argv, timeout=_RENDER_TIMEOUT, limits=_RENDER_LIMITS, on_line=progress))


async def _report(stage: Stage, doors: Doors, say: Say) -> None:
    """Say what the studio does, which of its films can be watched, and what it waits for."""
    told: dict[str, str] = {}
    while True:
        with suppress(MatineeError):  # what cannot be read now is read at the next look
            for about, line in await _news(stage):
                if told.get(about) != line:
                    told[about] = line
                    say(line)
        await doors.clock.sleep(_LOOK_EVERY)


async def _news(stage: Stage) -> list[tuple[str, str]]:
    """What can be said now, and about which version or title."""
    found = [(v.release_id, _line_of(v)) for v in await stage.studio.production.queue()]
    return found + watchable_in_words(await stage.catalog.desk())


def watchable_in_words(desk: Sequence[DeskTitle]) -> list[tuple[str, str]]:
    """Of which title, and what can be watched of it: a film, or a trailer of one that can be. Nobody waits for previews."""
    films = {d.title.id: d.title for d in desk if d.title.belongs_to is None}
    found: list[tuple[str, str]] = []
    for entry in desk:
        title = entry.title
        film = title if title.belongs_to is None else films.get(title.belongs_to.title_id)
        if title.type == "preview" or film is None or None in (title.current_release, film.current_release):
            continue
        name, own = film.in_language("en").name, title.in_language("en").name
        if film is not title:
            name = f"The trailer of {name}" if own == name else f"The trailer {own!r} of {name}"
        profile = next((r.profile for r in entry.releases if r.release_id == title.current_release), "")
        found.append((title.id, f"{name} can be watched ({profile} release)."))
    return found


def _line_of(version: VersionStatus) -> str:
    what = f"{version.profile} release of {version.name}"
    if version.error is not None:
        return f"The {what} failed: {version.error}"
    if version.waits_for is not None:
        return f"The {what} waits: {version.waits_for}"
    return f"{what}: {stage_in_words(version)} {version.progress:.0%}"


def _folder(film: Film, stage: Stage) -> Path:
    return stage.settings.data / "demo" / film.id


def _name(film: Film) -> str:
    """As the studio will call it: the first name is the original."""
    return next(iter(film.names.values()))
