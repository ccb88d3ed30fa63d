"""A folder for what must never lie on a disk, and must be writable when the disk is full: ticket keys, a log, sockets.

It lies in memory where the system offers that. Its name is short, for a socket's path has at most a hundred characters.
Whoever is killed leaves it behind; the next start takes it away, which a lock that dies with its holder makes safe.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, which only we can read
_PREFIX = "matinee-edge-"
_LOCK, _NEW_LOCK = "lock", "lock.new"


class PrivateFolder:
    def __init__(self) -> None:
        place = _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
        _clear_left_behind(place)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        """Readable by us alone."""
        # Locked before it has its name: a lock that can be taken is a dead one's.
        self._lock = os.open(self.path / _NEW_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.path / _NEW_LOCK).rename(self.path / _LOCK)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _clear_left_behind(place: Path) -> None:
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
