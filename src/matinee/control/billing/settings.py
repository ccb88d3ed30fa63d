"""The terms of business: prices, taxes, trials, and how long a payment may be late. Data that an operator's file replaces.

Rates are parts per million, so that 8.875 % is a whole number; money is minor units. The taxes here are the standard rates
of a few countries on digital services, each with the dates between which it is right. They are a beginning and no advice:
whoever sells anywhere reads up and names a file of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Interval = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class Price:
    month: int
    year: int


@dataclass(frozen=True, slots=True)
class TaxRate:
    """`until` is the first day on which it is no longer right. `inclusive`: shown prices hold the tax already."""

    country: str
    name: str
    rate_ppm: int
    since: date = date(1970, 1, 1)
    until: date = date(9999, 12, 31)
    inclusive: bool = True


@dataclass(frozen=True, slots=True)
class Seller:
    name: str = "Matinee"
    address: tuple[str, ...] = ()
    tax_number: str = ""
    prefix: str = "M"
    """What invoice numbers begin with."""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Dunning:
    """When a payment that failed is tried again, in hours after the first failure; when the plan ends unpaid."""

    retry_hours: tuple[int, ...] = (24, 72, 120, 168)
    grace_hours: int = 240


_PRICES: Mapping[str, Mapping[str, Price]] = {
    "basic": {"EUR": Price(599, 5990), "USD": Price(699, 6990), "GBP": Price(549, 5490), "JPY": Price(890, 8900)},
    "standard": {
        "EUR": Price(999, 9990),
        "USD": Price(1099, 10990),
        "GBP": Price(899, 8990),
        "JPY": Price(1390, 13900),
    },
    "premium": {
        "EUR": Price(1499, 14990),
        "USD": Price(1699, 16990),
        "GBP": Price(1349, 13490),
        "JPY": Price(1980, 19800),
    },
}
_CURRENCIES: Mapping[str, str] = {"US": "USD", "GB": "GBP", "JP": "JPY"}
_TAXES: tuple[TaxRate, ...] = (
    TaxRate("AT", "USt", 200_000),
    TaxRate("BE", "TVA/BTW", 210_000),
    TaxRate("DE", "USt", 190_000, until=date(2020, 7, 1)),
    TaxRate("DE", "USt", 160_000, since=date(2020, 7, 1), until=date(2021, 1, 1)),
    TaxRate("DE", "USt", 190_000, since=date(2021, 1, 1)),
    TaxRate("ES", "IVA", 210_000),
    TaxRate("FR", "TVA", 200_000),
    TaxRate("GB", "VAT", 200_000),
    TaxRate("IE", "VAT", 230_000),
    TaxRate("IT", "IVA", 220_000),
    TaxRate("JP", "消費税", 80_000, until=date(2019, 10, 1)),
    TaxRate("JP", "消費税", 100_000, since=date(2019, 10, 1)),
    TaxRate("NL", "btw", 210_000),
    TaxRate("SA", "VAT", 150_000, since=date(2020, 7, 1)),
)


@dataclass(frozen=True, slots=True)
class Terms:
    """`prices`: by plan and currency. `currencies`: by country, else `currency`."""

    prices: Mapping[str, Mapping[str, Price]] = field(default_factory=lambda: _PRICES)
    currency: str = "EUR"
    currencies: Mapping[str, str] = field(default_factory=lambda: _CURRENCIES)
    taxes: tuple[TaxRate, ...] = _TAXES
    trial_days: int = 14
    dunning: Dunning = Dunning()
    seller: Seller = Seller()
