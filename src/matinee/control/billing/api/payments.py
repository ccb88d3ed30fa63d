"""The inside door for what nobody signs in for: renewals, the provider's messages; and the desk's: refunds, coupons, books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from matinee.kernel.errors import Conflict, InvalidInput, NotFound
from matinee.kernel.money import Money
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import Instant, seconds


@dataclass(frozen=True, slots=True)
class RefundView:
    id: str
    invoice_id: str
    amount: Money
    state: Literal["asked", "succeeded", "failed"]


@dataclass(frozen=True, slots=True)
class NewCoupon:
    """Either `percent_ppm` (parts per million) or `amount`."""

    code: str
    duration: Literal["once", "repeating", "forever"]
    percent_ppm: int = 0
    amount: Money | None = None
    periods: int = 1
    redemptions_max: int | None = None
    expires_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class CouponView:
    coupon: NewCoupon
    redeemed: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Of one book of the ledger; a debit is positive. Those of a currency add up to nothing."""

    book: str
    balance: Money


class NoSuchProvider(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no payment provider of this name.")


class NotRefundable(Conflict):
    def __init__(self, left: Money) -> None:
        super().__init__(
            f"Of this invoice {left.minor_units} minor units of {left.currency} can be given back at most.",
            currency=left.currency,
            left=left.minor_units,
        )


class CouponWrong(InvalidInput):
    """Its terms contradict each other, or the code is taken."""


class Payments(Protocol):
    @call(timeout=seconds(20))
    async def hear(self, provider: str, headers: Mapping[str, str], body: bytes) -> None:
        """A provider's message. Its signature is checked, and what it says is asked for rather than believed."""
        ...

    @call(timeout=seconds(60), priority=Priority.BATCH)
    async def look(self) -> int:
        """Renew what is due, try late payments again, ask after open ones. How many were looked at."""
        ...

    @call(timeout=seconds(40))
    async def refund(
        self, operator_id: str, invoice_id: str, *, refund_id: str, minor_units: int | None = None, reason: str = ""
    ) -> RefundView:
        """All that is left of it, or a part. Asked again with the same id, it answers for the same refund."""
        ...

    async def add_coupon(self, new: NewCoupon) -> CouponView: ...

    @call(idempotent=True)
    async def coupons(self) -> Sequence[CouponView]: ...

    @call(idempotent=True)
    async def books(self) -> Sequence[Balance]: ...
