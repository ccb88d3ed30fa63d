"""What a coupon, a gift and a balance are worth when payments are declined, late, or under way."""

from dataclasses import replace

import pytest

from matinee.control.billing.api.payments import NewCoupon
from matinee.control.billing.api.subscriptions import PaymentDeclined
from matinee.kernel.quantities import minutes
from tests.billing import DECLINED, GOOD, SLOW, a_paying_account, books_balance, days_pass, standing_of
from tests.house import House


async def test_a_coupon_for_one_period_pays_for_one(house: House) -> None:
    account = await a_paying_account(house, "basic")
    await house.payments.add_coupon(NewCoupon("FREE", "once", 1_000_000))
    await house.subscriptions.redeem(account, "FREE")
    found = await house.subscriptions.choose(account, "premium", "year")
    assert (found.interval, found.coupon) == ("year", None)
    assert (await house.subscriptions.invoices(account))[0].due.minor_units == 0
    await days_pass(house, 366)
    renewal, change, _first = await house.subscriptions.invoices(account)
    assert (renewal.total.minor_units, change.due.minor_units) == (14_990, 0)
    await books_balance(house)


async def test_a_coupon_for_whole_periods_takes_nothing_off_the_rest_of_one(house: House) -> None:
    account = await a_paying_account(house, "basic")
    without = await house.subscriptions.preview(account, "premium", "month")
    await house.payments.add_coupon(NewCoupon("FREE", "once", 1_000_000))
    await house.subscriptions.redeem(account, "FREE")
    assert (await house.subscriptions.preview(account, "premium", "month")).due == without.due
    assert (await house.subscriptions.choose(account, "premium", "month")).coupon == "FREE"
    await days_pass(house, 31)
    assert (await house.subscriptions.invoices(account))[0].total.minor_units == 0
    assert (await standing_of(house, account)).coupon is None


async def test_a_first_payment_that_is_declined_leaves_the_coupon(house: House) -> None:
    account = await a_paying_account(house)
    await house.subscriptions.cancel(account)
    await days_pass(house, 31)
    await house.payments.add_coupon(NewCoupon("HALF", "once", 500_000))
    await house.subscriptions.redeem(account, "HALF")
    await house.subscriptions.pay_with(account, DECLINED)
    with pytest.raises(PaymentDeclined):
        await house.subscriptions.choose(account, "standard", "month")
    assert (await standing_of(house, account)).coupon == "HALF"
    house.clock.advance(minutes(1))
    await house.subscriptions.pay_with(account, GOOD)
    assert (await house.subscriptions.choose(account, "standard", "month")).coupon is None
    await days_pass(house, 31)
    totals = [(i.state, i.total.minor_units) for i in await house.subscriptions.invoices(account)]
    assert totals == [("paid", 999), ("paid", 500), ("void", 500), ("paid", 999)]
    await books_balance(house)


async def test_a_gift_stays_until_what_was_chosen_instead_is_paid(house: House) -> None:
    account = await a_paying_account(house)
    await house.billing.subscribe(account, "premium")
    await house.subscriptions.pay_with(account, DECLINED)
    with pytest.raises(PaymentDeclined):
        await house.subscriptions.choose(account, "standard", "month")
    found = await standing_of(house, account)
    assert (found.plan.id, found.status, found.is_free) == ("premium", "active", True)
    house.clock.advance(minutes(1))
    await house.subscriptions.pay_with(account, GOOD)
    found = await house.subscriptions.choose(account, "standard", "month")
    assert (found.plan.id, found.status, found.is_free) == ("standard", "active", False)
    await days_pass(house, 31)
    states = [(i.kind, i.state) for i in await house.subscriptions.invoices(account)]
    assert states == [("renewal", "paid"), ("start", "paid"), ("start", "void"), ("renewal", "paid")]
    await books_balance(house)


async def test_a_gift_during_a_late_payment_takes_its_invoice_back(house: House) -> None:
    account = await a_paying_account(house, token=DECLINED)
    await house.billing.subscribe(account, "premium")
    (invoice,) = await house.subscriptions.invoices(account)
    assert invoice.state == "void"
    assert not any((await books_balance(house)).values())


@pytest.mark.parametrize("what", ["given", "forgotten"])
async def test_what_a_payment_took_from_the_balance_returns_to_it(house: House, what: str) -> None:
    account = await a_paying_account(house, "basic")
    await house.payments.add_coupon(NewCoupon("MUCH", "once", 970_000))
    await house.subscriptions.redeem(account, "MUCH")
    await house.subscriptions.choose(account, "premium", "year")
    owed = (await standing_of(house, account)).credit.minor_units
    assert owed > 0
    await house.subscriptions.pay_with(account, SLOW)
    await days_pass(house, 365)
    assert (await standing_of(house, account)).credit.minor_units == 0
    entries = house.provider.book.entries  # type: ignore[attr-defined]  # the book of this house is in memory
    (slow,) = [e for e in entries.values() if e.method == SLOW]
    entries[slow.key] = replace(slow, state="failed", reason="declined")
    if what == "given":
        await house.billing.subscribe(account, "basic")
    else:
        await house.subscriptions.forget(account)
    await days_pass(house, 1)
    assert (await standing_of(house, account)).credit.minor_units == owed
    assert (await books_balance(house))["credit"] == -owed
