"""Blobs in a folder of this machine: each object a plain file, so that sendfile and FFmpeg read it where it lies.

    root/objects/{key}              the current object
    root/versions/{key}/{version}   what it was before (a hard link, made before it is replaced)
    root/uploads/{random}           not yet visible; locked by its writer, swept at open when nobody holds the lock

Written with plain files rather than obstore's LocalStore, which neither syncs to the disk before it says yes nor keeps
versions. A version is the object's modification time in nanoseconds, made strictly increasing under the store's lock.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from matinee.engines.blobs.names import parse_key, parse_prefix
from matinee.engines.blobs.port import Blob, BlobExists, BlobMissing
from matinee.engines.blobs.staging import Staged, no_room_named, sweep, sync_folder
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Conflict
from matinee.kernel.quantities import Instant, from_epoch_ms, to_epoch_ms

_BLOCK_BYTES = 1 << 20


class KeyInTheWay(Conflict):
    """A folder keeps either an object or things below it under one name, never both."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} lies on the path of another object. Choose another key.", key=key)


class FolderBlobs:
    """The folder is made where it is missing; what a dead process left half-uploaded is swept."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self._clock = clock
        self._objects = root / "objects"
        self._versions = root / "versions"
        self._uploads = root / "uploads"
        self._lock = root / "lock"
        for folder in (self._objects, self._versions, self._uploads):
            folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            sweep(self._uploads)

    async def put(self, key: str, data: bytes | Path, *, create: bool = False) -> Blob:
        parse_key(key)
        if create and self._at(key).is_file():
            raise BlobExists(key)
        return await asyncio.to_thread(self._put, key, data, create)

    async def adopt(self, key: str, file: Path) -> bool:
        if self._at(key).is_file():
            raise BlobExists(key)
        return await asyncio.to_thread(self._adopt, key, file)

    async def upload(self, key: str, *, create: bool = False) -> "FolderUpload":
        parse_key(key)
        if create and self._at(key).is_file():
            raise BlobExists(key)
        return FolderUpload(self, key, await asyncio.to_thread(self._stage), create=create)

    async def get(self, key: str, *, version: str | None = None) -> bytes:
        path = self._at(key) if version is None else self._version_path(key, version)
        return await asyncio.to_thread(_read, path, key, 0, None)

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise ValueError("a range starts at zero or later and has no negative length")
        return await asyncio.to_thread(_read, self._at(key), key, start, length)

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        try:
            file = self._at(key).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise BlobMissing(key) from None
        with file:  # the open file stays whole, even when the object is replaced meanwhile
            while block := await asyncio.to_thread(file.read, _BLOCK_BYTES):
                yield block

    async def head(self, key: str) -> Blob | None:
        path = self._at(key)
        return _blob(key, path) if path.is_file() else None

    async def find(self, prefix: str) -> list[Blob]:
        return await asyncio.to_thread(self._find, parse_prefix(prefix))

    async def versions(self, key: str) -> list[Blob]:
        current = await self.head(key)
        if current is None:
            return []
        folder = self._versions / key
        older = [_blob(key, path) for path in folder.iterdir()] if folder.is_dir() else []
        # A crash between keeping and replacing leaves the current object among its elders.
        unique = {blob.version: blob for blob in [*older, current]}
        return sorted(unique.values(), key=lambda blob: blob.version, reverse=True)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._delete, parse_key(key))

    async def delete_prefix(self, prefix: str) -> None:
        for blob in await self.find(prefix):
            await self.delete(blob.key)

    def local_path(self, key: str) -> Path | None:
        return self._at(key)

    def _at(self, key: str) -> Path:
        return self._objects / parse_key(key)

    def _version_path(self, key: str, version: str) -> Path:
        path = self._at(key)
        if path.is_file() and _version(path) == version:
            return path
        if not (version.isascii() and version.isdigit()):
            raise BlobMissing(key)
        return self._versions / key / version

    def _put(self, key: str, data: bytes | Path, create: bool) -> Blob:
        staged = self._stage()
        try:
            if isinstance(data, Path):
                with data.open("rb") as file:
                    while block := file.read(_BLOCK_BYTES):
                        staged.write(block)
            else:
                staged.write(data)
            return self.publish(key, staged, create=create)
        finally:
            staged.discard()

    def _adopt(self, key: str, file: Path) -> bool:
        try:
            staged = self._stage(file)
        except OSError:  # on another disk, or on one without links; or somebody else is adopting it
            return False
        try:
            self.publish(key, staged, create=True)
        finally:
            staged.discard()
        return True

    def _stage(self, link_to: Path | None = None) -> Staged:
        with self._alone():  # so that no sweep sees the file before its lock
            return Staged(self._uploads, link_to)

    def publish(self, key: str, staged: Staged, *, create: bool) -> Blob:
        """Make a staged file the object: keep what was there, then replace it in one rename."""
        target = self._at(key)
        with no_room_named(self._objects):
            staged.sync()
            with self._alone():
                self._check_place(key, target)
                if target.is_file():
                    if create:
                        raise BlobExists(key)
                    self._keep(key, target)
                _make_folder(target.parent)
                staged.move(target, modified_ns=self._next_version(target))
                return _blob(key, target)

    def _check_place(self, key: str, target: Path) -> None:
        above = target
        while (above := above.parent) != self._objects:
            if above.is_file():
                raise KeyInTheWay(key)
        if target.is_dir():
            raise KeyInTheWay(key)

    def _keep(self, key: str, current: Path) -> None:
        kept = self._versions / key / _version(current)
        _make_folder(kept.parent)
        if not kept.exists():
            os.link(current, kept)
            sync_folder(kept.parent)

    def _next_version(self, target: Path) -> int:
        now_ns = to_epoch_ms(self._clock.now()) * 1_000_000
        return max(now_ns, target.stat().st_mtime_ns + 1) if target.is_file() else now_ns

    def _find(self, prefix: str) -> list[Blob]:
        top = self._objects / prefix.rpartition("/")[0]
        found = []
        for folder, _, names in os.walk(top):
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(self._objects).as_posix()
                if key.startswith(prefix):
                    found.append((key, path))
        return [blob for key, path in sorted(found) if (blob := _blob_if_there(key, path)) is not None]

    def _delete(self, key: str) -> None:
        """The elders first: a crash between leaves an object without a past, never a past without an object."""
        with self._alone():
            path = self._at(key)
            if not path.is_file():
                return
            elders = self._versions / key
            for elder in elders.iterdir() if elders.is_dir() else ():
                elder.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
            _prune(path.parent, self._objects)
            _prune(elders, self._versions)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The store's lock, for the few system calls that make something visible; it ends with its process."""
        handle = os.open(self._lock, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


class FolderUpload:
    def __init__(self, blobs: FolderBlobs, key: str, staged: Staged, *, create: bool) -> None:
        self._blobs = blobs
        self._key = key
        self._staged = staged
        self._create = create

    async def write(self, data: bytes) -> None:
        await asyncio.to_thread(self._staged.write, data)

    async def complete(self) -> Blob:
        try:
            return await asyncio.to_thread(self._blobs.publish, self._key, self._staged, create=self._create)
        finally:
            self._staged.discard()

    async def abort(self) -> None:
        self._staged.discard()


def _read(path: Path, key: str, start: int, length: int | None) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read() if length is None else file.read(length)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise BlobMissing(key) from None


def _version(path: Path) -> str:
    return f"{path.stat().st_mtime_ns:020d}"


def _blob(key: str, path: Path) -> Blob:
    status = path.stat()
    return Blob(key, status.st_size, f"{status.st_mtime_ns:020d}", _instant(status.st_mtime_ns))


def _blob_if_there(key: str, path: Path) -> Blob | None:
    try:
        return _blob(key, path)
    except FileNotFoundError:  # deleted while the list was made
        return None


def _instant(nanoseconds: int) -> Instant:
    return from_epoch_ms(nanoseconds // 1_000_000)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each durable in its parent."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def _prune(folder: Path, top: Path) -> None:
    """Remove folders that became empty: they would stand in the way of an object of that name."""
    while folder != top:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return
        folder = folder.parent
