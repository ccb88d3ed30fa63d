"""A member's own plan, over HTTP."""

from dataclasses import dataclass
from typing import Literal

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from matinee.control.billing.api.subscriptions import (
    ChangePreview,
    Interval,
    InvoiceView,
    NoSuchInvoice,
    Offer,
    Standing,
    Subscriptions,
)
from matinee.control.members.api.proofs import Proofs
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId, parse_id
from matinee.wire.callers import Caller

_TOKEN_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class SubscriptionChange:
    """A plan with its interval, or `cancel`: true to leave when what is paid is over, false to stay after all.

    `agreed_minor_units`: the most that may be charged at once, as the preview said.
    """

    plan: str | None = None
    interval: Interval = "month"
    cancel: bool | None = None
    agreed_minor_units: int | None = None


@dataclass(frozen=True, slots=True)
class NewMethod:
    """`token`: what the provider's page made of a card. Numbers of cards are never sent here."""

    token: str
    bill_to: str = ""


@dataclass(frozen=True, slots=True)
class CouponBody:
    code: str


def subscription_routes(subscriptions: Subscriptions, proofs: Proofs) -> list[HTTPRouteHandler]:
    return [*_plan_routes(subscriptions, proofs), *_paying_routes(subscriptions, proofs)]


def _plan_routes(subscriptions: Subscriptions, proofs: Proofs) -> list[HTTPRouteHandler]:
    @get("/billing/offers", summary="What the plans cost where the caller is")
    async def offers(caller: NamedDependency[Caller]) -> list[Offer]:
        return list(await subscriptions.offers_to(AccountId(caller.account)))

    @get("/billing/subscription", summary="The account's plan, how it is paid, and what is wrong with that")
    async def standing(caller: NamedDependency[Caller]) -> Standing:
        return await subscriptions.standing(AccountId(caller.account))

    @get("/billing/subscription/preview", summary="What choosing a plan would cost at this moment")
    async def preview(
        caller: NamedDependency[Caller], plan: FromQuery[str], interval: FromQuery[Literal["month", "year"]] = "month"
    ) -> ChangePreview:
        return await subscriptions.preview(AccountId(caller.account), plan, interval)

    @put("/billing/subscription", summary="Choose a plan, leave, or stay after all")
    async def change(data: JSONBody[SubscriptionChange], caller: NamedDependency[Caller]) -> Standing:
        account = AccountId(caller.account)
        if data.cancel is not None:
            if data.plan is not None:
                raise InvalidInput("Say either which plan, or whether to cancel.", field="cancel")
            if not data.cancel:
                return await subscriptions.resume(account)
            await _owner_where_paid(subscriptions, proofs, caller)
            return await subscriptions.cancel(account)
        if data.plan is None:
            raise InvalidInput("Say which plan.", field="plan")
        await _owner_where_paid(subscriptions, proofs, caller)
        return await subscriptions.choose(account, data.plan, data.interval, agreed_minor_units=data.agreed_minor_units)

    return [offers, standing, preview, change]


def _paying_routes(subscriptions: Subscriptions, proofs: Proofs) -> list[HTTPRouteHandler]:
    @post("/billing/payment-methods", status_code=200, summary="Pay this way from now on")
    async def pay_with(data: JSONBody[NewMethod], caller: NamedDependency[Caller]) -> Standing:
        token = data.token.strip()
        if not (0 < len(token) <= _TOKEN_LENGTH_MAX and token.isascii() and token.isprintable()) or _is_a_card(token):
            raise InvalidInput("This is no token of the payment provider.", field="token")
        await proofs.require_recent(AccountId(caller.account), caller.device)
        return await subscriptions.pay_with(AccountId(caller.account), token, bill_to=data.bill_to)

    @post("/billing/coupons", status_code=200, summary="Redeem a coupon")
    async def redeem(data: JSONBody[CouponBody], caller: NamedDependency[Caller]) -> Standing:
        return await subscriptions.redeem(AccountId(caller.account), data.code)

    @get("/billing/invoices", summary="The account's invoices, newest first")
    async def invoices(caller: NamedDependency[Caller]) -> list[InvoiceView]:
        return list(await subscriptions.invoices(AccountId(caller.account)))

    @get("/billing/invoices/{name:str}", summary="An invoice as PDF: its id with .pdf", media_type="application/pdf")
    async def pdf(name: FromPath[str], caller: NamedDependency[Caller]) -> Response[bytes]:
        if not name.endswith(".pdf"):
            raise NoSuchInvoice
        invoice = parse_id(name.removesuffix(".pdf"), what="The invoice's id")
        found = await subscriptions.invoice_pdf(AccountId(caller.account), invoice)
        headers = {"cache-control": "private, no-store", "content-disposition": f'inline; filename="{invoice}.pdf"'}
        return Response(found, media_type="application/pdf", headers=headers)

    return [pay_with, redeem, invoices, pdf]


async def _owner_where_paid(subscriptions: Subscriptions, proofs: Proofs, caller: Caller) -> None:
    """Where money is at stake already, whoever holds the device proves to be the owner."""
    account = AccountId(caller.account)
    standing = await subscriptions.standing(account)
    if standing.status != "canceled" and not standing.is_free:
        await proofs.require_recent(account, caller.device)


def _is_a_card(token: str) -> bool:
    """A number that passes a card's own check. Whoever sends one is told so, and it is kept nowhere."""
    digits = [int(each) for each in token if each.isdigit()]
    if len(digits) != len(token.replace(" ", "").replace("-", "")) or not 12 <= len(digits) <= 19:
        return False
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0
