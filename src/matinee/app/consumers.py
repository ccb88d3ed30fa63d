"""Moves events from the log to the domains that listen, in order, at least once, until canceled."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from matinee.engines.log.port import LeaseLost, Log
from matinee.kernel.clock import Clock
from matinee.kernel.log import logger
from matinee.kernel.quantities import Span, seconds
from matinee.wire.events import Envelope

_log = logger("consumers")
_WAIT: Span = seconds(5)
_LEASE: Span = seconds(30)
_PAUSE_AFTER_FAILURE: Span = seconds(1)


@dataclass(frozen=True, slots=True)
class Consumer:
    topic: str
    group: str
    handle: Callable[[Envelope], Awaitable[None]]


async def consume(log: Log, consumer: Consumer, clock: Clock) -> None:
    """An event that cannot be handled is tried again and again: skipping it would lose what was acknowledged."""
    while True:
        try:
            await _next_batch(log, consumer)
        except LeaseLost:
            continue
        except Exception as error:
            _log.error("event not handled", group=consumer.group, error=f"{type(error).__name__}: {error}")
            await clock.sleep(_PAUSE_AFTER_FAILURE)


async def _next_batch(log: Log, consumer: Consumer) -> None:
    batch = await log.poll(consumer.topic, consumer.group, wait=_WAIT, lease=_LEASE)
    if batch is None:
        return
    try:
        for delivery in batch.deliveries:
            await consumer.handle(delivery.envelope)
    except BaseException:
        await log.release(batch)
        raise
    await log.commit(batch)
