"""Units that cross doors. An instant is an aware UTC datetime, a span a timedelta: no bare number stands for time."""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

Instant: TypeAlias = datetime
Span: TypeAlias = timedelta


def seconds(count: float) -> Span:
    return timedelta(seconds=count)


def minutes(count: float) -> Span:
    return timedelta(minutes=count)


def hours(count: float) -> Span:
    return timedelta(hours=count)


def days(count: float) -> Span:
    return timedelta(days=count)


def from_epoch_ms(milliseconds: int) -> Instant:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def to_epoch_ms(at: Instant) -> int:
    return round(at.timestamp() * 1000)
