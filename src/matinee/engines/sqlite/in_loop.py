"""SQLite for simulated time: files in memory, for the machine below never crashes. The simulated disk decides what lasts.

A commit happens between two turns of the loop, after the simulated disk's time. A process that is killed before has
written nothing, and what it acknowledged is in the file.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

from matinee.engines.sqlite.file import Opens
from matinee.engines.sqlite.group_commit import Commits, LoopCommit

_NUMBERS = count()
"""Files in memory are found by name in the whole Python process, so every machine has a number."""


class OpenFiles:
    """The SQLite files of one simulated machine, and what its processes have open. A path is a name here.

    Where a file of that path lies on the real disk, the one in memory begins as its copy.
    """

    def __init__(self) -> None:
        self._machine = next(_NUMBERS)
        self._files: dict[Path, sqlite3.Connection] = {}
        self._open: list[sqlite3.Connection] = []
        self.opens = Opens(self._for_writing, self._for_reading)

    def bury(self) -> None:
        """Close what a killed process had open. Nothing was in the middle of a transaction: the loop does each at once."""
        for connection in self._open:
            connection.close()
        self._open.clear()

    def end(self) -> None:
        """Forget the files themselves."""
        self.bury()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _for_writing(self, path: Path) -> sqlite3.Connection:
        if path not in self._files:
            # Kept open for good: a file in memory lasts as long as somebody has it open.
            self._files[path] = self._connect(path)
            if path.exists():
                with closing(sqlite3.connect(path)) as found:
                    found.backup(self._files[path])
        connection = self._kept(self._connect(path))
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _for_reading(self, path: Path) -> sqlite3.Connection:
        connection = self._kept(self._connect(path))
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _connect(self, path: Path) -> sqlite3.Connection:
        address = f"file:/{self._machine}{path.absolute().as_posix()}?vfs=memdb"
        return sqlite3.connect(address, uri=True, isolation_level=None, cached_statements=256)

    def _kept(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        self._open.append(connection)
        return connection


def commits_after(settle: Callable[[], Awaitable[None]]) -> Commits:
    """Writers that commit on the loop, each group when the simulated disk is done."""
    return partial(LoopCommit, settle=settle)
