"""Billing's outside door: the plans there are, and the account with its own."""

from dataclasses import dataclass

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from matinee.control.billing.api import Billing, Plan
from matinee.control.members.api import Members
from matinee.kernel.ids import AccountId
from matinee.wire.callers import Caller


@dataclass(frozen=True, slots=True)
class PriceBody:
    currency: str
    minor_units: int


@dataclass(frozen=True, slots=True)
class PlanBody:
    id: str
    name: str
    streams: int
    height_max: int
    download_devices: int
    monthly: PriceBody


@dataclass(frozen=True, slots=True)
class AccountWithPlanBody:
    id: str
    email: str
    country: str
    plan: PlanBody
    status: str
    roles: tuple[str, ...]


def routes(billing: Billing, members: Members) -> list[HTTPRouteHandler]:
    @get("/billing/plans", summary="The plans there are")
    async def plans() -> list[PlanBody]:
        return [_plan_body(p) for p in await billing.plans()]

    @get("/accounts/current", summary="The caller's account with its plan")
    async def current(caller: NamedDependency[Caller]) -> AccountWithPlanBody:
        account = await members.account(AccountId(caller.account))
        if caller.kids:  # whose it is, and what they pay, is nothing that a child's screen shows
            free = PlanBody("", "", 0, 0, 0, PriceBody("", 0))
            return AccountWithPlanBody(account.id, "", "", free, "", ())
        subscription = await billing.subscription(account.id)
        return AccountWithPlanBody(
            account.id,
            account.email,
            account.country,
            _plan_body(subscription.plan),
            subscription.status,
            account.roles,
        )

    return [plans, current]


def _plan_body(plan: Plan) -> PlanBody:
    price = PriceBody(plan.monthly.currency, plan.monthly.minor_units)
    return PlanBody(plan.id, plan.name, plan.streams, plan.height_max, plan.download_devices, price)
