"""Addresses of clients, spelled so that a prefix of the text is a prefix of the address.

`4:` or `6:`, and the address in hexadecimal digits: 198.51.100.7 is `4:c6336407`, and `4:c63364` stands for all of
198.51.100.0/24. Whoever compares need not know how addresses are written, of which IPv6 has a dozen ways.
"""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

_KEPT_DIGITS = {4: 6, 6: 12}
"""Of a client's network: /24 and /48, which is what one line or one site commonly has."""


def spelled(address: str) -> str:
    """An IPv4 address within IPv6 is itself: a socket of both families names clients so. Empty for what is no address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return f"{found.version}:{found.packed.hex()}"


@lru_cache(20_000)
def network_of(address: str) -> str | None:
    """The prefix that stands for the network this address is in."""
    text = spelled(address)
    return text[: 2 + _KEPT_DIGITS[int(text[0])]] if text else None
