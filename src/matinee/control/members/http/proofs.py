"""The outside door of proofs: the step up, and the factors of an account."""

import io
from dataclasses import dataclass
from typing import Any

import segno
from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from matinee.control.members.api import SignedIn
from matinee.control.members.api.proofs import Proof, Proofs, RecoveryCodes
from matinee.control.members.http.cookies import address_of, cookies_of
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller

NOT_KEPT = {"cache-control": "no-store"}
"""What is shown once is kept by nobody on its way, nor to answer the same request again."""


@dataclass(frozen=True, slots=True)
class ProofBody:
    password: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class SteppedUpBody:
    expires_at: Instant
    token: str = ""
    """For who came with a bearer token: the one to show from now on. A browser has it as a cookie."""


@dataclass(frozen=True, slots=True)
class FactorBody:
    kind: str
    added_at: Instant
    asked: bool


@dataclass(frozen=True, slots=True)
class FactorsBody:
    has_password: bool
    factors: list[FactorBody]
    recovery_codes: int


@dataclass(frozen=True, slots=True)
class NewTotpBody:
    secret: str
    uri: str
    qr_svg: str


@dataclass(frozen=True, slots=True)
class CodeBody:
    code: str


@dataclass(frozen=True, slots=True)
class RecoveryCodesBody:
    codes: tuple[str, ...]


def proof_routes(proofs: Proofs) -> list[HTTPRouteHandler]:
    return [*_step_routes(proofs), *_factor_routes(proofs)]


def _step_routes(proofs: Proofs) -> list[HTTPRouteHandler]:
    @post("/sessions/step-up", status_code=200, summary="Prove that it is still you")
    async def step_up(
        data: JSONBody[ProofBody], request: Request[Any, Any, Any], caller: NamedDependency[Caller]
    ) -> Response[SteppedUpBody]:
        proof = Proof(data.password, data.code)
        signed = await proofs.step_up(AccountId(caller.account), caller.device, proof, address=address_of(request))
        return renewed(request, signed)

    return [step_up]


def renewed(request: Request[Any, Any, Any], signed: SignedIn) -> Response[SteppedUpBody]:
    """The device's new token, where it keeps its token."""
    bearer = "authorization" in request.headers
    body = SteppedUpBody(signed.expires_at, signed.token if bearer else "")
    return Response(body, cookies=[] if bearer else cookies_of(request, signed), headers=NOT_KEPT)


def _factor_routes(proofs: Proofs) -> list[HTTPRouteHandler]:
    async def recent(caller: Caller) -> AccountId:
        account = AccountId(caller.account)
        await proofs.require_recent(account, caller.device)
        return account

    @get("/accounts/current/mfa", summary="What proves the account beside its password")
    async def factors(caller: NamedDependency[Caller]) -> FactorsBody:
        found = await proofs.factors(AccountId(caller.account))
        listed = [FactorBody(f.kind, f.added_at, f.asked) for f in found.factors]
        return FactorsBody(found.has_password, listed, found.recovery_codes)

    @post("/accounts/current/mfa/totp", status_code=201, summary="Begin to set up an authenticator")
    async def begin(caller: NamedDependency[Caller]) -> Response[NewTotpBody]:
        new = await proofs.begin_totp(await recent(caller))
        drawn = io.BytesIO()
        segno.make(new.uri, error="m").save(drawn, kind="svg", scale=4, light="#fff", xmldecl=False)
        return Response(NewTotpBody(new.secret, new.uri, drawn.getvalue().decode()), headers=NOT_KEPT)

    @put("/accounts/current/mfa/totp", summary="Confirm it by a code; from then on it is asked for")
    async def confirm(data: JSONBody[CodeBody], caller: NamedDependency[Caller]) -> Response[RecoveryCodesBody]:
        return _codes(await proofs.confirm_totp(await recent(caller), data.code))

    @delete("/accounts/current/mfa/totp", status_code=204, summary="Remove the authenticator")
    async def remove(caller: NamedDependency[Caller]) -> None:
        await proofs.remove_totp(await recent(caller))

    @post("/accounts/current/mfa/recovery-codes", status_code=201, summary="New recovery codes instead of those before")
    async def renew(caller: NamedDependency[Caller]) -> Response[RecoveryCodesBody]:
        return _codes(await proofs.renew_recovery_codes(await recent(caller)))

    return [factors, begin, confirm, remove, renew]


def _codes(new: RecoveryCodes) -> Response[RecoveryCodesBody]:
    return Response(RecoveryCodesBody(new.codes), headers=NOT_KEPT)
