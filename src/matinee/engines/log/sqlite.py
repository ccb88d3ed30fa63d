"""The log port on one SQLite file: topics with partitions, groups with offsets and leases, readable with any SQLite tool.

Several processes may use the same file. Appends of this process wake its waiting consumers at once; those of others are
found by looking again a few times a second.
"""

import asyncio
import sqlite3
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from heapq import merge
from pathlib import Path
from typing import Any

from matinee.engines.log.port import Batch, Delivery, LeaseLost
from matinee.engines.sqlite.file import DURABLY, Opens, make_tables, named
from matinee.engines.sqlite.group_commit import Commits, ThreadedCommit
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import Instant, Span, from_epoch_ms, seconds, to_epoch_ms
from matinee.wire.events import Envelope

_FORMAT = 1
_TABLES = """
CREATE TABLE topic (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE partition (
    topic TEXT NOT NULL, partition INTEGER NOT NULL,
    first_offset INTEGER NOT NULL DEFAULT 0, next_offset INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE event (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
    source TEXT NOT NULL, version INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (topic, partition, position)
) WITHOUT ROWID;
CREATE TABLE consumer (
    consumers TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL DEFAULT 0, served INTEGER NOT NULL DEFAULT 0,
    lease TEXT, lease_until INTEGER,
    PRIMARY KEY (consumers, topic, partition)
) WITHOUT ROWID;
"""
_APPEND = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
# Partitions that have something for the group and that nobody holds; who was served longest ago goes first.
_OPEN = """
SELECT p.partition, max(coalesce(c.next_offset, 0), p.first_offset) FROM partition p
LEFT JOIN consumer c ON c.consumers = ? AND c.topic = p.topic AND c.partition = p.partition
WHERE p.topic = ? AND p.next_offset > max(coalesce(c.next_offset, 0), p.first_offset)
  AND (c.lease IS NULL OR c.lease_until <= ?)
ORDER BY coalesce(c.served, 0), p.partition LIMIT 1
"""
_LEASE = """
INSERT INTO consumer (consumers, topic, partition, next_offset, served, lease, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (consumers, topic, partition) DO UPDATE
    SET served = excluded.served, lease = excluded.lease, lease_until = excluded.lease_until
"""
_RELEASE = (
    "UPDATE consumer SET lease = NULL, lease_until = NULL, next_offset = coalesce(?, next_offset) "
    "WHERE consumers = ? AND topic = ? AND partition = ? AND lease = ?"
)
_READ = """
SELECT position, id, type, key, at, source, version, data FROM event
WHERE topic = ? AND partition = ? AND position >= ? AND position < ? ORDER BY position LIMIT ?
"""
# A partition loses only its beginning: everything before its first event that is young enough.
_TRIM_TO = """
SELECT coalesce((SELECT min(position) FROM event e WHERE e.topic = p.topic AND e.partition = p.partition AND e.at >= ?),
                p.next_offset), p.partition
FROM partition p WHERE p.topic = ?
"""
_END = 1 << 62
_PAGE = 500
LOOK_AGAIN = seconds(0.25)
"""How often to look for what other processes appended. What this process appends is noticed at once."""


class SqliteLog:
    """Opens (or makes) the file at once. `partitions` is for topics that are new; a topic keeps the number it began with."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        ids: Ids,
        *,
        partitions: int = 8,
        commits: Commits = ThreadedCommit,
        opens: Opens = DURABLY,
        look_again: Span = LOOK_AGAIN,
    ) -> None:
        self._path = path
        self._clock = clock
        self._ids = ids
        self._partitions_new = partitions
        self._look_again = look_again
        self._connection = opens.for_writing(path)
        make_tables(self._connection, path, _TABLES, _FORMAT)
        self._commits = commits(self._connection, path)
        self._reader = opens.for_reading(path)
        self._waiting: dict[str, dict[asyncio.Event, None]] = {}
        self._closed = False

    async def append(self, envelopes: Sequence[Envelope]) -> None:
        if envelopes:
            await self._commits.run_together(self._append, envelopes)
            self._wake(_topics(envelopes))

    async def poll(self, topic: str, group: str, *, limit: int = 100, wait: Span, lease: Span) -> Batch | None:
        ends = self._clock.monotonic() + wait.total_seconds()
        news = asyncio.Event()
        self._waiting.setdefault(topic, {})[news] = None
        try:
            while True:
                # Cleared before looking: what comes after the look sets it again.
                news.clear()
                if self._ask(_OPEN, (group, topic, to_epoch_ms(self._clock.now()))):
                    batch = await self._commits.run(lambda: self._take(topic, group, limit, lease))
                    if batch is not None:
                        return batch
                left = ends - self._clock.monotonic()
                if left <= 0:
                    return None
                await self._wait(news, min(seconds(left), self._look_again))
        finally:
            self._waiting[topic].pop(news, None)

    async def commit(self, batch: Batch) -> None:
        after = batch.deliveries[-1].offset + 1 if batch.deliveries else None
        if not await self._commits.run(lambda: self._give_back(batch, after)):
            raise LeaseLost(
                f"Another consumer of {batch.group} has partition {batch.partition} of {batch.topic} by now."
            )
        self._wake([batch.topic])

    async def release(self, batch: Batch) -> None:
        await self._commits.run(lambda: self._give_back(batch, None))
        self._wake([batch.topic])

    async def replay(self, topic: str, *, partition: int | None = None, after: int = -1) -> AsyncIterator[Delivery]:
        """Partitions are merged by event time; within one, order is as appended. Ends at what was there at the start."""
        ends = self._ask("SELECT partition, next_offset FROM partition WHERE topic = ? ORDER BY partition", (topic,))
        parts = [self._pages(topic, one, after + 1, end) for one, end in ends if partition is None or one == partition]
        for delivery in merge(*parts, key=lambda delivery: delivery.envelope.at):
            yield delivery

    async def trim(self, topic: str, before: Instant) -> int:
        """Forget events older than `before`, up to the first of each partition that is not; answers how many."""
        return await self._commits.run(lambda: self._trim(topic, before))

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._reader.close()
        await self._commits.close()

    def _append(self, envelopes: Sequence[Envelope]) -> None:
        """In the writer's thread: number them by partition, leaving out those the log knows."""
        partitions = {topic: self._partitions_of(topic) for topic in _topics(envelopes)}
        next_offsets: dict[tuple[str, int], int] = {}
        execute = self._connection.execute
        for e in envelopes:
            # A stable hash over a number that never changes: CRC-32, which Kafka's C clients use for keys too.
            place = (e.topic, zlib.crc32(e.key.encode()) % partitions[e.topic])
            offset = next_offsets.get(place)
            if offset is None:
                find = "SELECT next_offset FROM partition WHERE topic = ? AND partition = ?"
                (offset,) = execute(find, place).fetchone()
            row = (*place, offset, e.id, e.type, e.key, to_epoch_ms(e.at), e.source, e.version, e.data)
            next_offsets[place] = offset + execute(_APPEND, row).rowcount
        update = "UPDATE partition SET next_offset = ? WHERE topic = ? AND partition = ?"
        self._connection.executemany(update, [(offset, *place) for place, offset in next_offsets.items()])

    def _partitions_of(self, topic: str) -> int:
        """How many partitions a topic has; a new one is made. Not remembered: this transaction may yet be undone."""
        if found := self._connection.execute("SELECT partitions FROM topic WHERE name = ?", (topic,)).fetchone():
            return int(found[0])
        self._connection.execute("INSERT INTO topic VALUES (?, ?)", (topic, self._partitions_new))
        made = [(topic, number) for number in range(self._partitions_new)]
        self._connection.executemany("INSERT INTO partition (topic, partition) VALUES (?, ?)", made)
        return self._partitions_new

    def _take(self, topic: str, group: str, limit: int, lease: Span) -> Batch | None:
        """In the writer's thread: lease an open partition and read from where its group is."""
        now = self._clock.now()
        found = self._connection.execute(_OPEN, (group, topic, to_epoch_ms(now))).fetchone()
        if found is None:
            return None
        partition, offset = found
        token = self._ids.new()
        until = to_epoch_ms(now + lease)
        self._connection.execute(_LEASE, (group, topic, partition, offset, to_epoch_ms(now), token, until))
        rows = self._connection.execute(_READ, (topic, partition, offset, _END, limit)).fetchall()
        return Batch(group, topic, partition, tuple(_delivery(topic, partition, row) for row in rows), token)

    def _give_back(self, batch: Batch, next_offset: int | None) -> bool:
        place = (batch.group, batch.topic, batch.partition, batch.lease)
        return self._connection.execute(_RELEASE, (next_offset, *place)).rowcount == 1

    def _trim(self, topic: str, before: Instant) -> int:
        gone = 0
        for first, partition in self._connection.execute(_TRIM_TO, (to_epoch_ms(before), topic)).fetchall():
            place = (first, topic, partition)
            drop = "DELETE FROM event WHERE position < ? AND topic = ? AND partition = ?"
            gone += self._connection.execute(drop, place).rowcount
            self._connection.execute("UPDATE partition SET first_offset = ? WHERE topic = ? AND partition = ?", place)
        return gone

    def _pages(self, topic: str, partition: int, start: int, end: int) -> Iterator[Delivery]:
        while rows := self._ask(_READ, (topic, partition, start, end, _PAGE)):
            for row in rows:
                yield _delivery(topic, partition, row)
            start = rows[-1][0] + 1

    def _ask(
        self, statement: str, arguments: tuple[object, ...]
    ) -> list[tuple[Any, ...]]:  # columns as SQLite hands them
        if self._closed:
            raise Unavailable(f"{self._path.name} is closed: this process is shutting down.")
        try:
            return self._reader.execute(statement, arguments).fetchall()
        except sqlite3.Error as error:
            raise named(error, self._path) from error

    def _wake(self, topics: Sequence[str]) -> None:
        for topic in topics:
            for news in self._waiting.get(topic, ()):
                news.set()

    async def _wait(self, news: asyncio.Event, span: Span) -> None:
        waits = [asyncio.ensure_future(news.wait()), asyncio.ensure_future(self._clock.sleep(span))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()


def _topics(envelopes: Sequence[Envelope]) -> list[str]:
    """Each once, in the order they come: that of a set would differ from process to process."""
    return list(dict.fromkeys(envelope.topic for envelope in envelopes))


def _delivery(topic: str, partition: int, row: tuple[Any, ...]) -> Delivery:
    offset, event_id, kind, key, at, source, version, data = row
    return Delivery(
        topic, partition, offset, Envelope(event_id, topic, kind, key, from_epoch_ms(at), source, data, version)
    )
