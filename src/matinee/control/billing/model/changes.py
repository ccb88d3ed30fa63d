"""What changing the plan costs, and when it happens.

To more (a higher plan, or from months to a year) at once: what is unused of the paid period comes off the new price. To
less at the end of the paid period, so nothing is given back. Within a trial any plan at once, for nothing.
"""

from dataclasses import dataclass
from typing import Literal

from matinee.control.billing.model.agreement import Agreement, price_of
from matinee.control.billing.model.amounts import unused
from matinee.control.billing.model.coupons import FOREVER, Coupon, reduced
from matinee.control.billing.model.invoices import Line, Then
from matinee.control.billing.model.periods import bounds
from matinee.control.billing.settings import Interval, Terms
from matinee.kernel.quantities import Instant, to_epoch_ms

When = Literal["now", "period_end", "never"]


@dataclass(frozen=True, slots=True)
class Change:
    """`never`: it is that already."""

    when: When
    at: Instant
    lines: tuple[Line, ...] = ()
    then: Then | None = None


def change(
    old: Agreement, plan: str, interval: Interval, *, rises: bool, terms: Terms, coupon: Coupon | None, now: Instant
) -> Change:
    """`rises`: the new plan's rank is higher."""
    start, end = _period(old)
    if (plan, interval) == (old.plan, old.interval):
        return Change("never", now)
    price = price_of(terms, plan, interval, old.currency)
    if old.status == "trialing":
        return Change("now", now, (), Then(plan, interval, price, 0, is_anew=False, at=now))
    is_longer = (old.interval, interval) == ("month", "year")
    same_plan_shorter = (old.interval, interval) == ("year", "month")
    if same_plan_shorter or not (rises or (is_longer and plan == old.plan)):
        return Change("period_end", end)
    now = min(max(now, start), end)
    elapsed, whole = _ms(start, now), _ms(start, end)
    back = Line("rest_of_old", old.plan, -unused(old.paid, elapsed, whole), now, end)
    if interval != old.interval:
        since, until = bounds(now, interval, 0)
        paid = reduced(price, coupon, old.currency)
        return Change(
            "now",
            now,
            (Line("period", plan, paid, since, until), back),
            Then(plan, interval, price, paid, is_anew=True, at=now, coupon=coupon.code if coupon else ""),
        )
    # A coupon counts whole periods: it has paid its share of this one already, unless it is for ever.
    paid = reduced(price, coupon if old.coupon_left == FOREVER else None, old.currency)
    rest = Line("rest_of_new", plan, unused(paid, elapsed, whole), now, end)
    return Change("now", now, (rest, back), Then(plan, interval, price, paid, is_anew=False, at=now))


def _period(old: Agreement) -> tuple[Instant, Instant]:
    assert old.period_start is not None
    assert old.period_end is not None
    return old.period_start, old.period_end


def _ms(since: Instant, until: Instant) -> int:
    return to_epoch_ms(until) - to_epoch_ms(since)
