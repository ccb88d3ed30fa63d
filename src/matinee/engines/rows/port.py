"""What stores may expect of a wide-row store (Cassandra's model, less its surprises).

A row lives under (table, partition, clustering). Writes carry the time of the event they record: the later event wins,
whatever order the writes arrive in; at an equal time a delete wins, then the greater value's bytes, so every replica
agrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.kernel.quantities import Instant, Span


@dataclass(frozen=True, slots=True)
class Row:
    table: str
    partition: str
    clustering: str
    """Sorts as text. Numbers and times must be written with leading zeros."""
    value: bytes
    at: Instant
    """Event time, milliseconds matter."""
    ttl: Span | None = None
    """Gone this long after it was written (by the store's clock), not after the event. Read back, it is what remains."""


class Rows(Protocol):
    async def put(self, rows: Sequence[Row]) -> None:
        """Durable when this returns; callers are grouped into one commit. Rows of one call are not one transaction."""
        ...

    async def get(self, table: str, partition: str, clustering: str) -> Row | None: ...

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
        """Rows of one partition with start <= clustering < stop, in clustering order (or its reverse)."""
        ...

    async def delete(self, table: str, partition: str, clustering: str, *, at: Instant) -> None:
        """A write of nothing, with its own event time: an older put that arrives later stays deleted."""
        ...

    async def delete_partition(self, table: str, partition: str) -> None:
        """Forget a whole partition, tombstones too (erasing a member's data)."""
        ...

    async def close(self) -> None: ...
