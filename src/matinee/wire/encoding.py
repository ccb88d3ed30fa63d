"""How wire values become bytes: canonical JSON, base64url without padding, strict decoding."""

import base64
import binascii
from typing import Any, TypeVar

import msgspec

from matinee.kernel.errors import InvalidInput

T = TypeVar("T")

_encoder = msgspec.json.Encoder(order="sorted")


def to_json(value: object) -> bytes:
    """Canonical: keys sorted, no spaces. The same value has the same bytes in every process."""
    return _encoder.encode(value)


def from_json(data: bytes | str, kind: type[T], *, what: str = "The message") -> T:
    """Decode and check in one go. The error names the field that is wrong."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{what} is not valid: {error}.") from None
    except RecursionError:
        raise InvalidInput(f"{what} is not valid: its lists and objects lie too deep in one another.") from None


def to_plain(value: object) -> Any:  # JSON's own shape has no narrower type
    return msgspec.to_builtins(value)


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text: str) -> bytes:
    """Strict: rejects padding, foreign characters and non-canonical endings, so one value has one spelling."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
    if b64url(data) != text:
        raise ValueError("not canonical base64url")
    return data
