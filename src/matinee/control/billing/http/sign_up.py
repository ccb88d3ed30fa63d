"""Signing up: an account is members' matter, but the plan it begins with is billing's."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from matinee.control.billing.api import Billing, NoSuchPlan
from matinee.control.members.api.accounts import Accounts, SignUp
from matinee.kernel.ids import TitleId


@dataclass(frozen=True, slots=True)
class SignUpBody:
    email: str
    password: str
    country: str
    plan: str
    liked: tuple[str, ...] = ()
    """Up to three titles."""

    def __repr__(self) -> str:
        return "SignUpBody([redacted])"


@dataclass(frozen=True, slots=True)
class SignUpTakenBody:
    """A letter follows. The same whether there is an account of this address or not."""

    email: str


def sign_up_routes(billing: Billing, accounts: Accounts) -> list[HTTPRouteHandler]:
    @post("/accounts", status_code=202, summary="Sign up; the account is open once its address is confirmed")
    async def sign_up(data: JSONBody[SignUpBody], request: Request[Any, Any, Any]) -> SignUpTakenBody:
        if data.plan not in {plan.id for plan in await billing.plans()}:
            raise NoSuchPlan(data.plan[:40])
        liked = tuple(TitleId(title) for title in data.liked)
        new = SignUp(data.email, data.password, data.country, data.plan, liked)
        await accounts.sign_up(new, address=request.client.host if request.client else "")
        return SignUpTakenBody(data.email)

    return [sign_up]
