"""Signed tickets: a yes that is checked offline, wherever it is shown.

A ticket is `payload.mac`: base64url of canonical JSON, then base64url of HMAC-SHA256 over `matinee:<purpose>:<payload>`.
The purpose keeps one kind of ticket from passing for another; the key id lets keys rotate without ending a session.
Three kinds: the edge ticket stands in the path of every segment, the play token speaks for one playback session
(heartbeats, renewal), the license token opens keys. The caller ticket (`wire.callers`) has the same envelope.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, TypeVar

from matinee.kernel.errors import InvalidInput, NotAllowed
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import b64url, from_b64url, from_json, to_json

TICKET_LENGTH_MAX = 1024
_KEY_BYTES_MIN = 32
EXPIRED = "expired"


class TicketRefused(NotAllowed):
    """The ticket is forged, malformed, expired or for something else. Which of these is counted, never answered."""

    def __init__(self, reason: str) -> None:
        super().__init__("This link is not valid (any more). Press play again.")
        self.reason = reason


class Payload(Protocol):
    """What every ticket's payload says: its purpose, its key, its end."""

    purpose: ClassVar[str]

    @property
    def kid(self) -> str: ...

    @property
    def exp(self) -> int: ...


P = TypeVar("P", bound=Payload)


class Ring(Protocol):
    """Signing keys by id. New tickets use `current`; old ones verify while their key is still in the ring."""

    @property
    def current(self) -> str: ...

    @property
    def keys(self) -> Mapping[str, bytes]: ...


@dataclass(frozen=True, slots=True)
class KeyRing:
    """A ring that stays as it is."""

    current: str
    keys: Mapping[str, bytes]

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the current key is not in the ring")
        if any(len(key) < _KEY_BYTES_MIN for key in self.keys.values()):
            raise ValueError(f"a signing key has fewer than {_KEY_BYTES_MIN} bytes")


@dataclass(frozen=True, slots=True)
class EdgeTicket:
    """May fetch the files of these tiers of this release until `exp` (epoch seconds).

    `country` is that under whose rights playback said yes; it looks again when it renews a license. An edge has no way to
    tell where a client is, and only carries it on. `client` begins the spelling (`wire.clients`) of every address that may
    show the ticket.
    """

    purpose: ClassVar[str] = "edge"
    kid: str
    release: str
    tiers: tuple[str, ...]
    exp: int
    session: str
    country: str | None = None
    client: str | None = None
    v: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class PlayToken:
    """Speaks for one playback session."""

    purpose: ClassVar[str] = "play"
    kid: str
    session: str
    account: str
    profile: str
    title: str
    release: str
    exp: int
    v: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class LicenseToken:
    """May have the keys of these tiers of this release, for this session and device."""

    purpose: ClassVar[str] = "license"
    kid: str
    session: str
    account: str
    device: str
    release: str
    tiers: tuple[str, ...]
    exp: int
    jti: str
    v: Literal[1] = 1


def sign(payload: Payload, ring: Ring) -> str:
    body = b64url(to_json(payload))
    return f"{body}.{b64url(_mac(ring.keys[payload.kid], payload.purpose, body))}"


def verify(ticket: str, kind: type[P], keys: Mapping[str, bytes], *, now: Instant) -> P:
    """The payload, if a key in `keys` signed it for this purpose and it has not expired."""
    if len(ticket) > TICKET_LENGTH_MAX or ticket.count(".") != 1:
        raise TicketRefused("malformed")
    body, mac_text = ticket.split(".")
    try:
        mac = from_b64url(mac_text)
        payload = from_json(from_b64url(body), kind)
    except (ValueError, InvalidInput):
        raise TicketRefused("malformed") from None
    key = keys.get(payload.kid)
    if key is None:
        raise TicketRefused("unknown key")
    if not hmac.compare_digest(mac, _mac(key, kind.purpose, body)):
        raise TicketRefused("bad signature")
    if payload.exp <= now.timestamp():
        raise TicketRefused(EXPIRED)
    return payload


def admits(ticket: EdgeTicket, *, release: str, tier: str) -> bool:
    """Whether this ticket opens a file of that release and tier."""
    return hmac.compare_digest(ticket.release.encode(), release.encode()) and tier in ticket.tiers


def is_for(ticket: EdgeTicket, client: str) -> bool:
    """Whether whoever has this address, spelled as `wire.clients` does, may show it."""
    return not ticket.client or client.startswith(ticket.client)


def _mac(key: bytes, purpose: str, body: str) -> bytes:
    return hmac.digest(key, f"matinee:{purpose}:{body}".encode(), hashlib.sha256)
