"""Billing listens to members: the plan that was chosen at sign-up begins with the account, and ends with it."""

from collections.abc import Awaitable, Callable

from matinee.control.billing.api import Billing
from matinee.wire.events import AccountOpened, Envelope

TOPIC, GROUP = AccountOpened.topic, "billing"


def consumer(billing: Billing) -> Callable[[Envelope], Awaitable[None]]:
    return billing.note
