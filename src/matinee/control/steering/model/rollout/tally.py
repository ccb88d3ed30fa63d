"""What one appliance did in a block of five minutes, from the sums that it tells: restarts and missed reports lose little."""

from dataclasses import dataclass, replace

from matinee.wire.rollout import Counts

NOTHING = Counts(0, 0, 0, 0)
_WARM_AFTER_S = 600.0
"""Memory grows while caches fill: growth counts after that."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an appliance said last."""

    boot: str
    at_s: float
    """Seconds since the roll-out began."""
    uptime_s: float
    memory_bytes: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Tally:
    last: Reading | None = None
    done: Counts = NOTHING
    """In this block."""
    memory_sum: int = 0
    at_sum_s: float = 0.0
    readings: int = 0
    memory_before: float = 0.0
    """On average in the block before, at `at_before_s`. 0: there is none that counts."""
    at_before_s: float = 0.0
    build: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """What an appliance did in five minutes, with one build."""

    kind: str
    is_treated: bool
    done: Counts
    memory_bytes: float = 0.0
    growth_per_hour: float | None = None
    """Of its memory, bytes. None: not known yet."""


def noted(tally: Tally, reading: Reading) -> Tally:
    """With what was done since the reading before; the same reading twice changes nothing."""
    last = tally.last
    if last is not None and reading.boot == last.boot and reading.uptime_s <= last.uptime_s:
        return tally
    if last is None or reading.boot != last.boot:
        # What it did before we looked is nobody's, and what another process did says nothing of this one.
        return Tally(reading)
    done = plus(tally.done, _minus(reading.counts, last.counts))
    if reading.uptime_s < _WARM_AFTER_S or not reading.memory_bytes:
        return replace(tally, last=reading, done=done)
    return replace(
        tally,
        last=reading,
        done=done,
        memory_sum=tally.memory_sum + reading.memory_bytes,
        at_sum_s=tally.at_sum_s + reading.at_s,
        readings=tally.readings + 1,
    )


def closed(tally: Tally, *, kind: str, is_treated: bool) -> tuple[Block, Tally]:
    memory = tally.memory_sum / tally.readings if tally.readings else 0.0
    at_s = tally.at_sum_s / tally.readings if tally.readings else 0.0
    growth = None
    if memory and tally.memory_before and at_s > tally.at_before_s:
        growth = (memory - tally.memory_before) / (at_s - tally.at_before_s) * 3600
    return Block(kind, is_treated, tally.done, memory, growth), Tally(
        tally.last, memory_before=memory, at_before_s=at_s, build=tally.build
    )


def plus(one: Counts, other: Counts) -> Counts:
    return Counts(
        one.requests + other.requests,
        one.bytes + other.bytes,
        one.refused + other.refused,
        one.errors + other.errors,
        one.processor_s + other.processor_s,
        one.sessions + other.sessions,
        one.starved + other.starved,
    )


def _minus(now: Counts, before: Counts) -> Counts:
    """Never less than nothing, whatever an appliance says of itself."""
    return Counts(
        max(0, now.requests - before.requests),
        max(0, now.bytes - before.bytes),
        max(0, now.refused - before.refused),
        max(0, now.errors - before.errors),
        max(0.0, now.processor_s - before.processor_s),
        max(0, now.sessions - before.sessions),
        max(0, now.starved - before.starved),
    )
