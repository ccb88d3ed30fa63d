"""Whether an appliance is sent viewers, and how many: from what it said and when."""

from dataclasses import dataclass, replace

from matinee.kernel.quantities import Instant, Span, minutes, seconds
from matinee.wire.health import HealthReport

SILENCE_MAX: Span = seconds(3.5)
"""Reports come each second. Three missed ones, and the fourth's way."""
_RETURN: Span = seconds(60)
"""Until one that was away has its whole share again: its memory holds nothing yet, and it may fall again."""
_FIRST_SHARE = 0.1
CLOCK_OFF_MAX: Span = minutes(5)
"""Tickets end by the appliance's own clock: so long it may serve when rights are over."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An appliance's last words. `report.at` is when we heard them: its own clock may be wrong."""

    report: HealthReport
    back_at: Instant | None = None
    """When it was heard again after a silence; None: it was never missed."""
    clock_off_s: float = 0.0
    """How far its clock is before ours."""


def heard(report: HealthReport, before: Heard | None, *, at: Instant) -> Heard:
    """What it says of itself is taken for what can be true: a load is between nothing and everything."""
    load = min(1.0, max(0.0, report.load)) if report.load == report.load else 1.0
    said = replace(report, at=at, load=load)
    off_s = (report.at - at).total_seconds()
    if before is None:
        return Heard(said, clock_off_s=off_s)
    was_away = at - before.report.at > SILENCE_MAX or report.boot_id != before.report.boot_id
    return Heard(said, at if was_away else before.back_at, off_s)


def is_well(heard: Heard, *, at: Instant) -> bool:
    return at - heard.report.at <= SILENCE_MAX


def clock_fault(heard: Heard) -> str:
    """Before ours it refuses tickets that are good, behind ours it serves when rights are over. Empty: neither."""
    if abs(heard.clock_off_s) <= CLOCK_OFF_MAX.total_seconds():
        return ""
    where = "ahead" if heard.clock_off_s > 0 else "behind"
    return f"Its clock is {abs(heard.clock_off_s):,.0f} s {where}. Set it right (NTP)."


def share(heard: Heard, *, at: Instant) -> float:
    """Of the viewers it would have."""
    return 1.0 if heard.back_at is None else share_after(at - heard.back_at)


def share_after(since: Span) -> float:
    """Of one that came back so long ago: a tenth as it comes, and more each second."""
    return min(1.0, _FIRST_SHARE + (1 - _FIRST_SHARE) * max(0.0, since / _RETURN))
