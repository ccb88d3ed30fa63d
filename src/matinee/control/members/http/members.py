"""Members' outside door: signing in and out, and the devices that are."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from matinee.control.members.api import SIGN_IN_DAYS, Members
from matinee.kernel.ids import AccountId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller

COOKIE_PLAIN, COOKIE_TLS = "matinee", "__Host-matinee"


@dataclass(frozen=True, slots=True)
class CredentialsBody:
    email: str
    password: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class AccountBody:
    id: str
    email: str
    country: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedInBody:
    account: AccountBody


@dataclass(frozen=True, slots=True)
class SignInBody:
    id: str
    device: str
    created_at: Instant
    last_seen_at: Instant
    current: bool


def routes(members: Members) -> list[HTTPRouteHandler]:
    @post("/sessions", status_code=201, summary="Sign in")
    async def sign_in(data: JSONBody[CredentialsBody], request: Request[Any, Any, Any]) -> Response[SignedInBody]:
        address = request.client.host if request.client else ""
        device = data.device or request.headers.get("user-agent", "")
        signed = await members.sign_in(data.email, data.password, device=device, address=address)
        account = signed.account
        body = SignedInBody(AccountBody(account.id, account.email, account.country, account.roles))
        return Response(body, cookies=[_cookie(request, signed.token, SIGN_IN_DAYS)])

    @delete("/sessions/current", status_code=200, summary="Sign out")
    async def sign_out(request: Request[Any, Any, Any], caller: NamedDependency[Caller]) -> Response[None]:
        await members.sign_out(AccountId(caller.account), caller.device)
        return Response(None, cookies=[_cookie(request, "", 0)])

    @get("/sessions", summary="Devices signed in")
    async def sign_ins(caller: NamedDependency[Caller]) -> list[SignInBody]:
        return [
            SignInBody(s.id, s.device, s.created_at, s.last_seen_at, s.id == caller.device)
            for s in await members.sign_ins(AccountId(caller.account))
        ]

    @delete("/sessions/{sign_in_id:str}", status_code=204, summary="Sign one device out")
    async def sign_out_device(sign_in_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await members.sign_out(AccountId(caller.account), parse_id(sign_in_id, what="id"))

    return [sign_in, sign_out, sign_ins, sign_out_device]


def _cookie(request: Request[Any, Any, Any], token: str, days: int) -> Cookie:
    """Over TLS the name itself forbids other hosts and paths; on plain loopback browsers would drop such a cookie."""
    tls = request.url.scheme == "https"
    return Cookie(
        key=COOKIE_TLS if tls else COOKIE_PLAIN,
        value=token,
        max_age=days * 86400,
        path="/",
        secure=tls,
        httponly=True,
        samesite="lax",
    )
