"""The watch folder: what is put into it is published, and then lies in `done` or, with the reason beside it, in `failed`.

A film is a file, named as the title is to be, or a folder with a sidecar (`film.json`) and all that this names. It is taken
once nothing of it has changed for a while. Nothing is remembered elsewhere: after a restart what still lies here is
looked at anew, and the same master joins the journey that it began.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from matinee.kernel.clock import Clock
from matinee.kernel.errors import Blame, Conflict, MatineeError
from matinee.kernel.files import Files
from matinee.kernel.log import logger
from matinee.kernel.quantities import Instant, minutes, seconds
from matinee.studio.production.api import (
    BadSidecar,
    FileRef,
    IngestRequest,
    Metadata,
    NothingInProduction,
    Production,
    TitleBusy,
    VersionStatus,
)
from matinee.studio.production.model.arriving import SIDECAR, check_names, in_print, is_arriving, master_among
from matinee.wire.encoding import from_json_exactly

DONE, FAILED = "done", "failed"
_QUIET = seconds(10)
"""A copy over a slow line pauses for less."""
_AGAIN = minutes(1)
"""Until a film is tried again that could not be taken now: the disk is full, say, or its title is busy."""
_UNFORESEEN = "Something went wrong that nobody foresaw; the service's log says what. Put it into the watch folder again to try anew."
_log = logger("watch")

State = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A film that lies here: its files as they were, when it is its turn if they stay so, and what was begun with them."""

    state: State
    due: Instant
    begun: VersionStatus | None = None
    reason: str = ""
    """Why it has to wait; said once, however often it is looked at."""
    title_id: str | None = None
    """The title whose other master it waits for. Until that is made, this one need not be read again to know it."""


class WatchFolder:
    def __init__(self, production: Production, files: Files, clock: Clock, folder: Path) -> None:
        self._production = production
        self._files = files
        self._clock = clock
        self._folder = folder
        self._seen: dict[str, _Seen] = {}

    async def look(self) -> None:
        """Once. Whoever watches looks again and again."""
        await self._files.make_folder(self._folder)
        films = await self._films()
        self._seen = {name: seen for name, seen in self._seen.items() if name in films}
        for name, state in films.items():
            seen = self._seen.get(name)
            if seen is None or (seen.begun is None and seen.state != state):
                self._seen[name] = _Seen(state, self._clock.now() + _QUIET)
            elif self._clock.now() >= seen.due:
                await self._look_at(name, seen)

    async def _look_at(self, name: str, seen: _Seen) -> None:
        try:
            if seen.begun is not None:
                await self._follow(name, seen.begun)
            else:
                await self._begin(name, seen)
        except (MatineeError, OSError) as error:  # the others lie here too
            self._wait(name, seen, error)
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            _log.error("a film in the watch folder failed", film=in_print(name), error=told, exc_info=error)
            try:
                await self._put_away(name, FAILED, _UNFORESEEN)
            except (MatineeError, OSError) as obstacle:
                self._wait(name, seen, obstacle)

    def _wait(self, name: str, seen: _Seen, error: Exception) -> None:
        reason, title_id = str(error), error.title_id if isinstance(error, TitleBusy) else None
        if reason != seen.reason:
            _log.warning("a film in the watch folder has to wait", film=in_print(name), reason=reason)
        due = self._clock.now() + _AGAIN
        self._seen[name] = replace(seen, due=due, reason=reason, title_id=title_id)

    async def _films(self) -> dict[str, State]:
        """What lies here, each with all its files; but not what is still arriving, and no links."""
        found: dict[str, dict[str, tuple[int, int]]] = {}
        arriving: set[str] = set()
        for path in await self._files.below(self._folder):
            name, *rest = path.relative_to(self._folder).parts
            if name in (DONE, FAILED):
                continue
            if any(is_arriving(part) for part in (name, *rest)):
                arriving.add(name)
            # Through a link, whoever may write here would publish what only we may read.
            if (state := await self._files.state(path)) is not None:
                found.setdefault(name, {})["/".join(rest)] = state
        return {name: state for name, state in found.items() if name not in arriving}

    async def _begin(self, name: str, seen: _Seen) -> None:
        if seen.title_id is not None and await self._is_busy(seen.title_id):
            raise TitleBusy(seen.title_id)
        try:
            begun = await self._production.ingest(await self._request(name, seen.state))
        except MatineeError as refusal:
            # What conflicts now does not for ever: another master of the title goes first, or a deletion is not over.
            if refusal.blame is not Blame.CLIENT or isinstance(refusal, Conflict):
                raise
            await self._put_away(name, FAILED, refusal.sentence)
            return
        self._seen[name] = replace(seen, begun=begun)

    async def _is_busy(self, title_id: str) -> bool:
        try:
            versions = await self._production.status(title_id)
        except NothingInProduction:
            return False
        return any(version.state in ("waiting", "running", "paused") for version in versions)

    async def _request(self, name: str, state: State) -> IngestRequest:
        place = self._folder / name
        check_names([name, *state])
        if "" in state:
            return IngestRequest(FileRef(path=str(place)), Metadata(names={"en": place.stem}))
        if SIDECAR not in state:
            raise BadSidecar(
                f"The folder has no {SIDECAR}, which says what the film is called and what lies beside it."
            )
        what = f"The sidecar {SIDECAR}"
        metadata = from_json_exactly(await self._files.read(place / SIDECAR), Metadata, what=what)
        files = {file: FileRef(path=str(place / file)) for file in metadata.file_names() if file in state}
        return IngestRequest(FileRef(path=str(place / master_among(list(state), metadata))), metadata, files=files)

    async def _follow(self, name: str, begun: VersionStatus) -> None:
        try:
            versions = await self._production.status(begun.title_id)
        except NothingInProduction:  # its title was deleted
            versions = ()
        version = next((v for v in versions if v.release_id == begun.release_id), None)
        if version is None or version.state == "canceled":
            await self._put_away(name, FAILED, "It was canceled. Put it into the watch folder again to begin anew.")
        elif version.state == "failed":
            await self._put_away(name, FAILED, version.error or "Something went wrong.")
        elif version.state == "ready":
            await self._put_away(name, DONE, None)

    async def _put_away(self, name: str, place: str, sentence: str | None) -> None:
        target, number = self._folder / place / name, 1
        while await self._files.exists(target):
            number += 1
            target = self._folder / place / f"{number} {name}"
        if sentence is not None:
            await self._files.write(target.with_name(f"{target.name}.txt"), f"{sentence}\n".encode())
        await self._files.move(self._folder / name, target)
        self._seen.pop(name, None)
