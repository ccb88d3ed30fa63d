"""What a coupon takes off, and for how long."""

from dataclasses import dataclass
from typing import Literal

from matinee.control.billing.model.amounts import PPM
from matinee.kernel.quantities import Instant

Duration = Literal["once", "repeating", "forever"]
FOREVER = -1


@dataclass(frozen=True, slots=True)
class Coupon:
    """Either `percent_ppm` or `amount` in `currency` is set."""

    code: str
    duration: Duration
    percent_ppm: int = 0
    amount: int = 0
    currency: str = ""
    periods: int = 1
    """Of `repeating`."""
    redemptions_max: int | None = None
    redeemed: int = 0
    expires_at: Instant | None = None
    """The first instant at which nobody may redeem it any more; who has it keeps it."""

    @property
    def periods_granted(self) -> int:
        return {"once": 1, "repeating": self.periods, "forever": FOREVER}[self.duration]


def reduced(price: int, coupon: Coupon | None, currency: str) -> int:
    """What is left to pay: never less than nothing. An amount in another currency takes nothing off."""
    if coupon is None:
        return price
    if coupon.percent_ppm:
        return price - price * min(coupon.percent_ppm, PPM) // PPM
    return max(0, price - coupon.amount) if coupon.currency == currency else price


def fits(coupon: Coupon, currency: str) -> bool:
    return bool(coupon.percent_ppm) or coupon.currency == currency


def is_open(coupon: Coupon, now: Instant) -> bool:
    is_left = coupon.redemptions_max is None or coupon.redeemed < coupon.redemptions_max
    return is_left and (coupon.expires_at is None or now < coupon.expires_at)
