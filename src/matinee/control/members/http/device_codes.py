"""The outside door of screens without a keyboard (RFC 8628), and of the member who lets them in.

The names of the answers are the RFC's, inside the service's envelope; its errors stand in the problem document as `error`.
"""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from matinee.control.members.api import Members
from matinee.control.members.api.device_codes import DeviceCodes
from matinee.control.members.api.proofs import Proofs
from matinee.control.members.http.cookies import address_of, signed_in_here
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller


@dataclass(frozen=True, slots=True)
class AskBody:
    device: str = ""
    """What it calls itself: shown to whoever lets it in."""


@dataclass(frozen=True, slots=True)
class DeviceCodeBody:
    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int
    qr_svg: str


@dataclass(frozen=True, slots=True)
class CollectBody:
    device_code: str
    grant_type: str = "urn:ietf:params:oauth:grant-type:device_code"
    cookie: bool = False
    """A page keeps the sign-in as a cookie, where its scripts do not see it."""


@dataclass(frozen=True, slots=True)
class ScreenTokenBody:
    access_token: str | None
    """None where it went into a cookie."""
    token_type: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class UserCodeBody:
    user_code: str


@dataclass(frozen=True, slots=True)
class WaitingDeviceBody:
    device: str
    address: str
    nearby: bool
    asked_at: Instant


@dataclass(frozen=True, slots=True)
class DecisionOnDeviceBody:
    user_code: str
    allow: bool


def device_code_routes(codes: DeviceCodes, proofs: Proofs, members: Members) -> list[HTTPRouteHandler]:
    return [*_screen_routes(codes, members), *_member_routes(codes, proofs)]


def _screen_routes(codes: DeviceCodes, members: Members) -> list[HTTPRouteHandler]:
    @post("/auth/device-code", status_code=200, summary="A code for a screen that wants to sign in")
    async def ask(data: JSONBody[AskBody], request: Request[Any, Any, Any]) -> DeviceCodeBody:
        device = data.device or request.headers.get("user-agent", "")
        c = await codes.ask(device=device, address=address_of(request))
        return DeviceCodeBody(
            c.device_code,
            c.user_code,
            c.verification_uri,
            c.verification_uri_complete,
            c.expires_in,
            c.interval,
            c.qr_svg,
        )

    @post("/auth/device-code/token", status_code=200, summary="Whether a screen has been let in; its sign-in")
    async def collect(data: JSONBody[CollectBody], request: Request[Any, Any, Any]) -> Response[ScreenTokenBody]:
        signed = await codes.collect(data.device_code)
        token = None if data.cookie else signed.token
        body = ScreenTokenBody(token, "Bearer", signed.expires_at)
        # A sign-in is nobody's to keep on the way.
        headers = {"cache-control": "no-store"}
        cookies = await signed_in_here(request, signed, members) if data.cookie else []
        return Response(body, headers=headers, cookies=cookies)

    return [ask, collect]


def _member_routes(codes: DeviceCodes, proofs: Proofs) -> list[HTTPRouteHandler]:
    @post("/auth/device-code/look", status_code=200, summary="Which screen shows this code")
    async def look(
        data: JSONBody[UserCodeBody], request: Request[Any, Any, Any], caller: NamedDependency[Caller]
    ) -> WaitingDeviceBody:
        found = await codes.look(AccountId(caller.account), data.user_code, address=address_of(request))
        return WaitingDeviceBody(found.device, found.address, found.nearby, found.asked_at)

    @post("/auth/device-code/decision", status_code=204, summary="Let a screen in, or not")
    async def decide(
        data: JSONBody[DecisionOnDeviceBody], request: Request[Any, Any, Any], caller: NamedDependency[Caller]
    ) -> None:
        account = AccountId(caller.account)
        if data.allow:
            await proofs.require_recent(account, caller.device)
        await codes.decide(account, data.user_code, allow=data.allow, address=address_of(request))

    return [look, decide]
