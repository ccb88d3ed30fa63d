"""A file on its way into the store: invisible, locked by its writer, and gone when the writer is."""

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matinee.kernel.files import DiskFull


class Staged:
    """Make one while holding the store's lock: between its creation and its own lock a sweep would take it for abandoned."""

    def __init__(self, folder: Path, link_to: Path | None = None) -> None:
        """`link_to`: a whole file that is to be it, under a name of its own. Raises `OSError` where that cannot be."""
        with no_room_named(folder):
            handle, name = tempfile.mkstemp(dir=folder)
        self._handle: int | None = handle
        self._path: Path | None = Path(name)
        try:
            if link_to is not None:
                self._link(link_to)
            # A file that has other names may be locked under one. Whoever does waits for the store, so it cannot be waited for.
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.discard()
            raise

    def _link(self, file: Path) -> None:
        self._here().unlink()
        os.link(file, self._here())
        made, self._handle = self._open(), os.open(self._here(), os.O_RDWR)
        os.close(made)

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        with no_room_named(self._here().parent):
            while rest:
                rest = rest[os.write(self._open(), rest) :]

    def sync(self) -> None:
        os.fchmod(self._open(), 0o644)
        os.fsync(self._open())

    def move(self, target: Path, *, modified_ns: int) -> None:
        """Become `target`, durably. The time is set first: it is the version, and must be on disk with the name."""
        os.utime(self._open(), ns=(modified_ns, modified_ns))
        os.fsync(self._open())
        self._here().replace(target)
        self._path = None
        sync_folder(target.parent)

    def discard(self) -> None:
        """Leave nothing behind; after `move` there is only the handle to close."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _open(self) -> int:
        if self._handle is None:
            raise ValueError("this upload is over")
        return self._handle

    def _here(self) -> Path:
        if self._path is None:
            raise ValueError("this upload is over")
        return self._path


def sweep(folder: Path) -> None:
    """Remove what no living process holds. The kernel frees a lock with its process, so a free lock means abandoned."""
    for path in folder.iterdir():
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            pass
        finally:
            os.close(handle)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def no_room_named(folder: Path) -> Iterator[None]:
    """Name the full disk, whichever system call met it."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(f"The disk that holds {folder} is full. Free some space and try again.") from error
        raise
