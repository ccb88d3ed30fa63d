"""What is done with a subscription whose time has come, and with a payment whose outcome is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from matinee.control.billing.model import invoices
from matinee.control.billing.model.agreement import (
    Agreement,
    ended,
    is_grace_over,
    next_period,
    not_paid,
    paid_up,
    unchanged,
)
from matinee.control.billing.model.coupons import Coupon, reduced
from matinee.control.billing.model.invoices import Invoice, Kind, Line, Then, totals
from matinee.control.billing.model.ledger import Posting
from matinee.control.billing.model.taxes import tax_at
from matinee.control.billing.settings import Dunning, Terms
from matinee.kernel.quantities import Instant

Step = Literal["wait", "begin", "end", "try_again", "give_up"]


def step(old: Agreement, terms: Terms, coupon: Coupon | None, now: Instant) -> Step:
    if old.open_invoice is not None and old.status != "past_due":
        return "wait"
    if old.status == "past_due":
        return "give_up" if is_grace_over(old, terms.dunning, now) or old.ends_at_period_end else "try_again"
    if old.is_over or old.is_free or old.period_end is None or now < old.period_end:
        return "wait"
    if old.ends_at_period_end or (old.status == "trialing" and not old.method and not _is_a_gift(old, coupon)):
        return "end"
    return "begin"


def _is_a_gift(old: Agreement, coupon: Coupon | None) -> bool:
    return coupon is not None and reduced(old.price, coupon, old.currency) == 0


@dataclass(frozen=True, slots=True)
class Billed:
    """A subscription with an invoice that is yet to be numbered, and what of it has to be charged."""

    agreement: Agreement
    invoice: Invoice
    postings: tuple[Posting, ...]


def renewal(old: Agreement, terms: Terms, coupon: Coupon | None, *, invoice_id: str, now: Instant) -> Billed:
    new = next_period(old, terms, coupon)
    return billed(new, period_lines(new), terms, kind="renewal", period=new.period, invoice_id=invoice_id, now=now)


def period_lines(new: Agreement) -> tuple[Line, ...]:
    assert new.period_start is not None
    assert new.period_end is not None
    lines = [Line("period", new.plan, new.price, new.period_start, new.period_end)]
    if new.paid != new.price:
        lines.append(Line("coupon", new.plan, new.paid - new.price, new.period_start, new.period_end))
    return tuple(lines)


def billed(
    new: Agreement,
    lines: Sequence[Line],
    terms: Terms,
    *,
    kind: Kind,
    period: int | None,
    invoice_id: str,
    now: Instant,
    then: Then | None = None,
) -> Billed:
    """What is due in full from the balance is paid at once. Without a way to pay, a renewal is late at once."""
    rate = tax_at(terms, new.country, now)
    sums = totals(lines, rate, new.credit)
    is_paid = sums.due == 0
    invoice = Invoice(
        id=invoice_id,
        number="",
        kind=kind,
        account_id=new.account_id,
        subscription_id=new.id,
        period=period,
        bill_to=new.bill_to,
        country=new.country,
        currency=new.currency,
        lines=tuple(lines),
        tax_name=rate.name,
        tax_ppm=rate.rate_ppm,
        tax_inclusive=rate.inclusive,
        net=sums.net,
        tax=sums.tax,
        credit_used=sums.credit_used,
        due=sums.due,
        state="paid" if is_paid else "open",
        issued_at=now,
        paid_at=now if is_paid else None,
        then=then,
    )
    agreement = replace(new, credit=new.credit - sums.credit_used)
    if is_paid:
        agreement = paid_up(agreement, then, now)
    else:
        agreement = replace(agreement, open_invoice=invoice_id, due_at=None, changed_at=now)
        if not agreement.method:
            agreement = not_paid(agreement, terms.dunning, now)
    return Billed(agreement, invoice, (invoices.issued(invoice),))


@dataclass(frozen=True, slots=True)
class Settled:
    """`notice`: what the member is to be told."""

    agreement: Agreement | None
    invoice: Invoice
    postings: tuple[Posting, ...]
    notice: str = ""


def charge_succeeded(
    old: Agreement | None, invoice: Invoice, charge_id: str, provider: str, amount: int, now: Instant
) -> Settled:
    if invoice.state != "open":
        kept = replace(old, credit=old.credit + amount) if old and old.currency == invoice.currency else old
        return Settled(kept, invoice, (invoices.stray(invoice, charge_id, provider, amount),))
    paid = replace(invoice, state="paid", paid_at=now)
    told = (invoices.received(invoice, charge_id, provider, amount),)
    if old is None or old.open_invoice != invoice.id:
        return Settled(old, paid, told)
    agreement = paid_up(old, invoice.then, now)
    return Settled(agreement, paid, told, "recovered" if old.status == "past_due" else "")


def charge_failed(old: Agreement | None, invoice: Invoice, dunning: Dunning, now: Instant) -> Settled:
    """What was to begin or to change does not. A renewal is late, and tried again until its grace is over."""
    if invoice.state != "open":
        return Settled(old, invoice, ())
    if old is None:
        return Settled(None, replace(invoice, state="void"), (invoices.voided(invoice),))
    if old.open_invoice != invoice.id:  # its account is gone
        return _given_up(old, invoice, "")
    if invoice.kind != "renewal":
        return take_back(old, invoice, now)
    if old.ends_at_period_end or is_grace_over(old, dunning, now):
        return give_up(old, invoice, now)
    return Settled(not_paid(old, dunning, now), invoice, (), "" if old.failed_at else "payment_failed")


def give_up(old: Agreement, invoice: Invoice, now: Instant) -> Settled:
    """The grace is over: the plan ends, and the period that was not paid is not owed."""
    return _given_up(ended(old, now), invoice, "plan_ended")


def take_back(old: Agreement, invoice: Invoice, now: Instant) -> Settled:
    """Nobody will pay it, and all stays as it was: what it took from the balance returns there."""
    return _given_up(unchanged(old, now), invoice, "")


def _given_up(agreement: Agreement, invoice: Invoice, notice: str) -> Settled:
    back = replace(agreement, credit=agreement.credit + invoice.credit_used)
    return Settled(back, replace(invoice, state="void"), (invoices.voided(invoice),), notice)


def credit_note(of: Invoice, *, note_id: str, minor_units: int, refunded_before: int, now: Instant) -> Invoice:
    """Gives back a part of what was paid, and of its tax the same share: counted from the first refund on, so that
    several add up to the whole."""
    tax = -(of.tax * (refunded_before + minor_units) // of.total - of.tax * refunded_before // of.total)
    shown = -minor_units if of.tax_inclusive else -minor_units - tax
    line = Line("refund", of.lines[0].plan, shown, of.lines[0].since, of.lines[0].until)
    return replace(
        of,
        id=note_id,
        number="",
        kind="credit_note",
        period=None,
        lines=(line,),
        net=-minor_units - tax,
        tax=tax,
        credit_used=0,
        due=-minor_units,
        state="issued",
        issued_at=now,
        paid_at=None,
        then=None,
        of_invoice=of.id,
    )
