"""How busy an edge is, from two readings of its counters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    at: float
    """Monotonic seconds."""
    bytes: int
    errors: int


def load_between(before: Reading, after: Reading, *, capacity_bytes_per_second: int) -> float:
    """0 idle, 1 as many bytes a second as it may send."""
    span = after.at - before.at
    if span <= 0:
        return 0.0
    return min(1.0, max(0.0, (after.bytes - before.bytes) / span / capacity_bytes_per_second))


def errors_per_minute(before: Reading, after: Reading) -> float:
    span = after.at - before.at
    return 60 * (after.errors - before.errors) / span if span > 0 else 0.0
