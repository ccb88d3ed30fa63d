"""How long to wait after failed attempts, and which addresses count as one."""

import ipaddress

FREE_ATTEMPTS = 5
WAIT_SECONDS_MAX = 300
_PREFIXES = {4: 24, 6: 56}
"""What one household or one office has of the addresses."""


def wait_seconds(failures: int, *, free: int = FREE_ATTEMPTS, wait_max: int = WAIT_SECONDS_MAX) -> int:
    """Doubling after the free attempts: 2, 4, 8 … up to five minutes."""
    if failures < free:
        return 0
    return int(min(wait_max, 2 ** min(32, failures - free + 1)))


def network_of(address: str) -> str:
    """The neighborhood of an address; the text itself where it is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, _PREFIXES[found.version]), strict=False))
