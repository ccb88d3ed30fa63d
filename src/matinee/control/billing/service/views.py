"""What is stored, as neighbors and members see it."""

from datetime import timedelta

from matinee.control.billing.api import PLANS
from matinee.control.billing.api.subscriptions import ChangePreview, InvoiceView, PreviewLine, Standing, Trouble
from matinee.control.billing.model.agreement import Agreement, price_of
from matinee.control.billing.model.coupons import reduced
from matinee.control.billing.model.invoices import Invoice
from matinee.control.billing.service.choosing import Choice
from matinee.control.billing.settings import Terms
from matinee.control.billing.store.payments import ChargeRow
from matinee.kernel.money import Money
from matinee.kernel.quantities import Instant

_PLANS = {plan.id: plan for plan in PLANS}
_NO_METHOD = "no_method"


def standing(
    found: Agreement, open_invoice: Invoice | None, charge: ChargeRow | None, terms: Terms, provider: str
) -> Standing:
    is_asked = charge is not None and charge.state == "asked"
    return Standing(
        plan=_PLANS[found.plan],
        status=found.status,
        is_free=found.is_free and not found.is_over,
        interval=found.interval,
        price=Money(found.currency, found.price),
        period_end=found.period_end,
        ends_at_period_end=found.ends_at_period_end,
        next_plan=found.next_plan,
        next_interval=found.next_interval,
        provider=provider,
        method=found.method_label,
        bill_to=found.bill_to,
        coupon=found.coupon,
        credit=Money(found.currency, found.credit),
        may_have_trial=not found.had_trial and terms.trial_days > 0,
        trial_days=terms.trial_days,
        is_paying=is_asked,
        trouble=_trouble(found, open_invoice, charge, terms),
    )


def _trouble(found: Agreement, open_invoice: Invoice | None, charge: ChargeRow | None, terms: Terms) -> Trouble | None:
    if found.status != "past_due" or open_invoice is None or found.failed_at is None:
        return None
    ends = found.failed_at + timedelta(hours=terms.dunning.grace_hours)
    reason = _NO_METHOD if charge is None else charge.reason
    return Trouble(Money(open_invoice.currency, open_invoice.due), reason, found.due_at, ends)


def preview(choice: Choice, terms: Terms, now: Instant) -> ChangePreview:
    next_, change = choice.next, choice.change
    currency = next_.currency
    whole = reduced(price_of(terms, choice.plan, choice.interval, currency), choice.coupon, currency)
    when, at = ("trial" if choice.kind == "trial" else "now"), now
    if change is not None:
        when, at = change.when, change.at
    elif next_.period_end is not None and choice.kind == "trial":
        at = next_.period_end
    invoice = choice.billed.invoice if choice.billed else None
    return ChangePreview(
        when=when,  # type: ignore[arg-type]  # one of the words of the two lines above
        at=at,
        lines=[
            PreviewLine(line.what, line.plan, Money(currency, line.amount), line.since, line.until)
            for line in invoice.lines
        ]
        if invoice
        else [],
        tax=Money(currency, invoice.tax if invoice else 0),
        credit_used=Money(currency, invoice.credit_used if invoice else 0),
        due=Money(currency, invoice.due if invoice else 0),
        next_price=Money(currency, whole),
        needs_method=bool(invoice and invoice.due > 0 and not next_.method),
    )


def invoice(found: Invoice) -> InvoiceView:
    def money(units: int) -> Money:
        return Money(found.currency, units)

    return InvoiceView(
        found.id,
        found.number,
        found.kind,
        found.state,
        money(found.total),
        money(found.tax),
        money(found.due),
        found.issued_at,
        found.paid_at,
    )
