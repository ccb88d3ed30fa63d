"""The inside door of billing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from matinee.kernel.errors import NotFound
from matinee.kernel.ids import AccountId
from matinee.kernel.money import Money
from matinee.kernel.policy import call

Status = Literal["trialing", "active", "past_due", "canceled"]


@dataclass(frozen=True, slots=True)
class Plan:
    """`rank` orders plans: a right that needs rank 1 is had by every plan of rank 1 or more."""

    id: str
    name: str
    rank: int
    streams: int
    height_max: int
    download_devices: int
    monthly: Money


PLANS: tuple[Plan, ...] = (
    Plan("basic", "Basic", 0, 1, 720, 1, Money("EUR", 599)),
    Plan("standard", "Standard", 1, 2, 1080, 2, Money("EUR", 999)),
    Plan("premium", "Premium", 2, 4, 2160, 6, Money("EUR", 1499)),
)


@dataclass(frozen=True, slots=True)
class Subscription:
    account_id: AccountId
    plan: Plan
    status: Status

    @property
    def may_play(self) -> bool:
        """A payment that is late is not yet an end: only a canceled plan plays nothing."""
        return self.status != "canceled"


class NoSuchPlan(NotFound):
    def __init__(self, plan: str) -> None:
        super().__init__(f"There is no plan {plan!r}. Choose one of {', '.join(p.id for p in PLANS)}.")


class Billing(Protocol):
    @call(idempotent=True)
    async def plans(self) -> Sequence[Plan]: ...

    @call(idempotent=True)
    async def subscription(self, account_id: AccountId) -> Subscription:
        """An account without one is on the smallest plan, canceled: it signs in, but plays nothing."""
        ...

    async def subscribe(self, account_id: AccountId, plan_id: str) -> Subscription:
        """Give an account a plan: nothing is ever charged for it. What members buy is `api.subscriptions`' matter."""
        ...

    @call(idempotent=True)
    async def account_data(self, account_id: AccountId) -> str:
        """What billing keeps of an account, as JSON."""
        ...
