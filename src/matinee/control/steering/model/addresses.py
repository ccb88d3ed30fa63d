"""Internet addresses as numbers, for a table that is asked thousands of times a second."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

from matinee.kernel.addresses import packed_address
from matinee.kernel.errors import InvalidInput

_MAPPED = 0xFFFF
"""What stands before the 32 bits of an IPv4 address that is written as an IPv6 one."""
_LENGTH = re.compile(r"[0-9]{1,3}\Z")


class Address(NamedTuple):
    """`bits` tells the families apart: 32 or 128."""

    bits: int
    number: int


class Prefix(NamedTuple):
    bits: int
    length: int
    network: int
    """The first `length` bits of its addresses, as a number."""

    def __str__(self) -> str:
        number = self.network << (self.bits - self.length)
        return f"{IPv4Address(number) if self.bits == 32 else IPv6Address(number)}/{self.length}"


def parse_address(text: str, *, field: str = "client") -> Address:
    """An IPv4 address within IPv6 is itself: a socket of both families names clients so."""
    try:
        if ":" not in text:
            return Address(32, int.from_bytes(packed_address(text)))
        number = int.from_bytes(packed_address(text.partition("%")[0]))
    except ValueError:
        raise InvalidInput(f"{text[:64]!r} is not an internet address.", field=field) from None
    return Address(32, number & 0xFFFFFFFF) if number >> 32 == _MAPPED else Address(128, number)


def parse_prefix(text: str, *, field: str | None = None) -> Prefix:
    """Bits after the length must be zero: two ways to write one prefix would be two entries."""
    start, _, length_text = text.partition("/")
    try:
        bits, number = (128, int(IPv6Address(start))) if ":" in start else (32, int(IPv4Address(start)))
    except AddressValueError:
        raise InvalidInput(f"{text[:64]!r} is not a prefix.", field=field) from None
    length = int(length_text) if _LENGTH.match(length_text) else -1
    if not 0 <= length <= bits:
        raise InvalidInput(f"{text[:64]!r} has no length between 0 and {bits}.", field=field)
    network = number >> (bits - length)
    if network << (bits - length) != number:
        raise InvalidInput(f"{text[:64]!r} has bits after its length.", field=field)
    return Prefix(bits, length, network)
