"""How an appliance hears routes: flags of `matinee appliance`."""

import argparse
from hashlib import sha256
from ipaddress import IPv4Address, ip_address

from matinee.engines.routes.port import BGP_PORT, BgpSettings, Neighbor
from matinee.kernel.errors import InvalidInput


def add_bgp(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bgp-as", type=int, metavar="N", help="our autonomous system: hear routes by BGP, announce none"
    )
    parser.add_argument(
        "--bgp-neighbor",
        action="append",
        default=[],
        metavar="ADDRESS[=AS]",
        help="a router that announces whom this appliance may serve; it connects to us. Again for each",
    )
    parser.add_argument(
        "--bgp-listen",
        default=f"[::]:{BGP_PORT}",
        metavar="ADDRESS:PORT",
        help=f"default [::]:{BGP_PORT}, every address",
    )


def bgp_of(options: argparse.Namespace) -> BgpSettings | None:
    if options.bgp_as is None:
        if options.bgp_neighbor:
            raise InvalidInput("Neighbors announce to an autonomous system: give yours with --bgp-as.")
        return None
    if not options.bgp_neighbor:
        raise InvalidInput("Nobody would be heard: give each router with --bgp-neighbor ADDRESS[=AS].")
    address, port = _listening(options.bgp_listen)
    neighbors = tuple(_neighbor(text) for text in options.bgp_neighbor)
    return BgpSettings(options.bgp_as, _router_id(options.id), neighbors, address, port)


def _neighbor(text: str) -> Neighbor:
    address, _, asn = text.partition("=")
    try:
        return Neighbor(str(ip_address(address)), int(asn) if asn else None)
    except ValueError:
        raise InvalidInput(
            f"{text[:64]!r} is no neighbor. Write its address, and perhaps its AS: 192.0.2.1=64512."
        ) from None


def _listening(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    try:
        found = str(ip_address(address.strip("[]"))), int(port)
    except ValueError:
        raise InvalidInput(f"{text[:64]!r} is nowhere to listen. Write an address and a port: [::]:179.") from None
    if not 0 <= found[1] <= 0xFFFF:
        raise InvalidInput(f"There is no port {found[1]}.")
    return found


def _router_id(name: str) -> str:
    """It only has to differ from other speakers' and to stay the same."""
    return str(IPv4Address(b"\x0a" + sha256(name.encode()).digest()[:3]))
