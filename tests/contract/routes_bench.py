"""A speaker that runs, and peers that connect to it with whatever bytes they like."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

from matinee.engines.routes.port import BgpSettings, Neighbor, PeerUp
from matinee.engines.routes.speaker import BgpSpeaker
from matinee.kernel.clock import Clock, SystemClock
from matinee.kernel.quantities import Span, seconds
from tests.bgp import RawPeer, greeting
from tests.contract.routes_conformance import FAR, ISP, NEAR, Ear, running

US = 40027
ROUTER_ID = "10.0.0.9"
LOWER, HIGHER = int(ip_address("10.0.0.1")), int(ip_address("10.0.0.200"))


def settings(*neighbors: Neighbor, prefixes_max: int = 1000, hold_time: Span = seconds(9)) -> BgpSettings:
    known = neighbors or (Neighbor(NEAR), Neighbor(FAR))
    return BgpSettings(
        US, ROUTER_ID, known, listen_address="127.0.0.1", listen_port=0, prefixes_max=prefixes_max, hold_time=hold_time
    )


class Bench:
    """A speaker that runs, and peers that connect to it."""

    def __init__(self, ear: Ear, port: int) -> None:
        self.ear = ear
        self.port = port
        self._peers: list[RawPeer] = []

    async def connect(self, come_from: str = NEAR) -> RawPeer:
        peer = await RawPeer.connect(self.port, come_from=come_from)
        self._peers.append(peer)
        return peer

    async def establish(self, come_from: str = NEAR, *, asn: int = ISP, hold_seconds: int = 9) -> RawPeer:
        """A session that the speaker knows of too."""
        before = sum(isinstance(event, PeerUp) for event in self.ear.of(come_from))
        peer = await self.connect(come_from)
        await peer.establish(greeting(asn, router_id=LOWER, hold_seconds=hold_seconds))
        await self.ear.hears_up(come_from, before + 1)
        return peer

    def close(self) -> None:
        for peer in self._peers:
            peer.close()


@asynccontextmanager
async def speaking(chosen: BgpSettings | None = None, clock: Clock | None = None) -> AsyncIterator[Bench]:
    speaker = BgpSpeaker(chosen or settings(), clock or SystemClock())
    async with running(speaker) as ear:
        while (found := speaker.listens_at) is None:
            await asyncio.sleep(0)
        bench = Bench(ear, found[1])
        yield bench
    bench.close()
