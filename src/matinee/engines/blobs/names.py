"""Which keys an object may have: relative paths of plain segments, the same on every engine."""

import unicodedata

from matinee.kernel.errors import InvalidInput

_KEY_BYTES_MAX = 1024
_SEGMENT_BYTES_MAX = 200
"""File systems allow 255; the rest is room for the suffixes of temporaries."""


class BadKey(InvalidInput):
    """The key could lead outside the store, or means different things on different engines."""


def parse_key(key: str) -> str:
    """The key itself, if it is one."""
    parse_prefix(key)
    for segment in key.split("/"):
        if segment in ("", ".", ".."):
            raise BadKey("An object's key is a relative path without empty, `.` or `..` parts.", key=key[:100])
        if len(segment.encode()) > _SEGMENT_BYTES_MAX:
            raise BadKey(f"A part of an object's key has at most {_SEGMENT_BYTES_MAX} bytes.", key=key[:100])
    return key


def parse_prefix(prefix: str) -> str:
    """The beginning of some keys: it may be empty or end within a segment, but never climb."""
    if any(unicodedata.category(char) in ("Cc", "Cs") or char == "\\" for char in prefix):
        raise BadKey("An object's key holds no control characters and no backslash.")
    if len(prefix.encode()) > _KEY_BYTES_MAX:
        raise BadKey(f"An object's key has at most {_KEY_BYTES_MAX} bytes.")
    if prefix.startswith("/") or any(segment in (".", "..") for segment in prefix.split("/")):
        raise BadKey("An object's key is a relative path without `.` or `..` parts.", key=prefix[:100])
    return prefix
