"""Blobs by the Files door, for simulated time: no locks of the operating system, no threads, no clock of a file system.

    root/objects/{key}              the current object: a plain file, where an origin and the studio read it
    root/versions/{key}/{version}   every version, the current one among them

A version is written first and the object after it, each whole: a process killed in between leaves the old object, and
beside it a version that nobody was told of. Uploads are in their process's memory and end with it.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

from matinee.engines.blobs.names import parse_key, parse_prefix
from matinee.engines.blobs.port import Blob, BlobExists, BlobMissing
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.quantities import from_epoch_ms, to_epoch_ms

_MS_NS = 1_000_000


class FilesBlobs:
    """One process writes. `root/objects` has the layout of `FolderBlobs`, so that an origin finds releases there."""

    def __init__(self, root: Path, files: Files, clock: Clock) -> None:
        self._objects = root / "objects"
        self._versions = root / "versions"
        self._files = files
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def put(self, key: str, data: bytes | Path, *, create: bool = False) -> Blob:
        path = self._at(key)
        if create and await self._files.size(path) is not None:
            raise BlobExists(key)
        content = await self._files.read(data) if isinstance(data, Path) else bytes(data)
        turn = self._turns[key]
        try:
            async with turn:
                return await self._replace(key, path, content, create=create)
        finally:
            if not turn.locked():
                self._turns.pop(key, None)

    async def adopt(self, key: str, file: Path) -> bool:
        return False  # the Files door knows no second name of a file

    async def upload(self, key: str, *, create: bool = False) -> "MemoryUpload":
        path = self._at(key)
        if create and await self._files.size(path) is not None:
            raise BlobExists(key)
        return MemoryUpload(self, key, create=create)

    async def get(self, key: str, *, version: str | None = None) -> bytes:
        if version is None:
            return await self._read(self._at(key), key)
        if version not in [blob.version for blob in await self.versions(key)]:
            raise BlobMissing(key)
        return await self._read(self._versions / key / version, key)

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise ValueError("a range starts at zero or later and has no negative length")
        return await self._read(self._at(key), key, start, length)

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        if await self._files.size(self._at(key)) is None:
            raise BlobMissing(key)
        async for block in self._files.chunks(self._at(key)):
            yield block

    async def head(self, key: str) -> Blob | None:
        found = await self.versions(key)
        return found[0] if found else None

    async def find(self, prefix: str) -> list[Blob]:
        parse_prefix(prefix)
        below = await self._whole(self._objects / prefix.rpartition("/")[0])
        keys = [path.relative_to(self._objects).as_posix() for path in below]
        found = [await self.head(key) for key in sorted(keys) if key.startswith(prefix)]
        return [blob for blob in found if blob is not None]

    async def versions(self, key: str) -> list[Blob]:
        """Newest first. What lies above the current object belongs to a put that a crash cut off."""
        path = self._at(key)
        if await self._files.size(path) is None:
            return []
        current = await self._files.read(path)
        kept = sorted(await self._whole(self._versions / key), reverse=True)
        sizes = [(one, await self._files.size(one)) for one in kept]
        while sizes and (sizes[0][1] != len(current) or await self._files.read(sizes[0][0]) != current):
            sizes.pop(0)
        return [_blob(key, one.name, size) for one, size in sizes if size is not None]

    async def delete(self, key: str) -> None:
        """The elders first: a crash between leaves an object without a past, never a past without an object."""
        path = self._at(key)
        await self._files.remove(self._versions / key)
        await self._files.remove(path)

    async def delete_prefix(self, prefix: str) -> None:
        for blob in await self.find(prefix):
            await self.delete(blob.key)

    def local_path(self, key: str) -> Path | None:
        return self._at(key)

    async def _replace(self, key: str, path: Path, content: bytes, *, create: bool) -> Blob:
        version = to_epoch_ms(self._clock.now()) * _MS_NS
        if await self._files.size(path) is not None:  # only then: to list a folder costs more than all the rest
            if create:
                raise BlobExists(key)
            kept = await self._whole(self._versions / key)
            version = max([version, *(int(one.name) + 1 for one in kept)])
        name = f"{version:020d}"
        await self._files.write(self._versions / key / name, content)
        await self._files.write(path, content)
        return _blob(key, name, len(content))

    async def _whole(self, folder: Path) -> list[Path]:
        """What is in there, without the pieces that a killed write left beside its target."""
        return [path for path in await self._files.below(folder) if path.name[0] != "."]

    async def _read(self, path: Path, key: str, offset: int = 0, length: int | None = None) -> bytes:
        try:
            return await self._files.read(path, offset=offset, length=length)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise BlobMissing(key) from None

    def _at(self, key: str) -> Path:
        return self._objects / parse_key(key)


class MemoryUpload:
    def __init__(self, blobs: FilesBlobs, key: str, *, create: bool) -> None:
        self._blobs = blobs
        self._key = key
        self._create = create
        self._parts: list[bytes] = []

    async def write(self, data: bytes) -> None:
        self._parts.append(bytes(data))

    async def complete(self) -> Blob:
        return await self._blobs.put(self._key, b"".join(self._parts), create=self._create)

    async def abort(self) -> None:
        self._parts.clear()


def _blob(key: str, version: str, size: int) -> Blob:
    return Blob(key, size, version, from_epoch_ms(int(version) // _MS_NS))
