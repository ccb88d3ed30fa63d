"""What members keep in a browser: the sign-in, and the mark of a device that signed in before. No script reads either."""

import re
from contextlib import suppress
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from matinee.control.members.api import SIGN_IN_DAYS, Members, SignedIn
from matinee.kernel.errors import NotSignedIn

COOKIE_PLAIN, COOKIE_TLS = "matinee", "__Host-matinee"
MARK_PLAIN, MARK_TLS = "matinee-device", "__Host-matinee-device"
_MARK_DAYS = 365
_GIVEN = re.compile(rf"(?:^|, )(?:{COOKIE_PLAIN}|{COOKIE_TLS})=([^;,]+)")


def address_of(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else ""


def known_of(request: Request[Any, Any, Any]) -> str:
    """The mark this browser was given, or nothing."""
    return request.cookies.get(MARK_TLS if _is_tls(request) else MARK_PLAIN, "")[:200]


def sign_in_of(request: Request[Any, Any, Any]) -> str:
    """The sign-in that this browser has, or nothing."""
    return request.cookies.get(COOKIE_TLS if _is_tls(request) else COOKIE_PLAIN, "")[:200]


def cookies_of(request: Request[Any, Any, Any], signed: SignedIn) -> list[Cookie]:
    tls = _is_tls(request)
    found = [_cookie(request, COOKIE_TLS if tls else COOKIE_PLAIN, signed.token, SIGN_IN_DAYS)]
    if signed.mark:
        found.append(mark_cookie(request, signed.mark))
    return found


async def signed_in_here(request: Request[Any, Any, Any], signed: SignedIn, members: Members) -> list[Cookie]:
    """What this browser showed until now is nobody's: a sign-in begins with a token of its own, and ends the other."""
    if before := sign_in_of(request):
        with suppress(NotSignedIn):
            found = await members.identify(before, None)
            await members.sign_out(found.account.id, found.sign_in.id)
    return cookies_of(request, signed)


def mark_cookie(request: Request[Any, Any, Any], mark: str) -> Cookie:
    return _cookie(request, MARK_TLS if _is_tls(request) else MARK_PLAIN, mark, _MARK_DAYS)


def sign_out_cookies(request: Request[Any, Any, Any]) -> list[Cookie]:
    """The mark stays: the device is as known as before."""
    return [_cookie(request, COOKIE_TLS if _is_tls(request) else COOKIE_PLAIN, "", 0)]


def token_in(set_cookie: str) -> str:
    """For clients without a browser: the sign-in that an answer gave, among what else it gave."""
    found = _GIVEN.search(set_cookie)
    return "" if found is None else found[1]


def _is_tls(request: Request[Any, Any, Any]) -> bool:
    return request.url.scheme == "https"


def _cookie(request: Request[Any, Any, Any], name: str, value: str, days: int) -> Cookie:
    """Over TLS the name itself forbids other hosts and paths; on plain loopback browsers would drop such a cookie."""
    return Cookie(
        key=name, value=value, max_age=days * 86400, path="/", secure=_is_tls(request), httponly=True, samesite="lax"
    )
