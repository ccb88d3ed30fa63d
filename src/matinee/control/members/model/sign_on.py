"""What binds a sign-in at a provider to the browser that set out for it, and what an ID token has to say (OpenID Connect)."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from urllib.parse import urlencode, urlsplit

from matinee.wire.encoding import b64url

ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
"""Signatures by a key that only the provider has. None that is shared, and not none."""
LEEWAY_SECONDS = 60
_TEXT_MAX = 255
_NEXT_MAX = 300
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class NotTrusted(Exception):
    """Something a provider said, or someone in its name, does not hold. For the log."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A ticket that the browser carries as a cookie: what it set out for."""

    purpose: ClassVar[str] = "oidc"
    kid: str
    exp: int
    provider: str
    state_hash: str
    next: str
    account: str = ""
    bound: str = ""
    v: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class KnownThere:
    """A ticket: who somebody is at a provider, while they prove who they are here."""

    purpose: ClassVar[str] = "oidc-identity"
    kid: str
    exp: int
    provider: str
    subject: str
    account: str
    """Whose address the provider vouches for."""
    v: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Discovered:
    """What is used of a provider's own description."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    """Empty where there is none."""
    secret_in_body: bool
    """It takes the client's secret only in the form, not in the header."""
    says_iss: bool
    """It names itself in what it sends back (RFC 9207), so an answer without is not its own."""


@dataclass(frozen=True, slots=True)
class Identity:
    issuer: str
    subject: str
    email: str
    """Empty where the provider does not vouch for it."""


def own_path(wanted: str) -> str:
    """Only a path of this service: whatever could name another host goes home."""
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and len(wanted) <= _NEXT_MAX
    clean = all(" " < c < "\x7f" and c != "\\" for c in wanted)
    return wanted if is_own and clean else "/"


def discovered(document: Mapping[str, Any], issuer: str) -> Discovered:
    """Raises `NotTrusted`: a description of another issuer, or places that would be asked in the open."""
    if document.get("issuer") != issuer:
        raise NotTrusted("the description is another issuer's")
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if not isinstance(methods, list):
        raise NotTrusted("its ways to authenticate are no list")
    return Discovered(
        issuer,
        _endpoint(document, "authorization_endpoint", issuer),
        _endpoint(document, "token_endpoint", issuer),
        _endpoint(document, "jwks_uri", issuer),
        _endpoint(document, "userinfo_endpoint", issuer) if "userinfo_endpoint" in document else "",
        "client_secret_basic" not in methods and "client_secret_post" in methods,
        document.get("authorization_response_iss_parameter_supported") is True,
    )


def is_safe_url(url: str) -> bool:
    """TLS, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def derived(state: str, key: bytes, what: str) -> str:
    """The nonce and the code's verifier follow from the state and a key of ours, so neither is kept anywhere."""
    return b64url(hmac.digest(key, f"oidc:{what}:{state}".encode(), hashlib.sha256))


def departure_url(
    place: Discovered, *, client_id: str, redirect_uri: str, scopes: tuple[str, ...], state: str, key: bytes
) -> str:
    verifier = derived(state, key, "verifier")
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "nonce": derived(state, key, "nonce"),
        "code_challenge": b64url(hashlib.sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in place.authorization_endpoint else "?"
    return f"{place.authorization_endpoint}{joint}{urlencode(asked)}"


def identity_of(claims: Mapping[str, Any], issuer: str) -> Identity:
    """Of claims whose signature and times were looked at. Raises `NotTrusted`."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= _TEXT_MAX or len(issuer) > _TEXT_MAX:
        raise NotTrusted("no subject")
    email = claims.get("email")
    vouched = claims.get("email_verified") is True and isinstance(email, str) and len(email) <= _TEXT_MAX
    return Identity(issuer, subject, str(email) if vouched else "")


def _endpoint(document: Mapping[str, Any], name: str, issuer: str) -> str:
    url = document.get(name)
    if not isinstance(url, str) or not is_safe_url(url):
        raise NotTrusted(f"its {name} is no place with TLS")
    if issuer.startswith("https:") and not url.startswith("https:"):
        raise NotTrusted(f"its {name} has no TLS")
    return url
