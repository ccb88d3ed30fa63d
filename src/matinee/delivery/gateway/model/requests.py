"""What a request is, read from its headers alone."""

from collections.abc import Iterable, Mapping, Sequence
from http.cookies import CookieError, SimpleCookie

from matinee.kernel.errors import InvalidInput

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name. What came in several lines is one list: RFC 9110 5.3, and for cookies RFC 9113 8.2.3."""
    found: dict[str, str] = {}
    for name_, value_ in raw:
        name, value = name_.decode("latin-1").lower(), value_.decode("latin-1")
        found[name] = f"{found[name]}{'; ' if name == 'cookie' else ', '}{value}" if name in found else value
    return found


def sign_in_of(headers: Mapping[str, str], cookies: Sequence[str]) -> str | None:
    """The sign-in token: a bearer token wins over a cookie."""
    if (token := bearer_of(headers)) is not None:
        return token
    for name in cookies:
        if (found := cookie_of(headers, name)) is not None:
            return found
    return None


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """One of a sign-in: those with a dot are tickets for something else."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token and "." not in token else None


def cookie_of(headers: Mapping[str, str], name: str) -> str | None:
    try:
        jar = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return jar[name].value or None if name in jar else None


def declared_length(headers: Mapping[str, str]) -> int:
    """What the request says of its body's size; zero where it says nothing."""
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput("The Content-Length of this request is not a number.")
    return int(text[:20])


def is_foreign(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a changing request comes from a page of another origin. Browsers say so; other clients send neither header.

    A bearer token is in no browser that would show it by itself: who sends one means it, and no cookie is looked at.
    """
    if method in _SAFE_METHODS or bearer_of(headers) is not None:
        return False
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.split("://", 1)[-1] != headers.get("host")
