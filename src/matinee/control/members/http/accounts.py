"""The outside door of accounts: confirming, winning back, changing, leaving."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, delete, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from matinee.control.members.api.accounts import Accounts
from matinee.control.members.api.proofs import Proofs
from matinee.control.members.http.cookies import address_of, mark_cookie, sign_out_cookies
from matinee.control.members.http.proofs import SteppedUpBody, renewed
from matinee.kernel.ids import AccountId
from matinee.wire.callers import Caller


@dataclass(frozen=True, slots=True)
class MailedLinkBody:
    token: str
    """What stands behind the `#` of the link."""
    password: str = ""
    """The one of the account, or chosen at sign-up: the letter may be somebody else's doing."""


@dataclass(frozen=True, slots=True)
class VerifiedBody:
    email: str


@dataclass(frozen=True, slots=True)
class EmailBody:
    email: str


@dataclass(frozen=True, slots=True)
class LetterSentBody:
    """The same whether there is such an account or not."""

    email: str


@dataclass(frozen=True, slots=True)
class NewPasswordBody:
    token: str
    password: str


@dataclass(frozen=True, slots=True)
class PasswordChangeBody:
    password: str
    """The new one."""
    present: str = ""
    """Empty for an account that has none yet."""


def account_routes(accounts: Accounts, proofs: Proofs) -> list[HTTPRouteHandler]:
    return [*_letter_routes(accounts), *_own_routes(accounts, proofs)]


def _letter_routes(accounts: Accounts) -> list[HTTPRouteHandler]:
    @post("/accounts/verify", status_code=200, summary="Confirm an address by the link of a letter")
    async def verify(data: JSONBody[MailedLinkBody], request: Request[Any, Any, Any]) -> VerifiedBody:
        return VerifiedBody((await accounts.verify(data.token, data.password, address=address_of(request))).email)

    @post("/accounts/verify/again", status_code=202, summary="The letter of a sign-up once more")
    async def again(data: JSONBody[EmailBody], request: Request[Any, Any, Any]) -> LetterSentBody:
        await accounts.send_again(data.email, address=address_of(request))
        return LetterSentBody(data.email)

    @post("/accounts/password-reset", status_code=202, summary="A letter with a link to choose a new password")
    async def forgot(data: JSONBody[EmailBody], request: Request[Any, Any, Any]) -> LetterSentBody:
        await accounts.forgot_password(data.email, address=address_of(request))
        return LetterSentBody(data.email)

    @put("/accounts/password-reset", status_code=204, summary="Choose a new password by the link of a letter")
    async def reset(data: JSONBody[NewPasswordBody], request: Request[Any, Any, Any]) -> Response[None]:
        mark = await accounts.reset_password(data.token, data.password, address=address_of(request))
        return Response(None, status_code=204, cookies=[mark_cookie(request, mark)])

    return [verify, again, forgot, reset]


def _own_routes(accounts: Accounts, proofs: Proofs) -> list[HTTPRouteHandler]:
    async def recent(caller: Caller) -> AccountId:
        account = AccountId(caller.account)
        await proofs.require_recent(account, caller.device)
        return account

    @put("/accounts/current/password", summary="Change the password; every other device is signed out")
    async def password(
        data: JSONBody[PasswordChangeBody], request: Request[Any, Any, Any], caller: NamedDependency[Caller]
    ) -> Response[SteppedUpBody]:
        account = await recent(caller)
        signed = await accounts.change_password(account, caller.device, present=data.present, password=data.password)
        return renewed(request, signed)

    @put("/accounts/current/email", status_code=202, summary="Move to another address, once it is confirmed")
    async def email(data: JSONBody[EmailBody], caller: NamedDependency[Caller]) -> LetterSentBody:
        await accounts.change_email(await recent(caller), data.email)
        return LetterSentBody(data.email)

    @delete("/sessions", status_code=204, summary="Sign every other device out")
    async def everywhere(caller: NamedDependency[Caller]) -> None:
        await accounts.sign_out_everywhere(await recent(caller), but=caller.device)

    @delete("/accounts/current", status_code=200, summary="Delete the account with all that belongs to it")
    async def leave(request: Request[Any, Any, Any], caller: NamedDependency[Caller]) -> Response[None]:
        await accounts.delete(await recent(caller))
        return Response(None, cookies=sign_out_cookies(request))

    return [password, email, everywhere, leave]
