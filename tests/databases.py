"""Databases for the houses of tests: their migrations run once a process, and no commit waits for the disk.

What a house promises when power is lost is shown in simulated time and where the engines are tested. A process that is
killed loses nothing of what it has handed to the system, so nothing else is given up here.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.engines.database.port import Schema
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.sqlite.file import DURABLY, Opens
from matinee.kernel.clock import Clock
from matinee.kernel.ids import Ids

_MIGRATED: dict[tuple[tuple[str, Path | None], ...], bytes] = {}


def _without_waiting(path: Path) -> sqlite3.Connection:
    connection = DURABLY.for_writing(path)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


AT_ONCE = Opens(_without_waiting, DURABLY.for_reading)


async def migrated(path: Path, schemas: Sequence[Schema], clock: Clock, ids: Ids) -> SqliteDatabase:
    """Opens what an earlier house left there, or a copy of what the migrations make."""
    domains = tuple((schema.domain, schema.migrations) for schema in schemas)
    if domains not in _MIGRATED:
        with TemporaryDirectory() as folder:
            first = Path(folder) / path.name
            database = SqliteDatabase(first, clock=clock, ids=ids, source="test", opens=AT_ONCE)
            await database.migrate(schemas)
            await database.close()
            _MIGRATED[domains] = first.read_bytes()
    if not path.exists():
        path.write_bytes(_MIGRATED[domains])
    return SqliteDatabase(path, clock=clock, ids=ids, source="test", opens=AT_ONCE)
