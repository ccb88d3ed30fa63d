"""What billing may expect of whoever moves money.

A charge has a key of ours. Asked again with the same key, a provider answers for the same charge and never makes another;
`find` says what became of a key, also when the answer was lost; before a key is asked again, it is looked up, for a provider
may repeat its first answer, and forgets keys after a day. A key that is asked again with another amount is refused.
A webhook is a hint that something happened, proved by a signature, and may come twice, late, in any order, or not at all:
whoever hears it asks `find`. No card number passes here, in either direction: only tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from matinee.kernel.errors import Refusal
from matinee.kernel.quantities import Instant

State = Literal["succeeded", "failed", "pending"]


@dataclass(frozen=True, slots=True)
class Method:
    """`token` is worth nothing to others; `label` is what a receipt may show."""

    token: str
    label: str


@dataclass(frozen=True, slots=True)
class Charge:
    key: str
    method: str
    currency: str
    minor_units: int
    what: str
    asked_at: Instant


@dataclass(frozen=True, slots=True)
class Outcome:
    """`id` is the provider's; `reason` a word of why not."""

    key: str
    id: str
    state: State
    minor_units: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    key: str
    charge_id: str
    currency: str
    minor_units: int
    asked_at: Instant


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook's content, as far as it is trusted: which key something happened to. Empty: nothing of ours."""

    id: str
    key: str
    kind: Literal["charge", "refund", "other"]


class MethodRefused(Refusal):
    """The provider does not take this method."""

    status = 402


class ForgedNotice(Refusal):
    """A webhook without a good signature."""

    status = 400

    def __init__(self) -> None:
        super().__init__("This message is not signed by the payment provider, or came too late to be believed.")


class KeyReused(Refusal):
    """The same key with another amount: a mistake of ours, which must not become a charge."""

    status = 409

    def __init__(self) -> None:
        super().__init__("This charge was asked before with another amount. Nothing was charged.")


class PaymentProvider(Protocol):
    name: str

    async def attach(self, token: str, *, account_id: str) -> Method:
        """Make a token of the payment page one that can be charged again. Raises `MethodRefused`."""
        ...

    async def detach(self, method: str) -> None: ...

    async def charge(self, charge: Charge) -> Outcome:
        """Raises `Unavailable` where the outcome is not known."""
        ...

    async def find(self, charge: Charge) -> Outcome | None:
        """What became of this key; None where it never arrived."""
        ...

    async def refund(self, refund: Refund) -> Outcome: ...

    async def find_refund(self, refund: Refund) -> Outcome | None: ...

    def hear(self, headers: Mapping[str, str], body: bytes, now: Instant) -> Notice:
        """Raises `ForgedNotice`."""
        ...
