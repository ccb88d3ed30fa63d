"""Passkeys' outside door. What browsers are asked and answer keeps the names that WebAuthn gives it."""

import json
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from matinee.control.members.api import Members
from matinee.control.members.api.passkeys import Passkey, Passkeys
from matinee.control.members.http.cookies import cookies_of, known_of
from matinee.control.members.http.members import SignedInBody, signed_in
from matinee.control.members.http.proofs import NOT_KEPT, SteppedUpBody
from matinee.kernel.ids import AccountId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller

_FACTORS = "/accounts/current/mfa/passkeys"


@dataclass(frozen=True, slots=True)
class PasskeyBody:
    id: str
    name: str
    added_at: Instant
    used_at: Instant | None
    synced: bool
    stopped: bool


@dataclass(frozen=True, slots=True)
class NewPasskeyBody:
    name: str
    response: dict[str, Any]
    """A `RegistrationResponseJSON`."""


@dataclass(frozen=True, slots=True)
class AddedPasskeyBody:
    passkey: PasskeyBody
    recovery_codes: tuple[str, ...]
    """With an account's first second factor; shown once."""


@dataclass(frozen=True, slots=True)
class PasskeyNameBody:
    name: str


@dataclass(frozen=True, slots=True)
class PasskeyAskBody:
    second_step: str = ""
    """After a password: what `POST /sessions` answered. Without, the passkey says who it is."""


@dataclass(frozen=True, slots=True)
class AssertionBody:
    response: dict[str, Any]
    """An `AuthenticationResponseJSON`."""
    second_step: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class StepUpAssertionBody:
    response: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CeremonyBody:
    public_key: dict[str, Any]
    """For `navigator.credentials`, through `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`."""


def passkey_routes(passkeys: Passkeys, members: Members) -> list[HTTPRouteHandler]:
    return [*_kept_routes(passkeys), *_sign_in_routes(passkeys, members), *_step_up_routes(passkeys)]


def _kept_routes(passkeys: Passkeys) -> list[HTTPRouteHandler]:
    @get(_FACTORS, summary="The account's passkeys")
    async def kept(caller: NamedDependency[Caller]) -> list[PasskeyBody]:
        return [_body(p) for p in await passkeys.all(AccountId(caller.account))]

    @post(f"{_FACTORS}/options", status_code=200, summary="What a browser is asked to add a passkey")
    async def begin(caller: NamedDependency[Caller]) -> CeremonyBody:
        return _ceremony(await passkeys.begin_adding(AccountId(caller.account), caller.device))

    @post(_FACTORS, status_code=201, summary="Add a passkey")
    async def add(data: JSONBody[NewPasskeyBody], caller: NamedDependency[Caller]) -> Response[AddedPasskeyBody]:
        answer = json.dumps(data.response)
        added = await passkeys.add(AccountId(caller.account), caller.device, answer, name=data.name)
        return Response(AddedPasskeyBody(_body(added.passkey), added.recovery_codes), headers=NOT_KEPT)

    @patch(f"{_FACTORS}/{{passkey_id:str}}", summary="Name a passkey")
    async def rename(
        passkey_id: FromPath[str], data: JSONBody[PasskeyNameBody], caller: NamedDependency[Caller]
    ) -> PasskeyBody:
        found = parse_id(passkey_id, what="passkey_id")
        return _body(await passkeys.rename(AccountId(caller.account), found, data.name))

    @delete(f"{_FACTORS}/{{passkey_id:str}}", status_code=204, summary="Remove a passkey")
    async def remove(passkey_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        found = parse_id(passkey_id, what="passkey_id")
        await passkeys.remove(AccountId(caller.account), caller.device, found)

    return [kept, begin, add, rename, remove]


def _sign_in_routes(passkeys: Passkeys, members: Members) -> list[HTTPRouteHandler]:
    @post("/sessions/passkey/options", status_code=200, summary="What a browser is asked to sign in by passkey")
    async def begin(data: JSONBody[PasskeyAskBody]) -> CeremonyBody:
        return _ceremony(await passkeys.begin_sign_in(data.second_step))

    @post("/sessions/passkey", status_code=201, summary="Sign in by passkey, alone or after a password")
    async def sign_in(data: JSONBody[AssertionBody], request: Request[Any, Any, Any]) -> Response[SignedInBody]:
        answer = json.dumps(data.response)
        if data.second_step:
            found = await passkeys.second_step(data.second_step, answer, known=known_of(request))
        else:
            device = data.device or request.headers.get("user-agent", "")
            found = await passkeys.sign_in(answer, device=device, known=known_of(request))
        return await signed_in(request, found, members)

    return [begin, sign_in]


def _step_up_routes(passkeys: Passkeys) -> list[HTTPRouteHandler]:
    @post("/sessions/step-up/passkey/options", status_code=200, summary="What a browser is asked to prove it is you")
    async def begin(caller: NamedDependency[Caller]) -> CeremonyBody:
        return _ceremony(await passkeys.begin_step_up(AccountId(caller.account), caller.device))

    @post("/sessions/step-up/passkey", status_code=200, summary="Prove by passkey that it is still you")
    async def prove(
        data: JSONBody[StepUpAssertionBody], request: Request[Any, Any, Any], caller: NamedDependency[Caller]
    ) -> Response[SteppedUpBody]:
        signed = await passkeys.step_up(AccountId(caller.account), caller.device, json.dumps(data.response))
        bearer = "authorization" in request.headers
        body = SteppedUpBody(signed.expires_at, signed.token if bearer else "")
        return Response(body, cookies=[] if bearer else cookies_of(request, signed), headers=NOT_KEPT)

    return [begin, prove]


def _body(passkey: Passkey) -> PasskeyBody:
    p = passkey
    return PasskeyBody(p.id, p.name, p.added_at, p.used_at, p.synced, p.stopped)


def _ceremony(asked: str) -> CeremonyBody:
    return CeremonyBody(json.loads(asked))
