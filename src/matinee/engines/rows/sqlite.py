"""The rows port on one SQLite file: a table clustered by the row's own key, one writer with group commit.

Plain SQL on purpose: this is the hot path of heartbeats and positions. Point reads take some microseconds, less than a
hop to another thread, so they run where they are asked.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matinee.engines.rows.port import Row
from matinee.engines.sqlite.file import DURABLY, Opens, make_tables, named
from matinee.engines.sqlite.group_commit import Commits, ThreadedCommit
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.quantities import Instant, Span, days, from_epoch_ms, hours, seconds, to_epoch_ms

_FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS row (
    name TEXT NOT NULL,
    partition TEXT NOT NULL,
    clustering TEXT NOT NULL,
    value BLOB,
    at INTEGER NOT NULL,
    gone_at INTEGER,
    PRIMARY KEY (name, partition, clustering)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS row_gone_at ON row (gone_at) WHERE gone_at IS NOT NULL;
"""
# A value of NULL is a tombstone. `gone_at` is when a row is no longer seen (a tombstone: since when), in epoch
# milliseconds; it still holds its place against older writes until the sweeper comes.
_PUT = """
INSERT INTO row (name, partition, clustering, value, at, gone_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (name, partition, clustering) DO UPDATE
    SET value = excluded.value, at = excluded.at, gone_at = excluded.gone_at
    WHERE excluded.at > row.at
       OR excluded.at = row.at AND row.value IS NOT NULL AND (excluded.value IS NULL OR excluded.value >= row.value)
"""
_GET = """
SELECT value, at, gone_at FROM row
WHERE name = ? AND partition = ? AND clustering = ? AND value IS NOT NULL AND (gone_at IS NULL OR gone_at > ?)
"""
_SCAN = """
SELECT clustering, value, at, gone_at FROM row
WHERE name = ? AND partition = ? AND clustering >= ? AND (? IS NULL OR clustering < ?)
  AND value IS NOT NULL AND (gone_at IS NULL OR gone_at > ?)
ORDER BY clustering
"""
_SCANS = {False: _SCAN + "LIMIT ?", True: _SCAN + "DESC LIMIT ?"}
_SWEEP = """
DELETE FROM row WHERE (name, partition, clustering) IN (
    SELECT name, partition, clustering FROM row
    WHERE gone_at IS NOT NULL AND gone_at <= CASE WHEN value IS NULL THEN ? ELSE ? END AND gone_at <= ?
    ORDER BY gone_at LIMIT 1000
)
"""
_SWEEP_EVERY = seconds(10)


class SqliteRows:
    """Opens (or makes) the file at once. What expired is hidden at once, and removed some time after by whoever writes.

    A tombstone, and for a shorter while an expired row, keeps its place so that a late older write stays refused:
    a phone may report what was watched on a plane days after it was deleted elsewhere.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        tombstones_kept: Span = days(10),
        expired_kept: Span = hours(1),
        commits: Commits = ThreadedCommit,
        opens: Opens = DURABLY,
    ) -> None:
        self._path = path
        self._clock = clock
        self._tombstones_kept = tombstones_kept
        self._expired_kept = expired_kept
        self._swept_monotonic = clock.monotonic()
        self._connection = opens.for_writing(path)
        make_tables(self._connection, path, _TABLES, _FORMAT)
        self._commits = commits(self._connection, path)
        self._reader = opens.for_reading(path)
        self._closed = False

    async def put(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        now = self._clock.now()
        values = [
            (row.table, row.partition, row.clustering, row.value, to_epoch_ms(row.at), _gone_at(now, row.ttl))
            for row in rows
        ]
        await self._commits.run_together(self._put, values)

    async def get(self, table: str, partition: str, clustering: str) -> Row | None:
        now = self._clock.now()
        found = self._ask(_GET, (table, partition, clustering, to_epoch_ms(now)))
        return _row(table, partition, (clustering, *found[0]), now) if found else None

    async def scan(
        self,
        table: str,
        partition: str,
        *,
        start: str = "",
        stop: str | None = None,
        reverse: bool = False,
        limit: int = 1000,
    ) -> list[Row]:
        now = self._clock.now()
        found = self._ask(_SCANS[reverse], (table, partition, start, stop, stop, to_epoch_ms(now), max(0, limit)))
        return [_row(table, partition, columns, now) for columns in found]

    async def delete(self, table: str, partition: str, clustering: str, *, at: Instant) -> None:
        value = (table, partition, clustering, None, to_epoch_ms(at), to_epoch_ms(self._clock.now()))
        await self._commits.run_together(self._put, [value])

    async def delete_partition(self, table: str, partition: str) -> None:
        statement = "DELETE FROM row WHERE name = ? AND partition = ?"
        await self._commits.run(lambda: self._connection.execute(statement, (table, partition)) and None)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._reader.close()
        await self._commits.close()

    def _put(self, values: Sequence[tuple[object, ...]]) -> None:
        """In the writer's thread."""
        self._connection.executemany(_PUT, values)
        if self._clock.monotonic() - self._swept_monotonic >= _SWEEP_EVERY.total_seconds():
            self._swept_monotonic = self._clock.monotonic()
            self._sweep()

    def _sweep(self) -> None:
        """Remove a bounded number of rows whose time is over; the rest waits for the next writers."""
        now = self._clock.now()
        bounds = (to_epoch_ms(now - self._tombstones_kept), to_epoch_ms(now - self._expired_kept))
        self._connection.execute(_SWEEP, (*bounds, max(bounds)))

    def _ask(
        self, statement: str, arguments: tuple[object, ...]
    ) -> list[tuple[Any, ...]]:  # columns as SQLite hands them
        if self._closed:
            raise Unavailable(f"{self._path.name} is closed: this process is shutting down.")
        try:
            return self._reader.execute(statement, arguments).fetchall()
        except sqlite3.Error as error:
            raise named(error, self._path) from error


def _gone_at(now: Instant, ttl: Span | None) -> int | None:
    return None if ttl is None else to_epoch_ms(now + ttl)


def _row(table: str, partition: str, columns: tuple[Any, ...], now: Instant) -> Row:
    clustering, value, at, gone_at = columns
    ttl = None if gone_at is None else from_epoch_ms(gone_at) - now
    return Row(table, partition, clustering, value, from_epoch_ms(at), ttl)
