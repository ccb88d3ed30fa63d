"""A member's plan through its api: begun, changed, left, paid late, paid back; and what each tells the books."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from matinee.control.billing.api.payments import NewCoupon, NotRefundable
from matinee.control.billing.api.subscriptions import (
    CostsMore,
    CouponRefused,
    NoPaymentMethod,
    NoSuchInvoice,
    PaymentDeclined,
    PaymentLate,
    PaymentUnderWay,
)
from matinee.engines.payments.port import ForgedNotice, MethodRefused
from matinee.kernel.money import Money
from matinee.kernel.quantities import days, minutes
from tests.billing import DECLINED, GOOD, SLOW, a_paying_account, an_account, books_balance, days_pass, standing_of
from tests.house import House


async def _subjects(house: House) -> list[str]:
    """Of billing's letters to Ada."""
    found = {letter.subject for letter in await house.mail.letters(to="ada@example.org")}
    return sorted(found - {"Welcome", "A new device signed in"})


async def test_a_first_plan_begins_with_a_trial_that_plays_and_costs_nothing(house: House) -> None:
    account = await an_account(house)
    said = await house.subscriptions.preview(account, "standard", "month")
    assert (said.when, said.due.minor_units, said.next_price) == ("trial", 0, Money("EUR", 999))
    found = await house.subscriptions.choose(account, "standard", "month")
    assert (found.status, found.plan.id, found.may_have_trial) == ("trialing", "standard", False)
    assert (await house.billing.subscription(account)).may_play
    assert found.period_end == house.clock.now() + days(14)
    assert await house.subscriptions.invoices(account) == []


async def test_a_trial_without_a_way_to_pay_ends_and_nothing_is_owed(house: House) -> None:
    account = await an_account(house)
    await house.subscriptions.choose(account, "standard", "month")
    await days_pass(house, 15)
    assert not (await house.billing.subscription(account)).may_play
    await house.settle()
    assert await _subjects(house) == ["Your trial has ended"]
    assert await books_balance(house) == {}
    with pytest.raises(NoPaymentMethod):
        await house.subscriptions.choose(account, "standard", "month")


async def test_each_month_is_invoiced_and_charged_once(house: House) -> None:
    account = await a_paying_account(house)
    await days_pass(house, 62)
    found = await house.subscriptions.invoices(account)
    assert [(i.kind, i.state, i.total) for i in found] == [("renewal", "paid", Money("EUR", 999))] * 3
    assert [i.number for i in reversed(found)] == ["M-2026-000001", "M-2027-000001", "M-2027-000002"]
    assert found[0].tax == Money("EUR", 160)  # 19 % of what is left of 9.99 without it
    assert await books_balance(house) == {"cash:pretend": 2997, "revenue": -2517, "tax:DE": -480, "receivable": 0}


async def test_a_higher_plan_begins_at_once_for_what_is_left_of_the_period(house: House) -> None:
    account = await a_paying_account(house)
    said = await house.subscriptions.preview(account, "premium", "month")
    rest, back = said.lines
    assert said.when == "now"
    assert rest.amount.minor_units > 0 > back.amount.minor_units
    assert said.due.minor_units == rest.amount.minor_units + back.amount.minor_units
    found = await house.subscriptions.choose(account, "premium", "month", agreed_minor_units=said.due.minor_units)
    assert (found.plan.id, found.price, found.next_plan) == ("premium", Money("EUR", 1499), None)
    (change, _renewal) = await house.subscriptions.invoices(account)
    assert (change.kind, change.state, change.total) == ("change", "paid", said.due)
    await days_pass(house, 30)
    assert (await house.subscriptions.invoices(account))[0].total == Money("EUR", 1499)
    await books_balance(house)


async def test_a_lower_plan_begins_when_the_paid_period_is_over(house: House) -> None:
    account = await a_paying_account(house)
    found = await house.subscriptions.choose(account, "basic", "month")
    assert (found.plan.id, found.next_plan) == ("standard", "basic")
    again = await house.subscriptions.choose(account, "standard", "month")
    assert again.next_plan is None, "whoever chooses what they have takes the change back"
    await house.subscriptions.choose(account, "basic", "month")
    await days_pass(house, 31)
    assert (await standing_of(house, account)).plan.id == "basic"
    assert (await house.subscriptions.invoices(account))[0].total == Money("EUR", 599)


async def test_from_months_to_a_year_what_is_unused_comes_off_the_price(house: House) -> None:
    account = await a_paying_account(house)
    said = await house.subscriptions.preview(account, "standard", "year")
    found = await house.subscriptions.choose(account, "standard", "year")
    assert found.interval == "year"
    assert 9990 - 999 < said.due.minor_units < 9990
    assert found.period_end is not None
    assert found.period_end - house.clock.now() == days(365)
    await days_pass(house, 364)
    assert len(await house.subscriptions.invoices(account)) == 2
    await days_pass(house, 2)
    assert [i.total.minor_units for i in await house.subscriptions.invoices(account)] == [
        9990,
        said.due.minor_units,
        999,
    ]


async def test_nobody_is_charged_more_than_was_agreed(house: House) -> None:
    account = await a_paying_account(house)
    said = await house.subscriptions.preview(account, "premium", "month")
    with pytest.raises(CostsMore):
        await house.subscriptions.choose(account, "premium", "month", agreed_minor_units=said.due.minor_units - 1)
    assert (await standing_of(house, account)).plan.id == "standard"
    assert len(await house.subscriptions.invoices(account)) == 1


async def test_a_change_that_is_not_paid_for_does_not_happen(house: House) -> None:
    account = await a_paying_account(house)
    await house.subscriptions.pay_with(account, DECLINED)
    with pytest.raises(PaymentDeclined):
        await house.subscriptions.choose(account, "premium", "month")
    found = await standing_of(house, account)
    assert (found.plan.id, found.status, found.trouble) == ("standard", "active", None)
    assert (await house.subscriptions.invoices(account))[0].state == "void"
    assert (await books_balance(house))["receivable"] == 0


async def test_what_is_canceled_plays_until_its_period_is_over_and_can_be_resumed(house: House) -> None:
    account = await a_paying_account(house)
    found = await house.subscriptions.cancel(account)
    assert (found.status, found.ends_at_period_end) == ("active", True)
    assert not (await house.subscriptions.resume(account)).ends_at_period_end
    await house.subscriptions.cancel(account)
    await days_pass(house, 31)
    assert not (await house.billing.subscription(account)).may_play
    assert len(await house.subscriptions.invoices(account)) == 1


async def test_a_late_payment_is_tried_again_and_plays_on_until_its_grace_is_over(house: House) -> None:
    account = await a_paying_account(house, token=DECLINED)
    found = await standing_of(house, account)
    assert found.status == "past_due"
    assert found.trouble is not None
    assert (found.trouble.owed, found.trouble.reason) == (Money("EUR", 999), "declined")
    assert (await house.billing.subscription(account)).may_play
    with pytest.raises(PaymentLate):
        await house.subscriptions.choose(account, "premium", "month")
    await days_pass(house, 11)
    assert not (await house.billing.subscription(account)).may_play
    (invoice,) = await house.subscriptions.invoices(account)
    assert invoice.state == "void", "what was not had is not owed"
    assert not any((await books_balance(house)).values())
    await house.settle()
    assert await _subjects(house) == ["Your payment did not go through", "Your plan has ended"]


async def test_another_way_to_pay_settles_what_is_late_at_once(house: House) -> None:
    account = await a_paying_account(house, token=DECLINED)
    found = await house.subscriptions.pay_with(account, GOOD)
    assert (found.status, found.trouble, found.method) == ("active", None, "Pretend ····4242")
    assert [i.state for i in await house.subscriptions.invoices(account)] == ["paid"]
    assert (await books_balance(house))["cash:pretend"] == 999


async def test_who_leaves_while_a_payment_is_late_leaves_at_once_and_owes_nothing(house: House) -> None:
    account = await a_paying_account(house, token=DECLINED)
    found = await house.subscriptions.cancel(account)
    assert found.status == "canceled"
    assert [i.state for i in await house.subscriptions.invoices(account)] == ["void"]


async def test_a_payment_that_takes_its_time_is_asked_after(house: House) -> None:
    account = await a_paying_account(house)
    await house.subscriptions.pay_with(account, SLOW)
    found = await house.subscriptions.choose(account, "premium", "month")
    assert (found.is_paying, found.plan.id) == (True, "standard")
    with pytest.raises(PaymentUnderWay):
        await house.subscriptions.choose(account, "premium", "month")
    house.clock.advance(minutes(20))
    await house.payments.look()
    assert (await standing_of(house, account)).plan.id == "premium"


async def test_a_webhook_is_believed_only_with_a_signature_and_twice_is_once(house: House) -> None:
    account = await a_paying_account(house)
    await house.subscriptions.pay_with(account, SLOW)
    await house.subscriptions.choose(account, "premium", "month")
    (key,) = [k for k, e in house.provider.book.entries.items() if e.method == SLOW]  # type: ignore[attr-defined]  # the book of this house is in memory
    house.clock.advance(minutes(5))
    headers, body = house.provider.notice("n1", key)
    with pytest.raises(ForgedNotice):
        await house.payments.hear("pretend", headers, body + b" ")
    for _ in range(3):
        await house.payments.hear("pretend", headers, body)
    assert (await standing_of(house, account)).plan.id == "premium"
    house.clock.advance(minutes(6))
    with pytest.raises(ForgedNotice):
        await house.payments.hear("pretend", headers, body)
    await books_balance(house)


async def test_a_coupon_takes_off_its_share_for_as_long_as_it_lasts(house: House) -> None:
    account = await an_account(house)
    await house.payments.add_coupon(NewCoupon("half-3", "repeating", 500_000, periods=2, redemptions_max=1))
    await house.subscriptions.choose(account, "standard", "month")
    await house.subscriptions.pay_with(account, GOOD)
    assert (await house.subscriptions.redeem(account, "HALF-3")).coupon == "HALF-3"
    with pytest.raises(CouponRefused):
        await house.subscriptions.redeem(account, "half-3")
    other = await an_account(house, "bo@example.org")
    with pytest.raises(CouponRefused):
        await house.subscriptions.redeem(other, "half-3")
    await days_pass(house, 14 + 63)
    totals = [i.total.minor_units for i in await house.subscriptions.invoices(account)]
    assert totals == [999, 500, 500]


async def test_a_refund_gives_back_what_was_paid_and_not_more_and_once(house: House) -> None:
    account = await a_paying_account(house)
    (invoice,) = await house.subscriptions.invoices(account)
    first, second = house.ids.new(), house.ids.new()
    for _ in range(2):
        part = await house.payments.refund("op", invoice.id, refund_id=first, minor_units=400)
        assert (part.state, part.amount.minor_units) == ("succeeded", 400)
    with pytest.raises(NotRefundable):
        await house.payments.refund("op", invoice.id, refund_id=second, minor_units=600)
    rest = await house.payments.refund("op", invoice.id, refund_id=second)
    assert rest.amount.minor_units == 599
    notes = [i for i in await house.subscriptions.invoices(account) if i.kind == "credit_note"]
    assert sum(n.total.minor_units for n in notes) == -999
    assert sum(n.tax.minor_units for n in notes) == -invoice.tax.minor_units
    books = await books_balance(house)
    assert (books["cash:pretend"], books["tax:DE"]) == (0, 0)


async def test_an_account_that_is_gone_is_charged_no_more_and_its_invoices_stay(house: House) -> None:
    account = await a_paying_account(house)
    await house.subscriptions.forget(account)
    await days_pass(house, 40)
    found = await standing_of(house, account)
    assert (found.status, found.method) == ("canceled", "")
    assert len(await house.subscriptions.invoices(account)) == 1


async def test_what_an_operator_gave_is_never_charged(house: House) -> None:
    account = await an_account(house)
    await house.billing.subscribe(account, "premium")
    await days_pass(house, 100)
    assert (await house.billing.subscription(account)).status == "active"
    assert await house.subscriptions.invoices(account) == []


async def test_a_clock_that_jumps_a_year_ahead_for_an_hour_charges_nobody(house: House) -> None:
    account = await a_paying_account(house)
    right = house.clock.now()
    house.clock.advance(days(365))
    for _ in range(5):
        await house.payments.look()
        house.clock.advance(minutes(10))
    house.clock.at = right + minutes(50)
    await house.payments.look()
    assert len(await house.subscriptions.invoices(account)) == 1
    await days_pass(house, 31)
    assert len(await house.subscriptions.invoices(account)) == 2


async def test_after_an_outage_of_months_each_month_is_billed_once_and_in_order(house: House) -> None:
    account = await a_paying_account(house)
    house.clock.advance(days(92))
    await house.payments.look()
    await days_pass(house, 0.5)
    found = await house.subscriptions.invoices(account)
    assert [i.state for i in found] == ["paid"] * 4
    assert (await standing_of(house, account)).period_end > house.clock.now()  # type: ignore[operator]  # it is paying


async def test_a_card_that_the_provider_does_not_take_is_refused(house: House) -> None:
    account = await an_account(house)
    with pytest.raises(MethodRefused):
        await house.subscriptions.pay_with(account, "pretend_refused")


@pytest.mark.parametrize(
    "name", ["Ada Lovelace", "Łukasz Żółć", "山田太郎", "김철수", "ليلى حداد", "Ελένη", "नेहा", "🎬 \x00\u202e!"]
)
async def test_an_invoice_is_printed_for_a_name_in_any_script(house: House, name: str) -> None:
    account = await an_account(house)
    await house.subscriptions.choose(account, "standard", "month")
    await house.subscriptions.pay_with(account, GOOD, bill_to=name)
    await days_pass(house, 15)
    (invoice,) = await house.subscriptions.invoices(account)
    paper = await house.subscriptions.invoice_pdf(account, invoice.id)
    assert paper.startswith(b"%PDF-")
    assert paper == await house.subscriptions.invoice_pdf(account, invoice.id)
    with pytest.raises(NoSuchInvoice):
        await house.subscriptions.invoice_pdf(await an_account(house, "bo@example.org"), invoice.id)


async def test_a_year_is_numbered_without_a_gap_and_the_next_begins_anew(house: House) -> None:
    account = await a_paying_account(house)
    await days_pass(house, 400)
    numbers = [i.number for i in reversed(await house.subscriptions.invoices(account))]
    by_year: dict[str, list[str]] = {}
    for number in numbers:
        by_year.setdefault(number.split("-")[1], []).append(number)
    assert len(by_year) >= 2
    for year, found in by_year.items():
        assert found == [f"M-{year}-{n:06d}" for n in range(1, len(found) + 1)]


async def test_a_period_that_ends_on_the_31st_comes_back_to_it(house: House) -> None:
    house.clock.at = house.clock.at.replace(month=1, day=17)
    account = await a_paying_account(house)
    ends = [(await standing_of(house, account)).period_end]
    for _ in range(3):
        await days_pass(house, 30)
        ends.append((await standing_of(house, account)).period_end)
    assert len({e for e in ends if e is not None}) >= 3
    assert {e.day for e in ends if e is not None} <= {28, 30, 31}


async def test_over_http_whoever_pays_proves_to_be_the_owner_and_who_begins_does_not(house: House) -> None:
    member = await house.add_member(plan=None)
    at, ways = "/api/v1/billing/subscription", "/api/v1/billing/payment-methods"
    house.clock.advance(minutes(11))
    async with house.client(member) as client:
        assert (await client.put(at, json={"plan": "standard"})).status_code == 200, "a first plan"
        asks: list[Callable[[], Awaitable[httpx.Response]]] = [
            lambda: client.post(ways, json={"token": GOOD}),
            lambda: client.put(at, json={"plan": "premium", "agreed_minor_units": 9999}),
            lambda: client.put(at, json={"cancel": True}),
        ]
        for ask in asks:
            refused = await ask()
            assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (403, "step-up-needed")
        (device,) = await house.members.sign_ins(member.account.id)
        client.headers["authorization"] = (
            f"Bearer {(await house.proofs.prove(member.account.id, device.id, 'password')).token}"
        )
        for ask in asks:
            answer = await ask()
            assert answer.status_code == 200, answer.text
