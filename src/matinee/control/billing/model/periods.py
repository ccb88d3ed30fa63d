"""When paid periods begin and end.

Counted from the anchor, never from the period before: from the 31st of January a month later is the 28th of February, and
two months later the 31st of March again. Instants are UTC, so no day has 23 hours.
"""

import calendar
from datetime import datetime

from matinee.control.billing.settings import Interval
from matinee.kernel.quantities import Instant

_MONTHS: dict[Interval, int] = {"month": 1, "year": 12}


def bounds(anchor: Instant, interval: Interval, number: int) -> tuple[Instant, Instant]:
    """The begin and the end of the period `number`, from 0."""
    step = _MONTHS[interval]
    return later(anchor, step * number), later(anchor, step * (number + 1))


def later(anchor: Instant, months: int) -> Instant:
    """The same day so many months on, or that month's last."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.replace(anchor, year=year, month=month + 1, day=min(anchor.day, last))
