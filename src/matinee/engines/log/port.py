"""What producers and consumers may expect of the event log (Kafka's model and names).

A topic has partitions; a key always falls into the same one, so events of a key keep their order. A consumer group
remembers an offset per partition. Delivery is at least once: a consumer that dies before `commit` sees the batch again.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.kernel.quantities import Span
from matinee.wire.events import Envelope


@dataclass(frozen=True, slots=True)
class Delivery:
    topic: str
    partition: int
    offset: int
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive deliveries of one partition, leased to one member of a group until committed or the lease ends."""

    group: str
    topic: str
    partition: int
    deliveries: tuple[Delivery, ...]
    lease: str


class Log(Protocol):
    async def append(self, envelopes: Sequence[Envelope]) -> None:
        """Durable when this returns. An envelope id that is in the log already is not appended again."""
        ...

    async def poll(self, topic: str, group: str, *, limit: int = 100, wait: Span, lease: Span) -> Batch | None:
        """The next batch of a partition nobody else of the group holds; None when nothing came within `wait`."""
        ...

    async def commit(self, batch: Batch) -> None:
        """Done with the batch: the group goes on after it. Refused (`LeaseLost`) when the lease has passed to another."""
        ...

    async def release(self, batch: Batch) -> None:
        """Give the partition back without progress, so that it is delivered again."""
        ...

    def replay(self, topic: str, *, partition: int | None = None, after: int = -1) -> AsyncIterator[Delivery]:
        """Everything kept, oldest first, without touching any group."""
        ...

    async def close(self) -> None: ...


class LeaseLost(Exception):
    """Somebody else has the partition by now; the batch will be, or was, handled again."""
