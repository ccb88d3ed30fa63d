"""Which release to fill next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from matinee.wire.fill import FillOrder


@dataclass(frozen=True, slots=True)
class Setback:
    """An order that failed: how often in a row, when to try again (monotonic seconds), and why."""

    attempts: int
    retry_at: float
    reason: str


def next_order(
    orders: Collection[FillOrder],
    *,
    held: Collection[str],
    purged: Collection[str],
    setbacks: Mapping[str, Setback],
    now: float,
) -> FillOrder | None:
    """The most urgent order that is neither done, nor purged, nor waiting, after a failure or for a source; of equals the
    oldest."""
    open_orders = [
        order
        for order in orders
        if order.sources
        and order.release_id not in held
        and order.release_id not in purged
        and ((setback := setbacks.get(order.release_id)) is None or setback.retry_at <= now)
    ]
    return min(open_orders, key=lambda order: (-order.priority, order.sequence), default=None)


def retry_delay_seconds(attempts: int, *, first: float, longest: float, chance: float) -> float:
    """Doubling, capped, and spread over its upper half (`chance` in [0, 1)), so that a fleet does not return as one."""
    ceiling = min(longest, first * 2.0 ** min(attempts - 1, 32))
    return ceiling * (0.5 + chance / 2)
