"""When an appliance may fill itself: at night where it stands, at a rate, and so much a night.

A window opens at an hour of the clock on the wall and is open for a length of real time. So the rate times the length is
the same every night, and the two nights a year on which clocks are set make it close an hour earlier or later by the wall.
Where the opening hour is skipped, it opens as much later; where it comes twice, the first time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from matinee.delivery.edge.api import FillWindow
from matinee.kernel.quantities import Instant, seconds


@dataclass(frozen=True, slots=True)
class Night:
    """One opening. `date` names it in accounts: what was fetched is counted by it."""

    date: date
    opens: Instant
    closes: Instant


def night_at(window: FillWindow, at: Instant) -> Night | None:
    """The night in which this instant lies: from its opening on, until before its closing."""
    return next((n for n in _nights_near(window, at) if n.opens <= at < n.closes), None)


def next_night(window: FillWindow, at: Instant) -> Night:
    """The first that opens at this instant or later."""
    return next(n for n in _nights_near(window, at) if n.opens >= at)


def bytes_allowed(window: FillWindow, *, since: Instant, until: Instant, fetched_tonight: int) -> int:
    """How many more bytes may be fetched between two instants of one night; none outside it.

    `fetched_tonight` is what was fetched in the night that `since` lies in, before `since`.
    """
    night = night_at(window, since)
    if night is None or until <= since:
        return 0
    open_for = min(until, night.closes) - since
    # In whole microseconds, because a float's rounding could allow a byte too many.
    at_the_rate = window.bytes_per_second_max * (open_for // timedelta(microseconds=1)) // 1_000_000
    return max(0, min(at_the_rate, window.bytes_per_night_max - fetched_tonight))


def night_bytes_max(window: FillWindow) -> int:
    """What a whole night brings at most."""
    return min(window.bytes_per_night_max, window.bytes_per_second_max * (window.length // seconds(1)))


def _nights_near(window: FillWindow, at: Instant) -> list[Night]:
    zone = ZoneInfo(window.zone)
    today = at.astimezone(zone).date()
    nights = []
    for offset in range(-2, 4):
        day = today + timedelta(days=offset)
        opens = datetime.combine(day, window.opens, zone).astimezone(UTC)
        nights.append(Night(day, opens, opens + window.length))
    return nights
