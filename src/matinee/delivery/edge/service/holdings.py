"""What an edge holds: the releases that lie complete in its served folder."""

from pathlib import Path

from matinee.delivery.edge.model.contents import is_release_id
from matinee.delivery.edge.model.eviction import Held
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.wire.encoding import from_json
from matinee.wire.releases import RELEASE_FILE, Release, size_bytes


class Holdings:
    """A release is held when its `release.json` is there: fill moves whole folders in, the studio writes it last."""

    def __init__(self, folder: Path, files: Files) -> None:
        self._folder = folder
        self._files = files
        self._sizes: dict[str, int] = {}

    async def look(self) -> None:
        """Read the folder anew; descriptions are read once a release, since releases never change."""
        there = {
            path.parent.name: path
            for path in await self._files.below(self._folder)
            if path.name == RELEASE_FILE and path.parent.parent == self._folder and is_release_id(path.parent.name)
        }
        sizes = {}
        for release_id, path in there.items():
            known = self._sizes.get(release_id)
            sizes[release_id] = known if known is not None else await self._measure(path)
        self._sizes = sizes

    def add(self, release_id: str, size: int) -> None:
        self._sizes[release_id] = size

    def forget(self, release_id: str) -> None:
        self._sizes.pop(release_id, None)

    def ids(self) -> tuple[str, ...]:
        return tuple(sorted(self._sizes))

    def has(self, release_id: str) -> bool:
        return release_id in self._sizes

    def each(self) -> list[Held]:
        return [Held(release_id, size) for release_id, size in self._sizes.items()]

    def bytes_held(self) -> int:
        return sum(self._sizes.values())

    async def _measure(self, path: Path) -> int:
        manifest = await self._files.read(path)
        try:
            return len(manifest) + size_bytes(from_json(manifest, Release, what=str(path.name)))
        except InvalidInput:
            return len(manifest)
