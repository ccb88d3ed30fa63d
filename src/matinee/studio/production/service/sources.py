"""Sources: masters and what came beside them, kept unchanged in the blobs store under their hash."""

import hashlib
from contextlib import suppress
from pathlib import Path

from matinee.engines.blobs.port import BlobExists, Blobs
from matinee.kernel.files import Files
from matinee.studio.production.api import BadSidecar, FileChanged
from matinee.studio.production.service.claims import Hold

_FOLDER = "masters/"


class Sources:
    def __init__(self, blobs: Blobs, files: Files, *, folder: Path) -> None:
        self._blobs = blobs
        self._files = files
        self._folder = folder

    async def keep(self, path: Path, hold: Hold, *, is_ours: bool = False) -> str:
        """Store a file unless it is stored; answers its SHA-256. Held before anyone looks whether it is there.

        Raises `FileChanged` where somebody writes to it meanwhile. `is_ours`: nobody does, so it need not be copied.
        """
        if await self._files.size(path) is None:
            raise BadSidecar(f"There is no file {path.name!r}.", file=path.name)
        digest = hashlib.sha256()
        async for block in self._files.chunks(path):
            digest.update(block)
        sha256 = digest.hexdigest()
        await hold(sha256)
        if not await self.has(sha256):
            with suppress(BlobExists):  # somebody stored the same bytes meanwhile
                if not (is_ours and await self._blobs.adopt(_key(sha256), path)):
                    await self._store(path, sha256)
        return sha256

    async def _store(self, path: Path, sha256: str) -> None:
        """Hashed once more as it is stored: these are the bytes that everybody will trust by this name."""
        upload, digest = await self._blobs.upload(_key(sha256), create=True), hashlib.sha256()
        try:
            async for block in self._files.chunks(path):
                digest.update(block)
                await upload.write(block)
            if digest.hexdigest() != sha256:
                raise FileChanged(path.name)
            await upload.complete()
        except BaseException:
            await upload.abort()
            raise

    async def has(self, sha256: str) -> bool:
        return await self.size(sha256) is not None

    async def size(self, sha256: str) -> int | None:
        """Bytes, or None where it is not stored."""
        blob = await self._blobs.head(_key(sha256))
        return None if blob is None else blob.size

    async def stored(self) -> set[str]:
        """The hashes of all."""
        return {blob.key.removeprefix(_FOLDER) for blob in await self._blobs.find(_FOLDER)}

    async def local(self, sha256: str) -> Path:
        """A plain file with the source's bytes: the store's own where it has one, else a copy."""
        if path := self._blobs.local_path(_key(sha256)):
            return path
        copy = self._folder / sha256
        blob = await self._blobs.head(_key(sha256))
        if blob is not None and await self._files.size(copy) == blob.size:
            return copy
        part, at = copy.with_name(f"{copy.name}.part"), 0
        await self._files.remove(part)
        async for block in self._blobs.stream(_key(sha256)):
            at = await self._files.append(part, block, at=at)
        await self._files.move(part, copy)
        return copy

    async def forget(self, sha256: str) -> None:
        await self._blobs.delete(_key(sha256))
        await self._files.remove(self._folder / sha256)


def _key(sha256: str) -> str:
    return f"{_FOLDER}{sha256}"
