"""The stories of a member's own plan: beginning it, changing it, leaving, paying, and what was paid."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from matinee.control.billing import store
from matinee.control.billing.api import PLANS, NoSuchPlan, Plan
from matinee.control.billing.api.subscriptions import (
    ChangePreview,
    CouponRefused,
    Interval,
    InvoiceView,
    NoSuchInvoice,
    NothingToCancel,
    Offer,
    PaymentDeclined,
    Standing,
)
from matinee.control.billing.model import coupons as coupon_rules
from matinee.control.billing.model.agreement import Agreement, currency_of, ended, price_of
from matinee.control.billing.model.invoices import Invoice
from matinee.control.billing.model.taxes import tax_at
from matinee.control.billing.service import views
from matinee.control.billing.service.choosing import Choice, Choosing
from matinee.control.billing.service.collecting import Collecting, Ground
from matinee.control.billing.service.letters import Letters
from matinee.control.billing.service.paper import as_pdf
from matinee.control.billing.service.renewals import give_up, try_again
from matinee.control.billing.store.payments import ChargeRow
from matinee.control.members.api import Members
from matinee.engines.database.port import Work
from matinee.kernel.errors import MatineeError, NotFound
from matinee.kernel.files import Files
from matinee.kernel.ids import AccountId
from matinee.kernel.log import logger
from matinee.kernel.money import Money
from matinee.wire.events import AccountDeleted, AccountOpened, BillingNotice, Envelope, unseal

_INVOICES_SHOWN_MAX = 500
_BILL_TO_LENGTH_MAX = 200
_CODE_LENGTH_MAX = 40
_log = logger("billing")


class SubscriptionsService:
    def __init__(
        self,
        ground: Ground,
        members: Members,
        letters: Letters,
        files: Files,
        *,
        country: str,
        fonts: Sequence[Path] = (),
    ) -> None:
        """`country`: of accounts that do not say. `fonts`: for invoices, tried in turn."""
        self._g = ground
        self._members = members
        self._letters = letters
        self._files = files
        self._country = country
        self._fonts = fonts
        self._collecting = Collecting(ground)

    async def offers(self, country: str) -> Sequence[Offer]:
        country = country or self._country
        return self._offers(country, currency_of(self._g.terms, country))

    async def offers_to(self, account_id: AccountId) -> Sequence[Offer]:
        fresh = (await self._choosing(account_id)).fresh
        old = await self._g.database.read(lambda work: store.subscriptions.whole(work, account_id))
        if old is None:
            return self._offers(fresh.country, fresh.currency)
        if old.is_over or old.is_free:
            return self._offers(fresh.country, old.currency if old.credit else fresh.currency)
        return self._offers(old.country, old.currency)

    def _offers(self, country: str, currency: str) -> list[Offer]:
        terms, rate = self._g.terms, tax_at(self._g.terms, country, self._g.clock.now())
        return [
            Offer(
                plan,
                Money(currency, price_of(terms, plan.id, "month", currency)),
                Money(currency, price_of(terms, plan.id, "year", currency)),
                rate.name,
                rate.rate_ppm,
                rate.inclusive,
            )
            for plan in PLANS
        ]

    async def standing(self, account_id: AccountId) -> Standing:
        return await self._standing(account_id)

    async def preview(self, account_id: AccountId, plan_id: str, interval: Interval) -> ChangePreview:
        choosing, now = await self._choosing(account_id), self._g.clock.now()
        plan = _plan(plan_id)
        choice = await self._g.database.read(lambda work: choosing.choice(work, plan, interval, now))
        return views.preview(choice, self._g.terms, now)

    async def choose(
        self, account_id: AccountId, plan_id: str, interval: Interval, *, agreed_minor_units: int | None = None
    ) -> Standing:
        choosing, now = await self._choosing(account_id), self._g.clock.now()
        plan = _plan(plan_id)

        def decide(work: Work) -> tuple[Choice, ChargeRow | None]:
            choice = choosing.choice(work, plan, interval, now)
            return choice, choosing.carry_out(work, choice, agreed_minor_units, now)

        _choice, charge = await self._g.database.write(decide)
        if charge is not None:
            await self._collecting.collect([charge])
            await self._raise_if_declined(charge)
        return await self._standing(account_id)

    async def cancel(self, account_id: AccountId) -> Standing:
        now = self._g.clock.now()

        def leave(work: Work) -> None:
            old = _bought(store.subscriptions.whole(work, account_id))
            if old.status == "past_due" and old.due_at is not None:
                give_up(work, old, now)
            else:
                leaving = replace(old, ends_at_period_end=True, next_plan=None, next_interval=None, changed_at=now)
                store.subscriptions.put(work, [leaving])

        await self._g.database.write(leave)
        return await self._standing(account_id)

    async def resume(self, account_id: AccountId) -> Standing:
        now = self._g.clock.now()

        def stay(work: Work) -> None:
            old = _bought(store.subscriptions.whole(work, account_id))
            store.subscriptions.put(
                work, [replace(old, ends_at_period_end=False, next_plan=None, next_interval=None, changed_at=now)]
            )

        await self._g.database.write(stay)
        return await self._standing(account_id)

    async def pay_with(self, account_id: AccountId, token: str, *, bill_to: str = "") -> Standing:
        fresh = (await self._choosing(account_id)).fresh
        provider = self._g.providers[self._g.provider]
        method = await provider.attach(token, account_id=account_id)
        now = self._g.clock.now()

        def keep(work: Work) -> tuple[str, str, ChargeRow | None]:
            old = store.subscriptions.whole(work, account_id)
            found = old or fresh
            name = bill_to.strip()[:_BILL_TO_LENGTH_MAX] or found.bill_to or fresh.bill_to
            new = replace(
                found,
                provider=provider.name,
                method=method.token,
                method_label=method.label,
                bill_to=name,
                changed_at=now,
            )
            if old is None:
                store.subscriptions.add(work, new)
            else:
                store.subscriptions.put(work, [new])
            return (
                found.provider,
                found.method,
                try_again(work, new, self._g, now) if new.status == "past_due" else None,
            )

        old_provider, old_method, charge = await self._g.database.write(keep)
        if charge is not None:
            await self._collecting.collect([charge])
        if old_method and old_method != method.token:
            await self._detach(old_provider, old_method)
        return await self._standing(account_id)

    async def redeem(self, account_id: AccountId, code: str) -> Standing:
        now, code = self._g.clock.now(), code.strip().upper()[:_CODE_LENGTH_MAX]
        fresh = (await self._choosing(account_id)).fresh

        def take(work: Work) -> None:
            coupon, old = store.coupons.find(work, code), store.subscriptions.whole(work, account_id)
            found = old or fresh
            if (
                coupon is None
                or not coupon_rules.is_open(coupon, now)
                or not coupon_rules.fits(coupon, found.currency)
                or (found.is_free and not found.is_over)
                or store.coupons.is_redeemed(work, code, account_id)
            ):
                raise CouponRefused
            store.coupons.redeem(work, code, account_id, now)
            new = replace(found, coupon=code, coupon_left=coupon.periods_granted, changed_at=now)
            if old is None:
                store.subscriptions.add(work, new)
            else:
                store.subscriptions.put(work, [new])

        await self._g.database.write(take)
        return await self._standing(account_id)

    async def invoices(self, account_id: AccountId) -> Sequence[InvoiceView]:
        found = await self._g.database.read(
            lambda work: store.invoices.of_account(work, account_id, _INVOICES_SHOWN_MAX)
        )
        return [views.invoice(each) for each in found]

    async def invoice_pdf(self, account_id: AccountId, invoice_id: str) -> bytes:
        def look(work: Work) -> tuple[Invoice, str]:
            found = store.invoices.find(work, invoice_id)
            if found is None or found.account_id != account_id:
                raise NoSuchInvoice
            of = None if found.of_invoice is None else store.invoices.find(work, found.of_invoice)
            return found, of.number if of else ""

        found, of_number = await self._g.database.read(look)
        fonts = [await self._files.read(path) for path in self._fonts if await self._files.size(path) is not None]
        return await asyncio.to_thread(partial(as_pdf, found, self._g.terms.seller, of_number=of_number, fonts=fonts))

    async def forget(self, account_id: AccountId) -> None:
        now = self._g.clock.now()

        def leave(work: Work) -> Agreement | None:
            old = store.subscriptions.whole(work, account_id)
            if old is None:
                return None
            if old.status == "past_due" and old.due_at is not None:
                give_up(work, old, now)
                old = store.subscriptions.whole(work, account_id) or old
            # An open charge will settle, and find nobody to go on with.
            gone = replace(ended(old, now), method="", method_label="", bill_to="")
            store.subscriptions.put(work, [gone])
            return old

        old = await self._g.database.write(leave)
        if old is not None and old.method:
            await self._detach(old.provider, old.method)

    async def note(self, envelope: Envelope) -> None:
        if envelope.type == AccountOpened.type:
            opened = unseal(envelope, AccountOpened)
            await self._begin(AccountId(opened.account_id), opened.plan)
        elif envelope.type == AccountDeleted.type:
            await self.forget(AccountId(unseal(envelope, AccountDeleted).account_id))
        elif envelope.type == BillingNotice.type:
            await self._tell(envelope)

    async def _tell(self, envelope: Envelope) -> None:
        try:
            standing = await self._standing(AccountId(unseal(envelope, BillingNotice).account_id))
        except NotFound:
            return  # gone in the meantime: nobody to tell
        await self._letters.note(envelope, standing.trouble)

    async def _begin(self, account_id: AccountId, plan_id: str) -> None:
        """With a trial of what was chosen. Where there are none, the member chooses again, with a way to pay."""
        try:
            choosing, now = await self._choosing(account_id), self._g.clock.now()
        except NotFound:
            return  # opened and left before anybody looked
        plan = next((plan for plan in PLANS if plan.id == plan_id), PLANS[0])

        def begin(work: Work) -> None:
            if store.subscriptions.whole(work, account_id) is None:
                choice = choosing.choice(work, plan, "month", now)
                if choice.kind == "trial":
                    choosing.carry_out(work, choice, 0, now)

        await self._g.database.write(begin)

    async def _detach(self, provider: str, method: str) -> None:
        """A provider that keeps a token we have forgotten can do nothing with it: not worth failing for."""
        if provider in self._g.providers:
            try:
                await self._g.providers[provider].detach(method)
            except MatineeError as error:
                _log.warning("a payment method stays with its provider", provider=provider, reason=error.sentence)

    async def _raise_if_declined(self, charge: ChargeRow) -> None:
        found = (await self._g.database.read(lambda work: store.payments.several(work, [charge.id])))[charge.id]
        if found.state == "failed":
            raise PaymentDeclined(found.reason)

    async def _choosing(self, account_id: AccountId) -> Choosing:
        account = await self._members.account(account_id)
        country = account.country or self._country
        fresh = Agreement(
            account_id=account_id,
            id=self._g.ids.new(),
            plan=PLANS[0].id,
            status="canceled",
            changed_at=self._g.clock.now(),
            country=country,
            currency=currency_of(self._g.terms, country),
            bill_to=account.email,
        )
        return Choosing(self._g, fresh)

    async def _standing(self, account_id: AccountId) -> Standing:
        fresh = (await self._choosing(account_id)).fresh

        def look(work: Work) -> Standing:
            found = store.subscriptions.whole(work, account_id)
            open_invoice = store.invoices.find(work, found.open_invoice) if found and found.open_invoice else None
            charge = store.payments.last_of(work, open_invoice.id) if open_invoice else None
            return views.standing(found or fresh, open_invoice, charge, self._g.terms, self._g.provider)

        return await self._g.database.read(look)


def _plan(plan_id: str) -> Plan:
    found = next((plan for plan in PLANS if plan.id == plan_id), None)
    if found is None:
        raise NoSuchPlan(plan_id)
    return found


def _bought(found: Agreement | None) -> Agreement:
    if found is None or found.is_over or found.is_free:
        raise NothingToCancel
    return found
