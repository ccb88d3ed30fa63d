"""Passkeys without their cryptography: what a challenge says, what is kept of a key, which name keys can be bound to.

A challenge is a ticket: signed, for one purpose, one account and one sign-in, for minutes. Nothing is kept of it until it
is answered; then it is put by as spent, so that it counts once.
"""

import ipaddress
import json
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from matinee.wire.encoding import b64url, from_b64url

ANSWER_MAX = 32 << 10
"""Longest answer looked at, in characters: a credential with everything a browser may add is a tenth of it."""


class NotProved(Exception):
    """The answer does not prove it; why is for the log of whoever debugs an authenticator, never for who sent it."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A ticket. `purpose_of` and what it is bound to must be the same when it comes back."""

    purpose: ClassVar[str] = "passkey"
    kid: str
    exp: int
    nonce: str
    purpose_of: str
    account: str = ""
    bound: str = ""
    v: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """A credential as it is kept."""

    credential_id: str
    public_key: str
    """COSE, in base64url."""
    sign_count: int
    transports: tuple[str, ...]
    synced: bool


@dataclass(frozen=True, slots=True)
class Asserted:
    sign_count: int
    synced: bool


def origin_problem(scheme: str, host: str) -> str:
    """Why no passkey can be bound to this name; empty: one can. A browser on this machine has `localhost`."""
    if _is_address(host):
        if ipaddress.ip_address(host).is_loopback:
            return ""
        return f"Passkeys need a name, and {host} is an address. Start the service with --public-host NAME and TLS."
    if scheme != "https" and host != "localhost" and not host.endswith(".localhost"):
        return "Passkeys need TLS. Start the service with --certificate and --private-key."
    return ""


def origin_for_passkeys(scheme: str, host: str, port: int) -> str:
    """Where browsers of this house can use passkeys: at its name, which on this machine alone is `localhost`."""
    name = "localhost" if _is_address(host) else host.lower()
    return without_usual_port(f"{scheme}://{name}:{port}")


def challenge_of(answer: str) -> str:
    """The challenge a browser says it answers. Raises `NotProved`."""
    try:
        client_data = json.loads(from_b64url(parsed(answer)["response"]["clientDataJSON"]))
        return from_b64url(client_data["challenge"]).decode("ascii")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotProved("no challenge in it") from error


def credential_of(answer: str) -> tuple[str, str]:
    """Which key answers, and the handle of whom it says it belongs to (or nothing). Raises `NotProved`."""
    try:
        given = parsed(answer)
        handle = given["response"].get("userHandle") or ""
        return b64url(from_b64url(given["rawId"])), from_b64url(handle).decode("ascii")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotProved("no key named in it") from error


def is_copied(before: int, now: int) -> bool:
    """Whether a counter tells of a copy: it grows with each use, unless the key has none and says zero."""
    return (before > 0 or now > 0) and now <= before


def parsed(answer: str) -> dict[str, Any]:
    if len(answer) > ANSWER_MAX:
        raise NotProved("too long")
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise NotProved("no JSON") from error
    if not isinstance(found, dict):
        raise NotProved("no object")
    return found


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def without_usual_port(url: str) -> str:
    usual = {"https": ":443", "http": ":80"}[urlsplit(url).scheme]
    return url.removesuffix(usual)
