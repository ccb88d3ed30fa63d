"""Asking a provider again, one that answers nonsense, and what the plans cost whoever asks from abroad."""

import httpx

from matinee.control.billing.service.collecting import LOOK_AGAIN
from matinee.engines.payments.port import Charge, Outcome, Refund
from matinee.engines.payments.pretend import PretendPayments
from matinee.kernel.errors import Unavailable
from matinee.kernel.quantities import minutes
from matinee.wire.callers import HEADER, Caller
from matinee.wire.tickets import sign
from tests.billing import GOOD, SLOW, a_paying_account, an_account, days_pass, standing_of
from tests.house import RING, House


class _Nonsense(PretendPayments):
    """Of what is paid with one method it says something that nobody can read, and never what it did."""

    method = f"{GOOD}/odd"

    async def charge(self, charge: Charge) -> Outcome:
        if charge.method == self.method:
            raise KeyError("status")
        return await super().charge(charge)

    async def refund(self, refund: Refund) -> Outcome:
        raise KeyError("status")

    async def find_refund(self, refund: Refund) -> Outcome | None:
        raise KeyError("status")


def _is(house: House, kind: type[PretendPayments]) -> None:
    """The house's provider keeps its book and has this kind's ways."""
    house.provider.__class__ = kind


async def test_a_charge_that_goes_wrong_keeps_no_other_waiting(house: House) -> None:
    _is(house, _Nonsense)
    accounts = [await an_account(house, f"{name}@example.org") for name in ("ada", "bo", "cy")]
    for account, token in zip(accounts, (GOOD, _Nonsense.method, GOOD), strict=True):
        await house.subscriptions.choose(account, "standard", "month")
        await house.subscriptions.pay_with(account, token)
    await days_pass(house, 15)
    assert [(await standing_of(house, account)).is_paying for account in accounts] == [False, True, False]
    _is(house, PretendPayments)
    await days_pass(house, 1)
    assert not (await standing_of(house, accounts[1])).is_paying
    assert [i.state for i in await house.subscriptions.invoices(accounts[1])] == ["paid"]


async def test_a_refund_that_goes_wrong_keeps_no_other_waiting(house: House) -> None:
    account = await a_paying_account(house)
    (invoice,) = await house.subscriptions.invoices(account)
    refund = house.ids.new()
    _is(house, _Mute)
    await house.payments.refund("op", invoice.id, refund_id=refund, minor_units=400)
    _is(house, _Nonsense)
    house.clock.advance(LOOK_AGAIN + minutes(1))
    await house.payments.look()
    assert await house.payments.look() == 0, "it is put off"
    _is(house, PretendPayments)
    await days_pass(house, 1)
    notes = [i for i in await house.subscriptions.invoices(account) if i.kind == "credit_note"]
    assert [n.total.minor_units for n in notes] == [-400]


class _Mute(PretendPayments):
    """Does nothing, and says nothing."""

    async def refund(self, refund: Refund) -> Outcome:
        raise Unavailable("The payment provider did not answer.")


class _Repeats(PretendPayments):
    """As Stripe for a day: asked again under the same key, its answer is the first one, letter by letter."""

    async def charge(self, charge: Charge) -> Outcome:
        await super().charge(charge)
        return Outcome(charge.key, f"pretend-{charge.key}", "pending", charge.minor_units)


async def test_a_charge_is_looked_up_before_it_is_asked_again(house: House) -> None:
    account = await a_paying_account(house)
    _is(house, _Repeats)
    await house.subscriptions.pay_with(account, SLOW)
    assert (await house.subscriptions.choose(account, "premium", "month")).is_paying
    house.clock.advance(LOOK_AGAIN + minutes(1))
    await house.payments.look()
    assert (await standing_of(house, account)).plan.id == "premium"


async def test_what_plans_cost_is_said_in_the_money_that_is_charged_also_abroad(house: House) -> None:
    member = await house.add_member(plan=None)
    ends = int(house.clock.now().timestamp()) + 60
    abroad = Caller("control", ends, member.account.id, member.profile.id, "US", 18, "basic", 0)
    transport = httpx.ASGITransport(house.app)  # type: ignore[arg-type]  # ASGI's dictionaries, typed more narrowly by Litestar
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test") as client:
        answer = await client.get("/api/v1/billing/offers", headers={HEADER: sign(abroad, RING)})
    (basic, *_) = answer.json()["data"]
    charged = await house.subscriptions.preview(member.account.id, "basic", "month")
    assert basic["month"]["currency"] == charged.next_price.currency == "EUR"
