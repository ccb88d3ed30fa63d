"""The outside door of signing in by a provider. Browsers pass here on their way, so what goes wrong is said by a page of
ours: they are sent on with a word for it, never with anything secret in the address."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from matinee.control.members.api import Members
from matinee.control.members.api.passkeys import Passkeys
from matinee.control.members.api.sign_on import AWAY, Arrival, Link, Returned, SignOn
from matinee.control.members.http.cookies import known_of, signed_in_here
from matinee.control.members.model.sign_on import own_path
from matinee.kernel.errors import MatineeError
from matinee.kernel.ids import AccountId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller

_ERRAND, _IDENTITY = "matinee-sso", "matinee-sso-identity"
_AWAY_SECONDS = int(AWAY.total_seconds())
_ON_THE_WAY = {"bare": True}
"""A redirection has no body to wrap."""
_NOT_KEPT = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class ProviderBody:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class WaysBody:
    providers: list[ProviderBody]
    passkeys_url: str
    """Where passkeys work; empty: nowhere, for `passkeys_reason`."""
    passkeys_reason: str


@dataclass(frozen=True, slots=True)
class LinkedIdentityBody:
    id: str
    provider: str
    email: str
    linked_at: Instant
    used_at: Instant | None


@dataclass(frozen=True, slots=True)
class DepartureBody:
    url: str
    """Where to send the browser, which has the other half as a cookie."""


def sign_on_routes(sign_on: SignOn, passkeys: Passkeys, members: Members) -> list[HTTPRouteHandler]:
    return [*_way_routes(sign_on, passkeys, members), *_link_routes(sign_on)]


def _way_routes(sign_on: SignOn, passkeys: Passkeys, members: Members) -> list[HTTPRouteHandler]:
    @get("/auth/ways", summary="How one can sign in here beside a password")
    async def ways() -> WaysBody:
        place = await passkeys.place()
        listed = [ProviderBody(p.id, p.name) for p in await sign_on.providers()]
        return WaysBody(listed, place.url, place.reason)

    @get(
        "/auth/oidc/{provider:str}/start", status_code=303, opt=_ON_THE_WAY, summary="Set out to a provider to sign in"
    )
    async def start(
        provider: FromPath[str],
        request: Request[Any, Any, Any],
        next: FromQuery[str] = "/",
    ) -> Redirect:
        try:
            departure = await sign_on.depart(provider, next=next, account_id=None, sign_in_id="")
        except MatineeError as error:
            return _sent_on(_page(error.type, provider, next))
        return _sent_on(departure.url, _cookie(request, _ERRAND, departure.errand))

    @get(
        "/auth/oidc/{provider:str}/callback",
        status_code=303,
        opt=_ON_THE_WAY,
        summary="Where a provider sends a browser back to",
    )
    async def callback(
        provider: FromPath[str],
        request: Request[Any, Any, Any],
        came_back: Annotated[str, QueryParameter(name="state")] = "",  # `state` is the framework's own word
        code: FromQuery[str] = "",
        iss: FromQuery[str] = "",
        error: FromQuery[str] = "",
    ) -> Redirect:
        returned = Returned(came_back[:200], code[:2000], iss[:500], error[:60])
        errand = request.cookies.get(_name(request, _ERRAND), "")
        device = request.headers.get("user-agent", "")
        over = _cookie(request, _ERRAND, "")
        try:
            arrival = await sign_on.arrive(provider, returned, errand=errand, device=device, known=known_of(request))
        except MatineeError as refused:
            return _sent_on(_page(refused.type, provider, "/"), over)
        return await _arrived(request, provider, arrival, over, members)

    return [ways, start, callback]


def _link_routes(sign_on: SignOn) -> list[HTTPRouteHandler]:
    @get("/accounts/current/identities", summary="Providers linked to the account")
    async def links(caller: NamedDependency[Caller]) -> list[LinkedIdentityBody]:
        return [_body(link) for link in await sign_on.links(AccountId(caller.account))]

    @post("/accounts/current/identities", status_code=201, summary="Link the provider this browser came back from")
    async def link(request: Request[Any, Any, Any], caller: NamedDependency[Caller]) -> Response[LinkedIdentityBody]:
        identity = request.cookies.get(_name(request, _IDENTITY), "")
        made = await sign_on.link(AccountId(caller.account), caller.device, identity)
        return Response(_body(made), cookies=[_cookie(request, _IDENTITY, "")])

    @post(
        "/accounts/current/identities/{provider:str}/start", status_code=200, summary="Set out to a provider to link it"
    )
    async def start(
        provider: FromPath[str], request: Request[Any, Any, Any], caller: NamedDependency[Caller]
    ) -> Response[DepartureBody]:
        account = AccountId(caller.account)
        departure = await sign_on.depart(provider, next="/account", account_id=account, sign_in_id=caller.device)
        return Response(DepartureBody(departure.url), cookies=[_cookie(request, _ERRAND, departure.errand)])

    @delete("/accounts/current/identities/{link_id:str}", status_code=204, summary="Unlink a provider")
    async def unlink(link_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        found = parse_id(link_id, what="link_id")
        await sign_on.unlink(AccountId(caller.account), caller.device, found)

    return [links, link, start, unlink]


async def _arrived(
    request: Request[Any, Any, Any], provider: str, arrival: Arrival, over: Cookie, members: Members
) -> Redirect:
    if arrival.outcome == "linked":
        return _sent_on(arrival.next, over)
    if arrival.signed_in is not None:
        cookies = await signed_in_here(request, arrival.signed_in, members)
        return _sent_on(_page("done", provider, arrival.next), over, *cookies)
    kept = _cookie(request, _IDENTITY, arrival.identity)
    return _sent_on(_page("unlinked", provider, arrival.next), over, kept)


def _page(word: str, provider: str, next: str) -> str:
    """The page that says how it went."""
    said = {"sso": word, "provider": provider, **({"next": own_path(next)} if next != "/" else {})}
    return f"/signin?{urlencode(said)}"


def _sent_on(url: str, *cookies: Cookie) -> Redirect:
    return Redirect(url, status_code=303, headers=_NOT_KEPT, cookies=list(cookies))


def _cookie(request: Request[Any, Any, Any], name: str, value: str) -> Cookie:
    """Empty: taken back. `lax`, since a browser comes back from elsewhere."""
    return Cookie(
        key=_name(request, name),
        value=value,
        max_age=_AWAY_SECONDS if value else 0,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def _name(request: Request[Any, Any, Any], name: str) -> str:
    return f"__Host-{name}" if request.url.scheme == "https" else name


def _body(link: Link) -> LinkedIdentityBody:
    return LinkedIdentityBody(link.id, link.provider, link.email, link.linked_at, link.used_at)
