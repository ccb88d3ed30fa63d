"""Webhook signatures, as Stripe writes them: `t=<seconds>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`."""

import hashlib
import hmac

from matinee.engines.payments.port import ForgedNotice
from matinee.kernel.quantities import Instant

TOLERANCE_SECONDS = 300
_HEADER_LENGTH_MAX = 2000


def sign(body: bytes, secret: bytes, at: Instant) -> str:
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={_mac(seconds, body, secret)}"


def check(header: str, body: bytes, secret: bytes, now: Instant) -> None:
    """Raises `ForgedNotice`. Several `v1` may stand there while a secret is being changed."""
    pairs = [part.strip().partition("=") for part in header[:_HEADER_LENGTH_MAX].split(",")]
    at = next((value for name, _, value in pairs if name == "t"), "")
    if not (at.isascii() and at.isdecimal() and len(at) <= 12):
        raise ForgedNotice
    expected = _mac(at, body, secret).encode()
    given = [value.encode() for name, _, value in pairs if name == "v1"]
    is_signed = any(hmac.compare_digest(expected, each) for each in given)
    if not is_signed or abs(now.timestamp() - int(at)) > TOLERANCE_SECONDS:
        raise ForgedNotice


def _mac(seconds: str, body: bytes, secret: bytes) -> str:
    return hmac.new(secret, seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
