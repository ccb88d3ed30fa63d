"""The stories of billing: which plan an account is on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from matinee.control.billing import store
from matinee.control.billing.api import PLANS, NoSuchPlan, Plan, Status, Subscription
from matinee.control.billing.service.renewals import take_back_open
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.ids import AccountId
from matinee.wire.encoding import to_json

_INVOICES_MAX = 10_000


class BillingService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._plans = {p.id: p for p in PLANS}

    async def plans(self) -> Sequence[Plan]:
        return PLANS

    async def subscription(self, account_id: AccountId) -> Subscription:
        found = await self._database.read(lambda work: store.subscription(work, account_id))
        if found is None:
            return Subscription(account_id, PLANS[0], "canceled")
        plan_id, status = found
        # The store holds what this service wrote, so the status is one of the literals.
        return Subscription(account_id, self._plan(plan_id), cast(Status, status))

    async def subscribe(self, account_id: AccountId, plan_id: str) -> Subscription:
        plan, now = self._plan(plan_id), self._clock.now()

        def give(work: Work) -> None:
            take_back_open(work, account_id, now)
            store.put_subscription(work, account_id, plan.id, "active", at=now)

        await self._database.write(give)
        return Subscription(account_id, plan, "active")

    async def account_data(self, account_id: AccountId) -> str:
        """All but the token of how it pays, which is the provider's matter."""
        found = await self._database.read(lambda work: store.subscriptions.whole(work, account_id))
        invoices = await self._database.read(lambda work: store.invoices.of_account(work, account_id, _INVOICES_MAX))
        kept = None if found is None else replace(found, method="")
        plan = await self.subscription(account_id)
        return to_json({"plan": plan.plan, "status": plan.status, "subscription": kept, "invoices": invoices}).decode()

    def _plan(self, plan_id: str) -> Plan:
        if plan_id not in self._plans:
            raise NoSuchPlan(plan_id)
        return self._plans[plan_id]
