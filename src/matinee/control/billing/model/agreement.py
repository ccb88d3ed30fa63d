"""A subscription as a state machine. Every function takes the one there was and gives the one there is.

`active` and `trialing` play; `past_due` is an unpaid period within its grace, and plays; `canceled` plays nothing. What is
canceled at the end of its period stays what it was until then (`ends_at_period_end`).

One thing drives it at a time: `due_at`, the instant at which it is looked at next, or an open charge, whose outcome sets
`due_at` again. The periods of a subscription are numbered for ever upward, and one begins only when the one before is paid:
that number under a unique key is why a renewal happens once.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from matinee.control.billing.model.coupons import FOREVER, Coupon, reduced
from matinee.control.billing.model.invoices import Then
from matinee.control.billing.model.periods import bounds
from matinee.control.billing.settings import Dunning, Interval, Terms
from matinee.kernel.quantities import Instant

State = Literal["trialing", "active", "past_due", "canceled"]


@dataclass(frozen=True, slots=True)
class Agreement:
    account_id: str
    id: str
    plan: str
    status: State
    changed_at: Instant
    is_free: bool = False
    """Given by an operator: nothing is ever charged."""
    interval: Interval = "month"
    country: str = ""
    currency: str = "EUR"
    price: int = 0
    """Of a whole period, as shown, without coupon."""
    paid: int = 0
    """The same with the coupon of this period: what unused time is worth."""
    anchor: Instant | None = None
    anchor_period: int = 0
    period: int = 0
    period_start: Instant | None = None
    period_end: Instant | None = None
    ends_at_period_end: bool = False
    next_plan: str | None = None
    next_interval: Interval | None = None
    provider: str = ""
    method: str = ""
    """The provider's token, and nothing else of a card but what one may read on a receipt."""
    method_label: str = ""
    bill_to: str = ""
    coupon: str | None = None
    coupon_left: int = 0
    credit: int = 0
    had_trial: bool = False
    open_invoice: str | None = None
    failed_at: Instant | None = None
    retries: int = 0
    due_at: Instant | None = None

    @property
    def is_over(self) -> bool:
        return self.status == "canceled"


def price_of(terms: Terms, plan: str, interval: Interval, currency: str) -> int:
    price = terms.prices[plan].get(currency) or terms.prices[plan][terms.currency]
    return price.month if interval == "month" else price.year


def currency_of(terms: Terms, country: str) -> str:
    return terms.currencies.get(country, terms.currency)


def on_trial(fresh: Agreement, terms: Terms, now: Instant) -> Agreement:
    """The first paid period begins when the trial ends, and is counted from there."""
    ends = now + timedelta(days=terms.trial_days)
    return replace(
        fresh,
        status="trialing",
        price=price_of(terms, fresh.plan, fresh.interval, fresh.currency),
        paid=0,
        anchor=ends,
        anchor_period=1,
        period=0,
        period_start=now,
        period_end=ends,
        had_trial=True,
        due_at=ends,
        changed_at=now,
    )


def at_once(fresh: Agreement, terms: Terms, coupon: Coupon | None, now: Instant) -> Agreement:
    """Without a trial: the first period begins now and plays when it is paid."""
    start, end = bounds(now, fresh.interval, 0)
    price = price_of(terms, fresh.plan, fresh.interval, fresh.currency)
    return replace(
        fresh,
        status="canceled",
        price=price,
        paid=reduced(price, coupon, fresh.currency),
        anchor=now,
        anchor_period=1,
        period=1,
        period_start=start,
        period_end=end,
        changed_at=now,
        due_at=None,
    )


def start_when_paid(begun: Agreement, coupon: Coupon | None, now: Instant) -> Then:
    """What is begun `at_once` costs its coupon a period only when it is paid."""
    return Then(
        begun.plan,
        begun.interval,
        begun.price,
        begun.paid,
        is_anew=False,
        at=now,
        coupon=coupon.code if coupon else "",
    )


def start_after_gift(begun: Agreement, coupon: Coupon | None, now: Instant) -> Then:
    return replace(
        start_when_paid(begun, coupon, now),
        is_anew=True,
        begins=begun.id,
        country=begun.country,
        currency=begun.currency,
    )


def next_period(old: Agreement, terms: Terms, coupon: Coupon | None) -> Agreement:
    """The period after this one, with the plan that was chosen for it. It is to be paid; `due_at` is the charge's to set."""
    assert old.period_end is not None
    assert old.anchor is not None
    plan, interval = old.next_plan or old.plan, old.next_interval or old.interval
    number = old.period + 1
    is_reset = interval != old.interval
    anchor, anchor_period = (old.period_end, number) if is_reset else (old.anchor, old.anchor_period)
    start, end = bounds(anchor, interval, number - anchor_period)
    price = price_of(terms, plan, interval, old.currency)
    begun = replace(
        old,
        plan=plan,
        interval=interval,
        next_plan=None,
        next_interval=None,
        status="active",
        price=price,
        paid=reduced(price, coupon, old.currency),
        anchor=anchor,
        anchor_period=anchor_period,
        period=number,
        period_start=start,
        period_end=end,
        due_at=None,
    )
    return _coupon_used(begun)


def _coupon_used(begun: Agreement) -> Agreement:
    if begun.coupon is None or begun.coupon_left == FOREVER:
        return begun
    left = begun.coupon_left - 1
    return replace(begun, coupon=begun.coupon if left > 0 else None, coupon_left=max(left, 0))


def paid_up(old: Agreement, then: Then | None, now: Instant) -> Agreement:
    """The open invoice is paid: what it was for holds from now on."""
    if then is not None:
        old = _changed(old, then)
    return replace(
        old, status="active", open_invoice=None, failed_at=None, retries=0, due_at=old.period_end, changed_at=now
    )


def _changed(old: Agreement, then: Then) -> Agreement:
    changed = replace(
        old,
        plan=then.plan,
        interval=then.interval,
        price=then.price,
        paid=then.paid,
        next_plan=None,
        next_interval=None,
    )
    if then.coupon and then.coupon == old.coupon:
        changed = _coupon_used(changed)
    if then.begins:
        changed = replace(
            changed, id=then.begins, is_free=False, country=then.country, currency=then.currency, period=0
        )
    if not then.is_anew:
        return changed
    start, end = bounds(then.at, then.interval, 0)
    number = changed.period + 1
    return replace(changed, anchor=then.at, anchor_period=number, period=number, period_start=start, period_end=end)


def not_paid(old: Agreement, dunning: Dunning, now: Instant) -> Agreement:
    """A renewal's payment failed: it is late, plays on, and is tried again until its grace ends."""
    failed_at = old.failed_at or now
    ends = failed_at + timedelta(hours=dunning.grace_hours)
    if old.retries < len(dunning.retry_hours):
        again = failed_at + timedelta(hours=dunning.retry_hours[old.retries])
        # Never at once: after an outage all retries may be overdue, and a bank is not asked twice in a minute.
        due = min(max(again, now + timedelta(hours=1)), max(ends, now))
    else:
        due = max(ends, now)
    return replace(old, status="past_due", failed_at=failed_at, retries=old.retries + 1, due_at=due, changed_at=now)


def is_grace_over(old: Agreement, dunning: Dunning, now: Instant) -> bool:
    return old.failed_at is not None and now >= old.failed_at + timedelta(hours=dunning.grace_hours)


def unchanged(old: Agreement, now: Instant) -> Agreement:
    """A start or a change was not paid for: all stays as it was."""
    return replace(old, open_invoice=None, due_at=None if old.is_over else old.period_end, changed_at=now)


def ended(old: Agreement, now: Instant) -> Agreement:
    return replace(
        old,
        status="canceled",
        ends_at_period_end=False,
        next_plan=None,
        next_interval=None,
        coupon=None,
        coupon_left=0,
        open_invoice=None,
        failed_at=None,
        retries=0,
        due_at=None,
        changed_at=now,
    )
