"""Whose request it is, where others stand between: the last address in the chain that is not one of ours."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks_of(texts: Sequence[str]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


def viewer_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Each proxy appends whom it was asked by, so the chain is read from its end, and only as long as who says it is
    trusted: what stands before was written by the viewer, who may write anything."""
    seen = peer
    chain = [part.strip() for part in forwarded.split(",")]
    while chain and _is_trusted(seen, trusted):
        said = _address(chain.pop())
        if said is None:
            break
        seen = str(said)
    return seen


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    found = _address(address)
    return found is not None and any(found.version == n.version and found in n for n in trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Some append the port: `203.0.113.7:4711`, `[2001:db8::1]:4711`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
