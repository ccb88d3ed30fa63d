"""Opening files below the root, segment by segment, without following links. Remembers open folders.

A viewer asks for hundreds of files of one track. With the track's folder open, a file costs one system call instead of
ten, which is most of the cost of a small one. A worker has its own: handles are closed where nobody else uses them.
"""

import errno
import os
from collections import OrderedDict
from pathlib import Path

# A link must not open at all, and a pipe put in the tree must not make anyone wait.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NOT_HERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.ENAMETOOLONG, errno.ENXIO)
_KEPT_MAX = 128


class Folders:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept: OrderedDict[tuple[str, ...], int] = OrderedDict()

    def open(self, segments: tuple[str, ...]) -> int:
        """The file's handle. Raises `FileNotFoundError` for whatever is not plainly there."""
        folder, name = segments[:-1], segments[-1]
        try:
            if (kept := self._kept.get(folder)) is not None:
                self._kept.move_to_end(folder)
                try:
                    return os.open(name, _OPEN, dir_fd=kept)
                except FileNotFoundError:
                    # The folder may be a new one by now: deleted and filled again. Look with fresh eyes.
                    os.close(self._kept.pop(folder))
            return os.open(name, _OPEN, dir_fd=self._walk(folder))
        except OSError as error:
            raise (FileNotFoundError() if error.errno in _NOT_HERE else error) from None

    def close(self) -> None:
        while self._kept:
            os.close(self._kept.popitem()[1])

    def _walk(self, folder: tuple[str, ...]) -> int:
        handle = os.open(self._root, _OPEN | os.O_DIRECTORY)
        for segment in folder:
            try:
                inner = os.open(segment, _OPEN | os.O_DIRECTORY, dir_fd=handle)
            finally:
                os.close(handle)
            handle = inner
        self._kept[folder] = handle
        if len(self._kept) > _KEPT_MAX:
            os.close(self._kept.popitem(last=False)[1])
        return handle
