"""Billing looks every minute for what is due, and listens: to itself, for letters, and to members, for a plan begins and ends with
its account.
"""

from collections.abc import Awaitable, Callable

from matinee.control.billing.api.payments import Payments
from matinee.control.billing.api.subscriptions import Subscriptions
from matinee.kernel.quantities import minutes
from matinee.wire.events import AccountOpened, BillingNotice, Envelope

LOOK_EVERY = minutes(1)
_BATCHES_MAX = 50
TOPICS = {BillingNotice.topic: "billing-letters", AccountOpened.topic: "billing"}
"""Which topics, and as which group."""


def renewals(payments: Payments) -> Callable[[], Awaitable[None]]:
    """In every instance: what one has begun the others find begun."""

    async def look() -> None:
        for _ in range(_BATCHES_MAX):
            if await payments.look() == 0:
                return

    return look


def consumer(subscriptions: Subscriptions) -> Callable[[Envelope], Awaitable[None]]:
    return subscriptions.note
