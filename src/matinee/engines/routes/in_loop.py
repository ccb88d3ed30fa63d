"""A feed that is told what to say: for simulated time, and for tests of whoever listens.

It is the peers, and they remember: whoever begins to listen hears of each that is up and of all it announces, as a new
session would tell.
"""

from asyncio import Event
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network

from matinee.engines.routes.port import (
    Announced,
    Attributes,
    EndOfTable,
    PeerDown,
    PeerUp,
    RouteEvent,
    Withdrawn,
)
from matinee.engines.routes.prefixes import ipv4_text, ipv6_text


@dataclass(slots=True)
class _Peer:
    asn: int
    announced: dict[str, Attributes] = field(default_factory=dict)


class InLoopRoutes:
    """Implements `RouteFeed`. Peers are told up, announced for, and dropped by whoever holds it."""

    def __init__(self) -> None:
        self._peers: dict[str, _Peer] = {}
        self._heard: Callable[[RouteEvent], None] | None = None

    @property
    def listens_at(self) -> tuple[str, int] | None:
        return None

    async def run(self, heard: Callable[[RouteEvent], None]) -> None:
        self._heard = heard
        try:
            for name, peer in self._peers.items():
                self._introduce(name, peer)
            await Event().wait()
        finally:
            for name in self._peers:
                heard(PeerDown(name, "We stopped listening."))
            self._heard = None

    def connect(self, peer: str, asn: int) -> None:
        if peer in self._peers:
            self.drop(peer, "It connected again.")
        self._peers[peer] = _Peer(asn)
        self._introduce(peer, self._peers[peer])

    def announce(self, peer: str, prefixes: Iterable[str], attributes: Attributes) -> None:
        normal = tuple(_normal(prefix) for prefix in prefixes)
        self._peers[peer].announced.update(dict.fromkeys(normal, attributes))
        self._tell(Announced(peer, normal, attributes))

    def withdraw(self, peer: str, prefixes: Iterable[str]) -> None:
        normal = tuple(_normal(prefix) for prefix in prefixes)
        for prefix in normal:
            self._peers[peer].announced.pop(prefix, None)
        self._tell(Withdrawn(peer, normal))

    def drop(self, peer: str, reason: str = "It closed the connection.") -> None:
        del self._peers[peer]
        self._tell(PeerDown(peer, reason))

    def _introduce(self, name: str, peer: _Peer) -> None:
        self._tell(PeerUp(name, peer.asn))
        for prefix, attributes in peer.announced.items():
            self._tell(Announced(name, (prefix,), attributes))
        self._tell(EndOfTable(name, "ipv4"))
        self._tell(EndOfTable(name, "ipv6"))

    def _tell(self, event: RouteEvent) -> None:
        if self._heard is not None:
            self._heard(event)


def _normal(prefix: str) -> str:
    network = ip_network(prefix, strict=False)
    address = network.network_address.packed
    return f"{ipv4_text(address) if network.version == 4 else ipv6_text(address)}/{network.prefixlen}"
