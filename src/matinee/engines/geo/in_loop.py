"""Places as a test or a simulated world says they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from matinee.engines.geo.port import NOWHERE, Place
from matinee.kernel.addresses import plain_address


@dataclass
class InLoopGeo:
    networks: Mapping[str, Place] = field(default_factory=dict)
    """By their prefix. The longest that holds an address is its place."""

    def locate(self, address: str) -> Place:
        try:
            found = ip_address(plain_address(address))
        except ValueError:
            return NOWHERE
        holding = [network for network in map(ip_network, self.networks) if found in network]
        if not holding:
            return NOWHERE
        return self.networks[str(max(holding, key=lambda network: network.prefixlen))]

    async def refresh(self) -> None:
        """It is whatever the test made it."""
