"""How this house opens a SQLite file: write-ahead log, every commit on disk, private to its user, never over a network.

Every adapter that stands on SQLite opens its connections here, so that durability is decided in one place.
"""

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from matinee.kernel.errors import MatineeError, Unavailable
from matinee.kernel.files import DiskFull
from matinee.kernel.mounts import NETWORK_FILE_SYSTEMS, kind_of_file_system, mount_table

BUSY_SECONDS_MAX = 15.0
"""How long to wait for another process that is writing, before giving up."""


class NetworkFileSystem(MatineeError):
    """The file would lie on a network share, where SQLite cannot keep its promises."""


class FileDamaged(MatineeError):
    """The file is not a database, or no longer a sound one."""


class FileNewer(MatineeError):
    """The file was made by a later version of this program."""


class ReadOnlyWork(MatineeError):
    """A read tried to change something."""

    def __init__(self) -> None:
        super().__init__("This work was given to read(), which changes nothing and emits nothing. Give it to write().")


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The one connection a process writes with. Makes the file if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_network(path)
    try:
        # Made by us first, because SQLite would let everyone read it; its log files copy the mode.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise Unavailable(f"The database file {path} cannot be opened for writing: {error.strerror}.") from error
    connection = _connect(path)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise Unavailable(f"The file system that holds {path} does not support SQLite's write-ahead log ({mode}).")
        # FULL: an acknowledged commit survives power loss. Group commit pays for it (facts: 84-90 % of NORMAL's rate).
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_size_limit = 67108864")
    except sqlite3.Error as error:
        connection.close()
        raise named(error, path) from error
    except Unavailable:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that refuses every change. The file must exist."""
    connection = _connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


@dataclass(frozen=True, slots=True)
class Opens:
    """How an engine's connections are opened."""

    for_writing: Callable[[Path], sqlite3.Connection]
    for_reading: Callable[[Path], sqlite3.Connection]


DURABLY = Opens(open_for_writing, open_for_reading)


def make_tables(connection: sqlite3.Connection, path: Path, script: str, version: int) -> None:
    """Make an engine's own tables once; `version` is the form this code knows, kept in the file. Processes may race."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found > version:
            raise FileNewer(
                f"{path} was written by a newer Matinee (form {found}; this one knows {version}). Start that version again."
            )
        if found < version:
            for statement in script.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        connection.close()
        raise named(error, path) from error
    except FileNewer:
        connection.close()
        raise


def copy_to(path: Path, target: Path, opens: Opens = DURABLY) -> None:
    """A checked, consistent copy while others go on writing; `target` appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(opens.for_reading(path)) as source, closing(_connect(partial)) as copy:
            # One step: a copy in several steps starts over whenever somebody writes in between.
            source.backup(copy, pages=-1)
            (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            copy.execute("PRAGMA journal_mode = DELETE")
        if verdict != "ok":
            raise FileDamaged(f"The copy of {path} is not sound ({verdict}); the original may be damaged.")
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)
    except sqlite3.Error as error:
        raise named(error, target) from error
    finally:
        partial.unlink(missing_ok=True)


def copy_together(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Copies of several files at one moment: nobody writes to any of them meanwhile, and everybody may read.

    Copied one after the other, an event that moves from one file to the next in between would be in neither copy.
    """
    with ExitStack() as held:
        for path in paths:
            holder = held.enter_context(closing(_connect(path)))
            try:
                holder.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                raise named(error, path) from error
        copies = [folder / path.name for path in paths]
        for path, copy in zip(paths, copies, strict=True):
            copy_to(path, copy)
    return copies


def named(error: sqlite3.Error, path: Path) -> Exception:
    """What an operator can act on; programming errors and broken constraints stay as they are."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return DiskFull(f"The disk that holds {path.parent} is full. Free some space and try again.")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Unavailable(f"Another program has held {path.name} for {BUSY_SECONDS_MAX:.0f} seconds. Try again.")
    if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return Unavailable(f"The disk that holds {path} does not read or write as it should ({error}).")
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return FileDamaged(f"{path} is not a sound database ({error}). Restore it from the last backup.")
    if primary == sqlite3.SQLITE_READONLY:
        return ReadOnlyWork()
    return error


def refuse_network(path: Path) -> None:
    """Raise `NetworkFileSystem` where `path` would lie on a share: SQLite's write-ahead log is shared memory, and over a
    network two hosts each see their own. Systems without a mount table are trusted."""
    kind = kind_of_file_system(path, mount_table())
    if kind in NETWORK_FILE_SYSTEMS:
        raise NetworkFileSystem(
            f"{path} is on a network file system ({kind}), where SQLite can lose data. Choose a folder on a local disk."
        )


def _connect(path: Path) -> sqlite3.Connection:
    # isolation_level None: the module begins nothing by itself. check_same_thread False: each connection is used by one
    # thread at a time, but opened and closed by another.
    return sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS_MAX, cached_statements=256
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
