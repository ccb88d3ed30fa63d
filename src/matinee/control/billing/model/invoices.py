"""What an invoice says, and what it tells the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matinee.control.billing.model import ledger
from matinee.control.billing.model.ledger import Posting, posting
from matinee.control.billing.model.taxes import taxed
from matinee.control.billing.settings import Interval, TaxRate
from matinee.kernel.quantities import Instant

Kind = Literal["renewal", "start", "change", "credit_note"]
State = Literal["open", "paid", "void", "issued"]


@dataclass(frozen=True, slots=True)
class Line:
    """`what` is a word for readers to translate; `plan` and the two instants say of what."""

    what: Literal["period", "coupon", "rest_of_new", "rest_of_old", "refund"]
    plan: str
    amount: int
    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True)
class Then:
    """What a start or a plan change does once it is paid."""

    plan: str
    interval: Interval
    price: int
    paid: int
    is_anew: bool
    """The period begins with the change."""
    at: Instant
    coupon: str = ""
    """What was taken off by it: one of its periods is used up."""
    begins: str = ""
    """The id of the subscription that begins in place of a gift, which stays until then."""
    country: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    id: str
    number: str
    kind: Kind
    account_id: str
    subscription_id: str
    period: int | None
    """The period of the subscription that it is for. None: a change, or a note."""
    bill_to: str
    country: str
    currency: str
    lines: tuple[Line, ...]
    tax_name: str
    tax_ppm: int
    tax_inclusive: bool
    net: int
    tax: int
    credit_used: int
    """Paid from the balance; negative: put onto it."""
    due: int
    state: State
    issued_at: Instant
    paid_at: Instant | None = None
    then: Then | None = None
    of_invoice: str | None = None
    """The invoice that a credit note corrects."""

    @property
    def total(self) -> int:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Totals:
    net: int
    tax: int
    credit_used: int
    due: int


def totals(lines: Sequence[Line], rate: TaxRate, credit: int) -> Totals:
    """A total below nothing goes onto the member's balance; one above is paid from it first."""
    amount = taxed(sum(line.amount for line in lines), rate)
    used = amount.total if amount.total <= 0 else min(credit, amount.total)
    return Totals(amount.net, amount.tax, used, amount.total - used)


def issued(invoice: Invoice) -> Posting:
    """What is due becomes receivable; the balance gives, or takes, the rest."""
    return _told(invoice, f"issued:{invoice.id}", 1)


def voided(invoice: Invoice) -> Posting:
    """All taken back: nobody will pay it, and what it was for was not had. Credit returns to the balance."""
    return _told(invoice, f"voided:{invoice.id}", -1)


def _told(invoice: Invoice, key: str, sign: int) -> Posting:
    return posting(
        key,
        invoice.account_id,
        invoice.currency,
        (ledger.RECEIVABLE, sign * invoice.due),
        (ledger.CREDIT, sign * invoice.credit_used),
        (ledger.REVENUE, -sign * invoice.net),
        (ledger.tax_of(invoice.country), -sign * invoice.tax),
    )


def received(invoice: Invoice, charge_id: str, provider: str, amount: int) -> Posting:
    return posting(
        f"received:{charge_id}",
        invoice.account_id,
        invoice.currency,
        (ledger.cash(provider), amount),
        (ledger.RECEIVABLE, -amount),
    )


def stray(invoice: Invoice, charge_id: str, provider: str, amount: int) -> Posting:
    """Money for an invoice that is no longer open: it is the member's."""
    return posting(
        f"received:{charge_id}",
        invoice.account_id,
        invoice.currency,
        (ledger.cash(provider), amount),
        (ledger.CREDIT, -amount),
    )


def refunded(note: Invoice, refund_id: str, provider: str) -> Posting:
    """`note` is the credit note: its amounts are negative."""
    return posting(
        f"refunded:{refund_id}",
        note.account_id,
        note.currency,
        (ledger.REFUNDS, -note.net),
        (ledger.tax_of(note.country), -note.tax),
        (ledger.cash(provider), note.total),
    )
