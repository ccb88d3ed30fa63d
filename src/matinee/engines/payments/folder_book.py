"""The pretended provider's book as files, one a key: it outlives the house, as a provider outlives its customers."""

import hashlib
from pathlib import Path

from matinee.engines.payments.pretend import Entry
from matinee.kernel.files import Files
from matinee.wire.encoding import from_json, to_json


class FolderBook:
    def __init__(self, folder: Path, files: Files) -> None:
        self._folder = folder
        self._files = files

    async def get(self, key: str) -> Entry | None:
        path = self._path(key)
        if await self._files.size(path) is None:
            return None
        return from_json(await self._files.read(path), Entry, what=f"The entry {path.name}")

    async def put(self, entry: Entry) -> Entry:
        if (kept := await self.get(entry.key)) is not None:
            return kept
        await self._files.write(self._path(entry.key), to_json(entry), mode=0o600)
        return entry

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
