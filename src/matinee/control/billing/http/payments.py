"""The payment provider's messages, and the desk: refunds, coupons, the books."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from matinee.control.billing.api.payments import Balance, CouponView, NewCoupon, Payments, RefundView
from matinee.kernel.ids import parse_id
from matinee.kernel.log import logger
from matinee.wire.callers import Caller

_log = logger("billing")


@dataclass(frozen=True, slots=True)
class RefundBody:
    """`refund_id`: an id of the caller's making, so that a request sent twice gives back once. No `minor_units`: all."""

    invoice_id: str
    refund_id: str
    minor_units: int | None = None
    reason: str = ""


def payment_routes(payments: Payments) -> list[HTTPRouteHandler]:
    @post("/billing/webhooks/{provider:str}", status_code=200, summary="A payment provider's message, signed by it")
    async def hear(provider: FromPath[str], request: Request[Any, Any, Any]) -> None:
        headers = {
            name.lower(): value for name, value in request.headers.items() if name.lower().endswith("-signature")
        }
        await payments.hear(provider, headers, await request.body())

    @post("/billing/refunds", status_code=200, summary="Give back what was paid, or a part of it")
    async def refund(data: JSONBody[RefundBody], operator: NamedDependency[Caller]) -> RefundView:
        made = await payments.refund(
            operator.account,
            parse_id(data.invoice_id, what="invoice_id"),
            refund_id=parse_id(data.refund_id, what="refund_id"),
            minor_units=data.minor_units,
            reason=data.reason,
        )
        _log.info("refund", operator=operator.account, invoice=data.invoice_id, refund=made.id, state=made.state)
        return made

    @post("/billing/coupon-offers", status_code=201, summary="Make a coupon")
    async def add_coupon(data: JSONBody[NewCoupon], operator: NamedDependency[Caller]) -> CouponView:
        return await payments.add_coupon(data)

    @get("/billing/coupon-offers", summary="The coupons there are, and how often each was redeemed")
    async def coupons(operator: NamedDependency[Caller]) -> list[CouponView]:
        return list(await payments.coupons())

    @get("/billing/books", summary="The ledger's balances")
    async def books(operator: NamedDependency[Caller]) -> list[Balance]:
        return list(await payments.books())

    return [hear, refund, add_coupon, coupons, books]
