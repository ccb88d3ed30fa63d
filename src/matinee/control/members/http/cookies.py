"""What members keep in a browser: the sign-in, and the mark of a device that signed in before. No script reads either."""

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from matinee.control.members.api import SIGN_IN_DAYS, SignedIn

COOKIE_PLAIN, COOKIE_TLS = "matinee", "__Host-matinee"
MARK_PLAIN, MARK_TLS = "matinee-device", "__Host-matinee-device"
_MARK_DAYS = 365


def address_of(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else ""


def known_of(request: Request[Any, Any, Any]) -> str:
    """The mark this browser was given, or nothing."""
    return request.cookies.get(MARK_TLS if _is_tls(request) else MARK_PLAIN, "")[:200]


def cookies_of(request: Request[Any, Any, Any], signed: SignedIn) -> list[Cookie]:
    tls = _is_tls(request)
    found = [_cookie(request, COOKIE_TLS if tls else COOKIE_PLAIN, signed.token, SIGN_IN_DAYS)]
    if signed.mark:
        found.append(_cookie(request, MARK_TLS if tls else MARK_PLAIN, signed.mark, _MARK_DAYS))
    return found


def sign_out_cookies(request: Request[Any, Any, Any]) -> list[Cookie]:
    """The mark stays: the device is as known as before."""
    return [_cookie(request, COOKIE_TLS if _is_tls(request) else COOKIE_PLAIN, "", 0)]


def _is_tls(request: Request[Any, Any, Any]) -> bool:
    return request.url.scheme == "https"


def _cookie(request: Request[Any, Any, Any], name: str, value: str, days: int) -> Cookie:
    """Over TLS the name itself forbids other hosts and paths; on plain loopback browsers would drop such a cookie."""
    return Cookie(
        key=name, value=value, max_age=days * 86400, path="/", secure=_is_tls(request), httponly=True, samesite="lax"
    )
