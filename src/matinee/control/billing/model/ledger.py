"""The books, kept twice: what one account gains another gives. A posting that does not balance cannot be made.

Accounts: `receivable` what members owe us, `cash:<provider>` what came in, `revenue` what we sold without tax, `tax:<country>`
what we owe a state, `credit` what we owe members, `refunds` what was given back of revenue. Signs: a debit is positive.
Revenue counts when it is invoiced; nothing is deferred.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

RECEIVABLE, REVENUE, CREDIT, REFUNDS = "receivable", "revenue", "credit", "refunds"


def cash(provider: str) -> str:
    return f"cash:{provider}"


def tax_of(country: str) -> str:
    return f"tax:{country}"


@dataclass(frozen=True, slots=True)
class Posting:
    """`key` says what is told, once and for all: the store takes each key one time."""

    key: str
    account_id: str
    currency: str
    lines: Mapping[str, int]

    def __post_init__(self) -> None:
        if sum(self.lines.values()) != 0:
            raise AssertionError(f"the posting {self.key} does not balance: {dict(self.lines)}")


def posting(key: str, account_id: str, currency: str, *lines: tuple[str, int]) -> Posting:
    """Lines of one account are added up, and those of nothing left out."""
    found: dict[str, int] = {}
    for name, amount in lines:
        found[name] = found.get(name, 0) + amount
    return Posting(key, account_id, currency, MappingProxyType({n: a for n, a in found.items() if a}))
