"""The stories of money itself: renewals, the provider's messages, refunds, coupons, the books."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from matinee.control.billing import store
from matinee.control.billing.api.payments import (
    Balance,
    CouponView,
    CouponWrong,
    NewCoupon,
    NoSuchProvider,
    NotRefundable,
    RefundView,
)
from matinee.control.billing.api.subscriptions import NoSuchInvoice
from matinee.control.billing.model import invoices
from matinee.control.billing.model.amounts import PPM
from matinee.control.billing.model.coupons import Coupon
from matinee.control.billing.model.turns import credit_note
from matinee.control.billing.service.collecting import LOOK_AGAIN, PUT_OFF, Collecting, Ground
from matinee.control.billing.service.renewals import Renewals
from matinee.control.billing.store.payments import ChargeRow, RefundRow
from matinee.engines.database.port import Work
from matinee.engines.payments.port import Outcome, Refund
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.log import logger
from matinee.kernel.money import Money
from matinee.kernel.quantities import Instant

_REFUNDS_A_LOOK = 50
_CODE_LENGTH_MAX, _REASON_LENGTH_MAX = 40, 400
_log = logger("billing")


class PaymentsService:
    def __init__(self, ground: Ground) -> None:
        self._g = ground
        self._collecting = Collecting(ground)
        self._renewals = Renewals(ground, self._collecting)

    async def hear(self, provider: str, headers: Mapping[str, str], body: bytes) -> None:
        found = self._g.providers.get(provider)
        if found is None:
            raise NoSuchProvider
        notice = found.hear(headers, body, self._g.clock.now())
        if notice.kind == "charge":
            await self._collecting.hear(notice.key)
        elif notice.kind == "refund":
            refund = await self._g.database.read(lambda work: store.payments.refund(work, notice.key))
            if refund is not None and refund.state == "asked":
                await self._ask(refund, is_again=True)

    async def look(self) -> int:
        return await self._renewals.look() + await self._look_at_refunds()

    async def refund(
        self, operator_id: str, invoice_id: str, *, refund_id: str, minor_units: int | None = None, reason: str = ""
    ) -> RefundView:
        now = self._g.clock.now()

        def write_down(work: Work) -> RefundRow:
            if (known := store.payments.refund(work, refund_id)) is not None:
                return known
            invoice, charge = store.invoices.find(work, invoice_id), store.payments.succeeded(work, invoice_id)
            if invoice is None:
                raise NoSuchInvoice
            given = sum(r.minor_units for r in store.payments.refunds_of(work, invoice_id) if r.state != "failed")
            # What was paid from a balance is not money that came in with this invoice.
            left = (charge.minor_units if charge and invoice.state == "paid" else 0) - given
            amount = left if minor_units is None else minor_units
            if charge is None or not 0 < amount <= left:
                raise NotRefundable(Money(invoice.currency, max(left, 0)))
            fresh = RefundRow(
                refund_id, invoice_id, charge.id, invoice.account_id, invoice.currency, amount, "asked",
                reason[:_REASON_LENGTH_MAX], operator_id, now, now + LOOK_AGAIN,
            )  # fmt: skip
            store.payments.add_refund(work, fresh)
            return fresh

        row = await self._g.database.write(write_down)
        if row.invoice_id != invoice_id:
            raise InvalidInput("This refund's id was used for another invoice.", field="refund_id")
        if row.state == "asked":
            row = await self._ask(row, is_again=row.asked_at != now)
        return _view(row)

    async def add_coupon(self, new: NewCoupon) -> CouponView:
        coupon = _coupon(new)

        def keep(work: Work) -> None:
            if store.coupons.find(work, coupon.code) is not None:
                raise CouponWrong("There is a coupon of this code already.", field="code")
            store.coupons.add(work, coupon)

        await self._g.database.write(keep)
        return CouponView(replace(new, code=coupon.code), 0)

    async def coupons(self) -> Sequence[CouponView]:
        return [
            CouponView(
                NewCoupon(
                    c.code,
                    c.duration,
                    c.percent_ppm,
                    Money(c.currency, c.amount) if c.currency else None,
                    c.periods,
                    c.redemptions_max,
                    c.expires_at,
                ),
                c.redeemed,
            )
            for c in await self._g.database.read(store.coupons.every)
        ]

    async def books(self) -> Sequence[Balance]:
        found = await self._g.database.read(store.invoices.balances)
        return [Balance(book, Money(currency, units)) for book, currency, units in found]

    async def _look_at_refunds(self) -> int:
        now = self._g.clock.now()

        def take(work: Work) -> list[RefundRow]:
            found = store.payments.refunds_to_look_at(work, now, _REFUNDS_A_LOOK)
            for each in found:
                store.payments.put_refund(work, replace(each, look_at=now + LOOK_AGAIN))
            return found

        _, is_any = await self._g.database.read(lambda work: store.payments.is_any_to_look_at(work, now))
        if not is_any:
            return 0
        taken = await self._g.database.write(take)
        for each in taken:
            try:
                await self._ask(each, is_again=True)
            except Exception as error:  # one refund's surprise must not keep all others waiting
                _log.error(
                    "a refund went wrong and is put off", refund=each.id, reason=f"{type(error).__name__}: {error}"
                )
                await self._put_off(each.id)
        return len(taken)

    async def _put_off(self, refund_id: str) -> None:
        until = self._g.clock.now() + PUT_OFF

        def wait(work: Work) -> None:
            found = store.payments.refund(work, refund_id)
            if found is not None and found.state == "asked":
                store.payments.put_refund(work, replace(found, look_at=until))

        await self._g.database.write(wait)

    async def _ask(self, row: RefundRow, *, is_again: bool = False) -> RefundRow:
        """As a charge: the same key, looked up first when asked again, until it is known what happened."""
        charge = (await self._g.database.read(lambda work: store.payments.several(work, [row.charge_id])))[
            row.charge_id
        ]
        provider = self._g.providers.get(charge.provider)
        if provider is None:
            _log.error("a refund waits for a provider that is not set up", provider=charge.provider)
            return row
        asked = Refund(row.id, charge.provider_id, row.currency, row.minor_units, row.asked_at)
        try:
            outcome: Outcome | None = None
            if is_again:
                outcome = await provider.find_refund(asked)
            outcome = outcome or await provider.refund(asked)
        except Unavailable as error:
            _log.warning("the outcome of a refund is not known yet", provider=charge.provider, reason=error.sentence)
            return row
        if outcome.state == "pending":
            return row
        now = self._g.clock.now()
        return await self._g.database.write(lambda work: self._settle(work, row.id, charge, outcome.state, now))

    def _settle(self, work: Work, refund_id: str, charge: ChargeRow, state: str, now: Instant) -> RefundRow:
        row = store.payments.refund(work, refund_id)
        assert row is not None
        if row.state != "asked":
            return row
        done = replace(row, state=state, look_at=None)
        store.payments.put_refund(work, done)
        if state == "succeeded":
            of = store.invoices.find(work, row.invoice_id)
            assert of is not None
            before = sum(
                r.minor_units
                for r in store.payments.refunds_of(work, row.invoice_id)
                if r.state == "succeeded" and r.id != row.id
            )
            draft = credit_note(
                of, note_id=self._g.ids.new(), minor_units=row.minor_units, refunded_before=before, now=now
            )
            (note,) = store.invoices.numbered(work, [draft], self._g.terms.seller.prefix)
            store.invoices.add(work, [note])
            store.invoices.post(work, [invoices.refunded(note, row.id, charge.provider)], now)
        return done


def _view(row: RefundRow) -> RefundView:
    return RefundView(row.id, row.invoice_id, Money(row.currency, row.minor_units), row.state)  # type: ignore[arg-type]  # the store holds what this service wrote


def _coupon(new: NewCoupon) -> Coupon:
    code = new.code.strip().upper()
    if not (code.isascii() and code.replace("-", "").isalnum() and len(code) <= _CODE_LENGTH_MAX):
        raise CouponWrong(f"A code is letters, digits and dashes, {_CODE_LENGTH_MAX} at most.", field="code")
    if (new.amount is None) == (new.percent_ppm == 0):
        raise CouponWrong("A coupon takes off either a share or an amount.", field="percent_ppm")
    if not 0 <= new.percent_ppm <= PPM or (new.amount is not None and new.amount.minor_units <= 0):
        raise CouponWrong("A share is from 1 to 1000000 parts per million, an amount more than nothing.")
    if new.periods < 1 or (new.redemptions_max is not None and new.redemptions_max < 1):
        raise CouponWrong("A coupon lasts for one period at least, and can be redeemed once at least.")
    amount = new.amount or Money("", 0)
    return Coupon(
        code, new.duration, new.percent_ppm, amount.minor_units, amount.currency, new.periods, new.redemptions_max, 0,
        new.expires_at,
    )  # fmt: skip
