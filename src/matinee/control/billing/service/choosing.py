"""What choosing a plan does to a subscription: first said, then done, by the same code."""

from dataclasses import dataclass, replace
from typing import Literal

from matinee.control.billing import store
from matinee.control.billing.api import PLANS, Plan
from matinee.control.billing.api.subscriptions import CostsMore, NoPaymentMethod, PaymentLate, PaymentUnderWay
from matinee.control.billing.model import turns
from matinee.control.billing.model.agreement import (
    Agreement,
    at_once,
    on_trial,
    paid_up,
    start_after_gift,
    start_when_paid,
)
from matinee.control.billing.model.changes import Change, change
from matinee.control.billing.model.coupons import Coupon
from matinee.control.billing.model.turns import Billed
from matinee.control.billing.service.collecting import Ground, charge_for
from matinee.control.billing.settings import Interval
from matinee.control.billing.store.payments import ChargeRow
from matinee.engines.database.port import Work
from matinee.kernel.money import Money
from matinee.kernel.quantities import Instant

_RANKS = {plan.id: plan.rank for plan in PLANS}


@dataclass(frozen=True, slots=True)
class Choice:
    """`billed`: what is to be charged at once, where anything is. `next`: the subscription without that."""

    kind: Literal["trial", "start", "change"]
    next: Agreement
    is_new: bool
    plan: str
    interval: Interval
    change: Change | None = None
    billed: Billed | None = None
    coupon: Coupon | None = None


class Choosing:
    """For one account, of which `fresh` is what it would begin with."""

    def __init__(self, ground: Ground, fresh: Agreement) -> None:
        self._g = ground
        self.fresh = fresh

    def choice(self, work: Work, plan: Plan, interval: Interval, now: Instant) -> Choice:
        old = store.subscriptions.whole(work, self.fresh.account_id)
        if old is not None and old.open_invoice is not None:
            raise PaymentLate if old.status == "past_due" and old.due_at is not None else PaymentUnderWay
        coupon = store.coupons.find(work, old.coupon) if old else None
        if old is None or old.is_over or old.is_free:
            return self._start(old, plan, interval, coupon, now)
        rises = _RANKS[plan.id] > _RANKS[old.plan]
        found = change(old, plan.id, interval, rises=rises, terms=self._g.terms, coupon=coupon, now=now)
        if found.when == "never" or found.then is None:
            is_back = found.when == "never"
            later = replace(
                old,
                next_plan=None if is_back else plan.id,
                next_interval=None if is_back else interval,
                ends_at_period_end=False,
                changed_at=now,
            )
            return Choice("change", later, False, plan.id, interval, change=found, coupon=coupon)
        staying = replace(old, ends_at_period_end=False)
        if not found.lines:
            at_once_ = replace(paid_up(staying, found.then, now), status=old.status)
            return Choice("change", at_once_, False, plan.id, interval, change=found, coupon=coupon)
        billed = turns.billed(
            staying, found.lines, self._g.terms, kind="change", period=None, invoice_id=self._g.ids.new(), now=now,
            then=found.then,
        )  # fmt: skip
        return Choice("change", staying, False, plan.id, interval, change=found, billed=billed, coupon=coupon)

    def _start(
        self, old: Agreement | None, plan: Plan, interval: Interval, coupon: Coupon | None, now: Instant
    ) -> Choice:
        """A first subscription begins with a trial, for which nothing need be known. The next one is paid at once."""
        fresh = replace(self.fresh, plan=plan.id, interval=interval)
        if old is not None:
            fresh = replace(
                fresh,
                provider=old.provider,
                method=old.method,
                method_label=old.method_label,
                bill_to=old.bill_to or fresh.bill_to,
                coupon=old.coupon,
                coupon_left=old.coupon_left,
                credit=old.credit,
                # What is owed to a member is owed in its currency.
                currency=old.currency if old.credit else fresh.currency,
                had_trial=old.had_trial,
            )
        if not fresh.had_trial and self._g.terms.trial_days > 0:
            return Choice("trial", on_trial(fresh, self._g.terms, now), True, plan.id, interval, coupon=coupon)
        begun = at_once(fresh, self._g.terms, coupon, now)
        is_gift = old is not None and old.is_free and not old.is_over
        billed = turns.billed(
            begun, turns.period_lines(begun), self._g.terms, kind="start", period=begun.period,
            invoice_id=self._g.ids.new(), now=now,
            then=(start_after_gift if is_gift else start_when_paid)(begun, coupon, now),
        )  # fmt: skip
        if old is not None and is_gift and billed.invoice.state == "open":
            billed = replace(billed, agreement=_given_until_paid(old, billed))
        return Choice("start", begun, True, plan.id, interval, billed=billed, coupon=coupon)

    def carry_out(self, work: Work, choice: Choice, agreed_minor_units: int | None, now: Instant) -> ChargeRow | None:
        """The charge that has to be asked for, if there is one."""
        if choice.billed is None:
            self._write(work, choice, choice.next)
            return None
        billed = choice.billed
        due = Money(billed.invoice.currency, billed.invoice.due)
        if agreed_minor_units is not None and due.minor_units > agreed_minor_units:
            raise CostsMore(due)
        if due.minor_units > 0 and not billed.agreement.method:
            raise NoPaymentMethod
        (invoice,) = store.invoices.numbered(work, [billed.invoice], self._g.terms.seller.prefix)
        store.invoices.add(work, [invoice])
        store.invoices.post(work, billed.postings, now)
        self._write(work, choice, billed.agreement)
        if invoice.state == "paid":
            return None
        charge = charge_for(invoice, billed.agreement, 0, charge_id=self._g.ids.new(), now=now)
        store.payments.add(work, [charge])
        return charge

    def _write(self, work: Work, choice: Choice, agreement: Agreement) -> None:
        if choice.is_new:
            store.subscriptions.add(work, agreement)
        else:
            store.subscriptions.put(work, [agreement])


def _given_until_paid(gift: Agreement, billed: Billed) -> Agreement:
    """What an operator gave stays until what was chosen instead is paid."""
    new = billed.agreement
    return replace(
        gift,
        credit=new.credit,
        bill_to=new.bill_to,
        had_trial=new.had_trial,
        open_invoice=new.open_invoice,
        due_at=None,
        changed_at=new.changed_at,
    )
