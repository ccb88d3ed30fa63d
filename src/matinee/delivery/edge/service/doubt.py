"""After a machine's crash: what an appliance holds is read again before it is served, and what is not the studio's is filled anew.

A kill spoils nothing, since releases become visible whole and synced: while the machine was never off, its disk is believed.
But one that lost its power may have a disk that lied, or that has gone bad since; nobody behind us looks at these bytes any
more than a player can.
"""

import hashlib
from pathlib import Path

from matinee.delivery.edge.model.contents import SEAL_FILE, contents_of, is_release_id
from matinee.delivery.edge.service.fill import is_right
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.kernel.log import logger
from matinee.wire.releases import RELEASE_FILE

_log = logger("edge")


class Doubt:
    """Releases that lie out of sight until they have been read."""

    def __init__(self, root: Path, files: Files) -> None:
        self._folder = root / ".doubted"
        self._files = files
        self._ids: tuple[str, ...] = ()

    def ids(self) -> tuple[str, ...]:
        return self._ids

    async def take(self, releases: Path) -> None:
        """Put everything that lies in the served folder out of sight, beside what an earlier crash left there."""
        for release_id in await self._in(releases):
            await self._files.remove(self._folder / release_id)
            await self._files.move(releases / release_id, self._folder / release_id)
        self._ids = await self._in(self._folder)

    def folder(self, release_id: str) -> Path:
        return self._folder / release_id

    async def look(self, release_id: str) -> int | None:
        """Its size; None when something in it is wrong. What is missing was purged by itself, and is not wrong."""
        folder = self.folder(release_id)
        try:
            manifest = await self._files.read(folder / RELEASE_FILE)
            contents = contents_of(manifest, release_id=release_id)
            seal = await self._files.read(folder / SEAL_FILE)
        except (InvalidInput, FileNotFoundError):
            return None
        if seal.decode("ascii", "replace") != hashlib.sha256(manifest).hexdigest():
            _log.warning("a release's description has gone bad and is filled anew", release=release_id)
            return None
        for file in contents:
            path = folder / file.path
            if await self._files.exists(path) and not await is_right(self._files, path, file):
                _log.warning("a file has gone bad and is filled anew", release=release_id, file=file.path)
                return None
        return len(manifest) + sum(file.size for file in contents)

    async def drop(self, release_id: str) -> None:
        """It is not doubted any more, or not wanted: what still lies here goes."""
        self._ids = tuple(each for each in self._ids if each != release_id)
        await self._files.remove(self._folder / release_id)

    async def _in(self, folder: Path) -> tuple[str, ...]:
        names = {path.relative_to(folder).parts[0] for path in await self._files.below(folder)}
        return tuple(sorted(name for name in names if is_release_id(name)))
