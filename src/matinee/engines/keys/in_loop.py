"""Wrapping keys by the Files door, for simulated time: the same file and the same seal, without locks and threads."""

import asyncio
from pathlib import Path

from matinee.engines.keys.local import KeyFile, KeyFileUnsafe, LocalKeys, with_new_key
from matinee.kernel.chance import Chance
from matinee.kernel.files import Files
from matinee.wire.encoding import from_json, to_json


class FilesKeys(LocalKeys):
    """One process makes the file. A kill while it is made leaves none, and nothing was wrapped by it."""

    def __init__(self, path: Path, files: Files, chance: Chance) -> None:
        super().__init__(path, chance)
        self._files = files
        self._turn = asyncio.Lock()

    async def _opened(self) -> KeyFile:
        async with self._turn:
            if await self._files.size(self._path) is None:
                return await self._made({})
            return await self._reread()

    async def _reread(self) -> KeyFile:
        if await self._files.mode(self._path) & 0o077:
            raise KeyFileUnsafe(f"Others can read {self._path}. Make it yours alone: chmod 600, and the right owner.")
        return from_json(await self._files.read(self._path), KeyFile, what=f"The key file {self._path.name}")

    async def _renewed(self) -> KeyFile:
        async with self._turn:
            is_new = await self._files.size(self._path) is None
            return await self._made({} if is_new else (await self._reread()).keys)

    async def _made(self, before: dict[str, str]) -> KeyFile:
        after = with_new_key(before, self._chance)
        await self._files.write(self._path, to_json(after), mode=0o600)
        return after
