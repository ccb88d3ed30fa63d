"""Moves events from the log to the domains that listen, in order, at least once, until canceled."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prometheus_client import Gauge

from matinee.engines.log.port import LeaseLost, Log
from matinee.kernel.clock import Clock
from matinee.kernel.log import logger
from matinee.kernel.quantities import Span, seconds
from matinee.wire.events import Envelope

_log = logger("consumers")
_stuck = Gauge(
    "matinee_event_attempts_failed", "Attempts that the event at the head of the line has failed", ["topic", "group"]
)
_WAIT: Span = seconds(5)
_LEASE: Span = seconds(30)
_PAUSE_MIN_S, _PAUSE_MAX_S = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Consumer:
    topic: str
    group: str
    handle: Callable[[Envelope], Awaitable[None]]


class _NotHandled(Exception):
    """Carries what failed past the log's own errors."""

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(envelope.id)
        self.envelope = envelope


async def consume(log: Log, consumer: Consumer, clock: Clock) -> None:
    """An event that cannot be handled is tried again and again, ever more seldom: skipping it would lose what was
    acknowledged, and those behind it must not overtake it."""
    failures = 0
    while True:
        try:
            await _next_batch(log, consumer)
            failures = 0
        except LeaseLost:
            continue
        except Exception as error:
            failures += 1
            _tell(consumer, error, failures)
        _stuck.labels(consumer.topic, consumer.group).set(failures)
        if failures:
            await clock.sleep(seconds(min(_PAUSE_MAX_S, _PAUSE_MIN_S * 2 ** min(failures - 1, 16))))


def _tell(consumer: Consumer, error: Exception, failures: int) -> None:
    cause = error.__cause__ or error
    _log.error(
        "event not handled",
        topic=consumer.topic,
        group=consumer.group,
        event_id=error.envelope.id if isinstance(error, _NotHandled) else None,
        event_type=error.envelope.type if isinstance(error, _NotHandled) else None,
        attempts=failures,
        error=f"{type(cause).__name__}: {cause}",
        exc_info=cause,
    )


async def _next_batch(log: Log, consumer: Consumer) -> None:
    batch = await log.poll(consumer.topic, consumer.group, wait=_WAIT, lease=_LEASE)
    if batch is None:
        return
    try:
        for delivery in batch.deliveries:
            try:
                await consumer.handle(delivery.envelope)
            except Exception as error:
                raise _NotHandled(delivery.envelope) from error
    except BaseException:
        await log.release(batch)
        raise
    await log.commit(batch)
