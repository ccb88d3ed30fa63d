"""Members' outside door: signing in and out, and the devices that are."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from matinee.control.members.api import FirstStep, Members, SignedIn
from matinee.control.members.api.proofs import Proofs
from matinee.control.members.http.cookies import address_of, known_of, sign_out_cookies, signed_in_here
from matinee.kernel.ids import AccountId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller


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
class SecondStepBody:
    """One of `methods` completes the sign-in: show `token` with it within `expires_in_s`."""

    token: str
    methods: tuple[str, ...]
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class SignedInBody:
    """One of the two: the account, or what is still to be shown."""

    account: AccountBody | None
    second_step: SecondStepBody | None = None


@dataclass(frozen=True, slots=True)
class SecondStepProof:
    token: str
    """As the first step answered it."""
    code: str


@dataclass(frozen=True, slots=True)
class SignInBody:
    id: str
    device: str
    created_at: Instant
    last_seen_at: Instant
    current: bool
    methods: tuple[str, ...]


def routes(members: Members, proofs: Proofs) -> list[HTTPRouteHandler]:
    return [*_sign_in_routes(members, proofs), *_session_routes(members, proofs)]


def _sign_in_routes(members: Members, proofs: Proofs) -> list[HTTPRouteHandler]:
    @post("/sessions", status_code=201, summary="Sign in; where a second factor is set up, this is the first step")
    async def sign_in(data: JSONBody[CredentialsBody], request: Request[Any, Any, Any]) -> Response[SignedInBody]:
        device = data.device or request.headers.get("user-agent", "")
        first = await members.sign_in(
            data.email, data.password, device=device, address=address_of(request), known=known_of(request)
        )
        if first.signed_in is not None:
            return await signed_in(request, first.signed_in, members)
        return _first_step(first)

    @post("/sessions/second-step", status_code=201, summary="Complete a sign-in by a code")
    async def second_step(data: JSONBody[SecondStepProof], request: Request[Any, Any, Any]) -> Response[SignedInBody]:
        signed = await proofs.second_step(data.token, data.code, address=address_of(request), known=known_of(request))
        return await signed_in(request, signed, members)

    return [sign_in, second_step]


def _session_routes(members: Members, proofs: Proofs) -> list[HTTPRouteHandler]:
    @delete("/sessions/current", status_code=200, summary="Sign out")
    async def sign_out(request: Request[Any, Any, Any], caller: NamedDependency[Caller]) -> Response[None]:
        await members.sign_out(AccountId(caller.account), caller.device)
        return Response(None, cookies=sign_out_cookies(request))

    @get("/sessions", summary="Devices signed in")
    async def sign_ins(caller: NamedDependency[Caller]) -> list[SignInBody]:
        return [
            SignInBody(s.id, s.device, s.created_at, s.last_seen_at, s.id == caller.device, s.methods)
            for s in await members.sign_ins(AccountId(caller.account))
        ]

    @delete("/sessions/{sign_in_id:str}", status_code=204, summary="Sign one device out")
    async def sign_out_device(sign_in_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        if sign_in_id != caller.device:
            await proofs.require_recent(AccountId(caller.account), caller.device)
        await members.sign_out(AccountId(caller.account), parse_id(sign_in_id, what="id"))

    return [sign_out, sign_ins, sign_out_device]


def _first_step(first: FirstStep) -> Response[SignedInBody]:
    step = first.second_step
    body = None if step is None else SecondStepBody(step.token, step.methods, step.expires_at)
    return Response(SignedInBody(None, body), status_code=202)


async def signed_in(request: Request[Any, Any, Any], signed: SignedIn, members: Members) -> Response[SignedInBody]:
    """The browser keeps the token in a cookie that no script reads; the body says who it is."""
    account = signed.account
    body = SignedInBody(AccountBody(account.id, account.email, account.country, account.roles))
    return Response(body, cookies=await signed_in_here(request, signed, members))
