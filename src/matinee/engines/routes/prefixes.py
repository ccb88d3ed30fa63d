"""Addresses and prefixes, from the bytes of BGP to text. This is where a full table spends its time."""

from collections.abc import Callable
from socket import AF_INET6, inet_ntop

from matinee.engines.routes.port import Family

# The bits of a prefix's last byte that count, by its length modulo 8.
_MASKS = tuple(0xFF00 >> (length % 8) & 0xFF if length % 8 else 0xFF for length in range(129))
_BYTES = tuple((length + 7) // 8 for length in range(129))
_PADDING = tuple(bytes(count) for count in range(17))


class NotPrefixes(Exception):
    """A length beyond the family's, or fewer bytes than it says."""


def ipv4_prefixes(data: bytes) -> tuple[str, ...]:
    found: list[str] = []
    append = found.append
    at, end = 0, len(data)
    try:
        while at < end:
            length = data[at]
            count = _BYTES[length]
            last = data[at + count] & _MASKS[length]
            if count == 3:
                append(f"{data[at + 1]}.{data[at + 2]}.{last}.0/{length}")
            elif count == 2:
                append(f"{data[at + 1]}.{last}.0.0/{length}")
            elif count == 4:
                append(f"{data[at + 1]}.{data[at + 2]}.{data[at + 3]}.{last}/{length}")
            elif count == 1:
                append(f"{last}.0.0.0/{length}")
            elif count == 0:
                append("0.0.0.0/0")
            else:
                raise NotPrefixes
            at += count + 1
    except IndexError:
        raise NotPrefixes from None
    return tuple(found)


def ipv6_prefixes(data: bytes) -> tuple[str, ...]:
    found: list[str] = []
    at, end = 0, len(data)
    while at < end:
        length = data[at]
        if length > 128:
            raise NotPrefixes
        count = _BYTES[length]
        stop = at + 1 + count
        if stop > end:
            raise NotPrefixes
        network = data[at + 1 : stop]
        if length % 8:
            network = network[:-1] + bytes((network[-1] & _MASKS[length],))
        found.append(f"{ipv6_text(network + _PADDING[16 - count])}/{length}")
        at = stop
    return tuple(found)


def ipv4_text(address: bytes) -> str:
    return f"{address[0]}.{address[1]}.{address[2]}.{address[3]}"


def ipv6_text(address: bytes) -> str:
    text = inet_ntop(AF_INET6, address)
    if "." not in text:
        return text
    # The C library ends some addresses in dotted decimals, and Pythons differ about it; one form is enough.
    high, low = int.from_bytes(address[12:14], "big"), int.from_bytes(address[14:], "big")
    return f"::ffff:{high:x}:{low:x}" if address[10:12] == b"\xff\xff" else f"::{high:x}:{low:x}"


READERS: dict[Family, Callable[[bytes], tuple[str, ...]]] = {"ipv4": ipv4_prefixes, "ipv6": ipv6_prefixes}
