"""An account that pays, days that pass, and the books, for tests of billing."""

from matinee.control.billing.api.subscriptions import Standing
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import days, hours
from tests.house import House

GOOD, DECLINED, SLOW = "pretend_good", "pretend_declined", "pretend_slow"


async def an_account(house: House, email: str = "ada@example.org") -> AccountId:
    return (await house.add_member(email, plan=None)).account.id


async def books_balance(house: House) -> dict[str, int]:
    found: dict[str, int] = {}
    sums: dict[str, int] = {}
    for each in await house.payments.books():
        found[each.book] = found.get(each.book, 0) + each.balance.minor_units
        sums[each.balance.currency] = sums.get(each.balance.currency, 0) + each.balance.minor_units
    assert not any(sums.values()), sums
    return found


async def days_pass(house: House, count: float) -> None:
    """As a house lives: somebody looks every few hours."""
    until = house.clock.now() + days(count)
    while house.clock.now() < until:
        house.clock.at = min(until, house.clock.now() + hours(6))
        while await house.payments.look():
            pass


async def a_paying_account(house: House, plan: str = "standard", token: str = GOOD) -> AccountId:
    """On the third day of the first paid month."""
    account = await an_account(house)
    await house.subscriptions.choose(account, plan, "month")
    await house.subscriptions.pay_with(account, token)
    await days_pass(house, 17)
    return account


async def standing_of(house: House, account: AccountId) -> Standing:
    return await house.subscriptions.standing(account)
