"""Billing through its api: who is on which plan."""

from itertools import pairwise

import pytest

from matinee.control.billing.api import PLANS, NoSuchPlan
from matinee.kernel.ids import AccountId
from tests.builders import an_id
from tests.house import House

ACCOUNT = AccountId(an_id(1))


async def test_an_account_without_a_subscription_is_on_the_smallest_plan_canceled(house: House) -> None:
    found = await house.billing.subscription(ACCOUNT)
    assert (found.plan.id, found.status) == ("basic", "canceled")


async def test_a_subscription_is_kept_and_changed(house: House) -> None:
    for plan in ("basic", "premium", "standard"):
        changed = await house.billing.subscribe(ACCOUNT, plan)
        assert await house.billing.subscription(ACCOUNT) == changed
        assert (changed.plan.id, changed.status) == (plan, "active")


async def test_an_unknown_plan_is_refused_and_changes_nothing(house: House) -> None:
    await house.billing.subscribe(ACCOUNT, "standard")
    with pytest.raises(NoSuchPlan):
        await house.billing.subscribe(ACCOUNT, "platinum")
    assert (await house.billing.subscription(ACCOUNT)).plan.id == "standard"


async def test_plans_grow_in_everything_with_their_rank(house: House) -> None:
    plans = await house.billing.plans()
    assert list(plans) == sorted(PLANS, key=lambda p: p.rank)
    for smaller, larger in pairwise(plans):
        assert smaller.streams < larger.streams
        assert smaller.height_max < larger.height_max
        assert smaller.monthly < larger.monthly
