"""Door 4: files. Whole reads, atomic durable writes, and the facts of a disk."""

import asyncio
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from matinee.kernel.errors import Unavailable


class DiskFull(Unavailable):
    """There is no room left on the disk; nothing was half-written."""

    status = 507


class Files(Protocol):
    async def read(self, path: Path, *, offset: int = 0, length: int | None = None) -> bytes: ...

    async def write(self, path: Path, data: bytes, *, mode: int = 0o644) -> None:
        """All or nothing: a reader sees the old file or the whole new one, and it is on disk when this returns."""
        ...

    async def append(self, path: Path, data: bytes, *, at: int) -> int:
        """Write `data` at offset `at` and sync; returns the new size. Repeating it changes nothing."""
        ...

    async def size(self, path: Path) -> int | None:
        """Bytes, or None where there is no such file."""
        ...

    async def state(self, path: Path) -> tuple[int, int] | None:
        """Differs after every change of a file: its size, and something that changes with its bytes. None without one.

        A link is none: what it leads to is somewhere else.
        """
        ...

    async def exists(self, path: Path) -> bool:
        """Whether there is a file or a folder."""
        ...

    async def mode(self, path: Path) -> int:
        """Who may do what: the permission bits."""
        ...

    async def make_folder(self, folder: Path) -> None:
        """With those above it; nothing happens where there is one."""
        ...

    async def below(self, folder: Path) -> list[Path]:
        """Every file below `folder`, sorted; empty where it does not exist."""
        ...

    async def move(self, source: Path, target: Path) -> None:
        """Rename a file or a folder within one file system, atomically and durably."""
        ...

    async def remove(self, path: Path) -> None:
        """Delete a file or a whole folder, durably; nothing happens where there is none."""
        ...

    def chunks(self, path: Path, *, size: int = 1 << 20) -> AsyncIterator[bytes]: ...

    async def free_bytes(self, folder: Path) -> int: ...


class SystemFiles:
    """The real disk, off the event loop."""

    async def read(self, path: Path, *, offset: int = 0, length: int | None = None) -> bytes:
        return await asyncio.to_thread(_read, path, offset, length)

    async def write(self, path: Path, data: bytes, *, mode: int = 0o644) -> None:
        await asyncio.to_thread(write_atomically, path, data, mode)

    async def append(self, path: Path, data: bytes, *, at: int) -> int:
        return await asyncio.to_thread(_append, path, data, at)

    async def size(self, path: Path) -> int | None:
        return path.stat().st_size if path.exists() else None

    async def state(self, path: Path) -> tuple[int, int] | None:
        try:
            found = path.lstat()
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(found.st_mode):
            return None
        return found.st_size, found.st_mtime_ns

    async def exists(self, path: Path) -> bool:
        return path.exists()

    async def mode(self, path: Path) -> int:
        return path.stat().st_mode & 0o777

    async def make_folder(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)

    async def below(self, folder: Path) -> list[Path]:
        return await asyncio.to_thread(lambda: sorted(p for p in folder.rglob("*") if p.is_file()))

    async def move(self, source: Path, target: Path) -> None:
        await asyncio.to_thread(_move, source, target)

    async def remove(self, path: Path) -> None:
        await asyncio.to_thread(_remove, path)

    async def chunks(self, path: Path, *, size: int = 1 << 20) -> AsyncIterator[bytes]:
        with path.open("rb") as file:
            while block := await asyncio.to_thread(file.read, size):
                yield block

    async def free_bytes(self, folder: Path) -> int:
        return shutil.disk_usage(folder).free


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
        _sync(path.parent)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise _named(error, path) from error


def _read(path: Path, offset: int, length: int | None) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read() if length is None else file.read(length)


def _append(path: Path, data: bytes, at: int) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    try:
        with path.open("w+b" if is_new else "r+b") as file:
            if at > file.seek(0, os.SEEK_END):
                raise ValueError(f"appending to {path.name} at {at} would leave a hole before it")
            file.seek(at)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync(path.parent)
        return at + len(data)
    except OSError as error:
        raise _named(error, path) from error


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():  # else a machine without power could keep the name and not the bytes
        _sync(source)
    source.rename(target)
    _sync(target.parent)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        _sync(path.parent)  # or a machine without power would have it back


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _named(error: OSError, path: Path) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"The disk that holds {path.parent} is full. Free some space and try again.")
    return error
