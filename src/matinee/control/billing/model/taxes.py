"""Which tax a sale bears, and what of a price it is."""

from dataclasses import dataclass

from matinee.control.billing.model.amounts import PPM, nearest
from matinee.control.billing.settings import TaxRate, Terms
from matinee.kernel.quantities import Instant

UNTAXED = TaxRate("", "", 0)


@dataclass(frozen=True, slots=True)
class Taxed:
    net: int
    tax: int

    @property
    def total(self) -> int:
        return self.net + self.tax


def tax_at(terms: Terms, country: str, at: Instant) -> TaxRate:
    """The day is UTC's. A country of which the terms say nothing bears none."""
    day = at.date()
    found = [rate for rate in terms.taxes if rate.country == country and rate.since <= day < rate.until]
    return found[-1] if found else UNTAXED


def taxed(amount: int, rate: TaxRate) -> Taxed:
    """`amount` as prices are shown: with the tax in it, or without. Net and tax add up to what is paid."""
    if rate.inclusive:
        tax = nearest(amount * rate.rate_ppm, PPM + rate.rate_ppm)
        return Taxed(amount - tax, tax)
    return Taxed(amount, nearest(amount * rate.rate_ppm, PPM))
