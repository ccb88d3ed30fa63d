"""How wire values become bytes: canonical JSON, base64url without padding, strict decoding."""

import base64
import binascii
import difflib
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
import msgspec.inspect

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


def from_json_exactly(data: bytes | str, kind: type[T], *, what: str) -> T:
    """For what people write by hand: a key that `kind` does not have is refused, for it was meant to say something."""
    value = from_json(data, kind, what=what)
    for key, known in _strangers(msgspec.json.decode(data), msgspec.inspect.type_info(kind)):
        near = difflib.get_close_matches(key, known, 1, cutoff=0.75)
        hint = f"Is it {near[0]!r}?" if near else f"There are: {', '.join(sorted(known))}."
        raise InvalidInput(f"{what} has {key!r}, which means nothing here. {hint}")
    return value


def _strangers(plain: Any, kind: msgspec.inspect.Type) -> Iterator[tuple[str, list[str]]]:
    """Keys that mean nothing, each with those that would."""
    if isinstance(kind, msgspec.inspect.UnionType):
        for one in kind.types:
            yield from _strangers(plain, one)
    elif isinstance(kind, msgspec.inspect.VarTupleType) and isinstance(plain, list):
        for item in plain:
            yield from _strangers(item, kind.item_type)
    elif isinstance(kind, msgspec.inspect.DataclassType) and isinstance(plain, dict):
        known = {field.encode_name: field.type for field in kind.fields}
        for key, value in plain.items():
            if key not in known:
                yield key, list(known)
            else:
                yield from _strangers(value, known[key])
