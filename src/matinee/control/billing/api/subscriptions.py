"""The inside door for a member's own matters: the plan bought, what changing it costs, how it is paid, invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from matinee.control.billing.api import Plan, Status
from matinee.kernel.errors import Conflict, InvalidInput, NotFound, Refusal
from matinee.kernel.ids import AccountId
from matinee.kernel.money import Money
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, seconds
from matinee.wire.events import Envelope

Interval = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan as it is sold in a country. `tax_ppm` parts per million; `tax_inclusive`: the prices hold it already."""

    plan: Plan
    month: Money
    year: Money
    tax_name: str
    tax_ppm: int
    tax_inclusive: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """A payment that failed. The plan plays until `ends_at`; `retry_at`: when it is tried again by itself."""

    owed: Money
    reason: str
    retry_at: Instant | None
    ends_at: Instant


@dataclass(frozen=True, slots=True)
class Standing:
    """`is_free`: given by an operator. `is_paying`: a payment is under way whose outcome is not known yet."""

    plan: Plan
    status: Status
    is_free: bool
    interval: Interval
    price: Money
    period_end: Instant | None
    ends_at_period_end: bool
    next_plan: str | None
    next_interval: Interval | None
    provider: str
    """With whom a way to pay is kept from now on: its page makes the tokens."""
    method: str
    bill_to: str
    coupon: str | None
    credit: Money
    may_have_trial: bool
    trial_days: int
    is_paying: bool
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class PreviewLine:
    what: str
    plan: str
    amount: Money
    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What choosing this plan would do at this moment. `due`: what is charged at once, tax in it."""

    when: Literal["now", "period_end", "never", "trial"]
    at: Instant
    lines: Sequence[PreviewLine]
    tax: Money
    credit_used: Money
    due: Money
    next_price: Money
    """What a whole period costs from then on, coupon taken off."""
    needs_method: bool


@dataclass(frozen=True, slots=True)
class InvoiceView:
    id: str
    number: str
    kind: Literal["renewal", "start", "change", "credit_note"]
    state: Literal["open", "paid", "void", "issued"]
    total: Money
    tax: Money
    due: Money
    issued_at: Instant
    paid_at: Instant | None


class NoPaymentMethod(Conflict):
    status = 402

    def __init__(self) -> None:
        super().__init__("Add a way to pay first.")


class PaymentDeclined(Refusal):
    """Nothing was charged and nothing was changed."""

    status = 402

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The payment did not go through, so nothing was changed. Try again, or another way to pay.", reason=reason
        )


class PaymentUnderWay(Conflict):
    def __init__(self) -> None:
        super().__init__("A payment is under way. Look again in a few minutes.", retry_after_s=60)


class PaymentLate(Conflict):
    def __init__(self) -> None:
        super().__init__("A payment is late. Settle it first, by adding a way to pay that works.")


class CostsMore(Conflict):
    """What was agreed to is no longer what it costs."""

    def __init__(self, due: Money) -> None:
        super().__init__(
            "The amount has changed since it was shown. Look at it again.", currency=due.currency, due=due.minor_units
        )


class NothingToCancel(Conflict):
    def __init__(self) -> None:
        super().__init__("There is no plan that could be canceled or resumed.")


class CouponRefused(InvalidInput):
    """One sentence for all, so that codes cannot be told apart by trying."""

    def __init__(self) -> None:
        super().__init__("This coupon does not exist, has ended, or does not fit your plan.", field="code")


class NoSuchInvoice(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such invoice on this account.")


_PAYING = seconds(40)
"""A provider may take its time."""


class Subscriptions(Protocol):
    @call(idempotent=True)
    async def offers(self, country: str) -> Sequence[Offer]: ...

    @call(idempotent=True)
    async def offers_to(self, account_id: AccountId) -> Sequence[Offer]:
        """What this account would be charged, wherever it asks from."""
        ...

    @call(idempotent=True)
    async def standing(self, account_id: AccountId) -> Standing: ...

    @call(idempotent=True)
    async def preview(self, account_id: AccountId, plan_id: str, interval: Interval) -> ChangePreview: ...

    @call(timeout=_PAYING)
    async def choose(
        self, account_id: AccountId, plan_id: str, interval: Interval, *, agreed_minor_units: int | None = None
    ) -> Standing:
        """Begin a subscription or change it. Choosing what one has already does nothing. Charges no more than agreed."""
        ...

    @call(idempotent=True)
    async def cancel(self, account_id: AccountId) -> Standing:
        """At the end of what is paid; at once where a payment is late. A change planned for then is forgotten."""
        ...

    @call(idempotent=True)
    async def resume(self, account_id: AccountId) -> Standing: ...

    @call(timeout=_PAYING)
    async def pay_with(self, account_id: AccountId, token: str, *, bill_to: str = "") -> Standing:
        """Take this way to pay from now on; what is late is tried with it at once."""
        ...

    async def redeem(self, account_id: AccountId, code: str) -> Standing: ...

    @call(idempotent=True)
    async def invoices(self, account_id: AccountId) -> Sequence[InvoiceView]:
        """Newest first."""
        ...

    @call(idempotent=True, timeout=seconds(10))
    async def invoice_pdf(self, account_id: AccountId, invoice_id: str) -> bytes: ...

    async def forget(self, account_id: AccountId) -> None:
        """The account is gone: end its plan, forget how it paid. Invoices stay, as the law asks."""
        ...

    async def note(self, envelope: Envelope) -> None:
        """An event: something to write a letter about, or an account that is gone."""
        ...
