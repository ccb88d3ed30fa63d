"""Roll-out: which software an appliance is to run. Orders are numbered and signed as tombstones are; an appliance believes the
signature and the number, fetches, checks the hash, and only then runs anything. It says how far it is in its reports."""

from dataclasses import dataclass, replace
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from matinee.wire.encoding import b64url, from_b64url, to_json
from matinee.wire.purge import PurgeKey

BUILD_BYTES_MAX = 32 << 20
_PURPOSE = b"matinee-slot-order-v1\n"

SlotState = Literal["running", "wanted", "ready", "trial", "fell back"]
"""Runs what is in force; fetches another build; has it and waits to be let go; tries it; tried it, and went back."""


@dataclass(frozen=True, slots=True)
class SlotOrder:
    """Run this build. Fetched at once; started only when `go` says so, for then nobody is sent to the appliance."""

    number: int
    """Never smaller than that of an order before it, so that an old order cannot be played again."""
    build: str
    sha256: str
    """Of the whole file. Empty: what is installed there, which needs no file."""
    size: int
    go: bool = False
    signature: str = ""
    """Base64url of Ed25519 over all of the above."""
    version: int = 1


@dataclass(frozen=True, slots=True)
class SlotReport:
    """How far an appliance is with the last order that it believed."""

    state: SlotState = "running"
    order: int = 0
    build: str = ""
    """The one that was ordered last."""
    reason: str = ""
    """Why it went back, or why it cannot be fetched."""
    refused: int = 0
    """Orders that it did not believe, since its start."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a server did since its start, as sums: whoever misses a report misses nothing."""

    requests: int
    bytes: int
    refused: int
    """Answered with 4xx."""
    errors: int
    """Answered with 5xx."""
    processor_s: float = 0.0
    """Of the agent with its serving processes; 0: it cannot be told there."""
    sessions: int = 0
    """Those that were served, counted anew each minute."""
    starved: int = 0
    """How many times players had run dry, where they say so."""


def sign_order(key: PurgeKey, order: SlotOrder) -> SlotOrder:
    return replace(order, signature=b64url(key.signature(_signed_part(order))))


def is_order_signed_by(order: SlotOrder, public_key: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(from_b64url(public_key))
        key.verify(from_b64url(order.signature), _signed_part(order))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed_part(order: SlotOrder) -> bytes:
    return _PURPOSE + to_json(replace(order, signature=""))
