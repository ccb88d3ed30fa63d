"""The speaker and real routers: BIRD, which connects to it, and GoBGP, which it connects to. Each test has its own cable."""

import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from matinee.engines.routes.port import Announced, Attributes, BgpSettings, EndOfTable, Neighbor, PeerUp, Withdrawn
from matinee.kernel.quantities import seconds
from tests.contract.routes_conformance import Ear
from tests.network.lab import EDGE4, ISP4, ISP6, Lab, needs

pytestmark = pytest.mark.network

US, FOUR_BYTES, TWO_BYTES = 40027, 4_200_000_001, 64512
HOME, MORE, HOME6 = "198.51.100.0/24", "203.0.113.128/25", "2001:db8:100::/48"
AWAITING = BgpSettings(US, EDGE4, (Neighbor(ISP4, FOUR_BYTES),), listen_address=EDGE4)
CONNECTING = BgpSettings(US, EDGE4, (Neighbor(ISP4, TWO_BYTES, connects=True),), listen_port=None, hold_time=seconds(3))

BIRD_SETTINGS = f"""
router id {ISP4};
protocol device {{}}
protocol static home {{ ipv4; route {HOME} blackhole; }}
protocol static more {{ ipv4; route {MORE} blackhole; }}
protocol static home6 {{ ipv6; route {HOME6} blackhole; }}
filter told {{ bgp_path.prepend(4200000002); bgp_med = 200; bgp_community.add((64512, 100));
  bgp_large_community.add((4200000001, 1, 2)); accept; }}
protocol bgp edge {{
  local {ISP4} as {FOUR_BYTES};
  neighbor {EDGE4} as {US};
  hold time 90; connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 {{ import none; export filter told; }};
  ipv6 {{ import none; export filter told; }};
}}
"""

GOBGP_SETTINGS = f"""
[global.config]
as = {TWO_BYTES}
router-id = "{ISP4}"
[[neighbors]]
[neighbors.config]
neighbor-address = "{EDGE4}"
peer-as = {US}
[neighbors.transport.config]
passive-mode = true
[neighbors.timers.config]
hold-time = 9
keepalive-interval = 3
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "ipv4-unicast"
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "ipv6-unicast"
"""

VIA_BIRD = Attributes((FOUR_BYTES, 4_200_000_002), 200, "igp", ISP4, ("64512:100", "4200000001:1:2"))
VIA_GOBGP = Attributes((TWO_BYTES,), 50, "incomplete", ISP4, ("64512:100",))


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    lab = Lab()
    try:
        lab.build()
        yield lab
    finally:
        await lab.close()


class Bird:
    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab = lab
        self._settings, self._control = folder / "bird.conf", folder / "bird.ctl"
        self._settings.write_text(BIRD_SETTINGS)

    async def start(self) -> Process:
        command = ("bird", "-f", "-c", str(self._settings), "-s", str(self._control), "-P", f"{self._control}.pid")
        return await self._lab.start("isp", *command)

    async def tell(self, *words: str) -> None:
        await self._lab.until_asked("isp", "birdc", "-s", str(self._control), *words)


class GoBgp:
    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab = lab
        self._settings = folder / "gobgp.toml"
        self._settings.write_text(GOBGP_SETTINGS)

    async def start(self) -> Process:
        process = await self._lab.start("isp", "gobgpd", "-t", "toml", "-f", str(self._settings))
        await self.tell("add", HOME, "nexthop", ISP4, "med", "50", "community", "64512:100")
        await self.tell("add", HOME6, "nexthop", ISP6, "-a", "ipv6")
        return process

    async def tell(self, *words: str) -> None:
        await self._lab.until_asked("isp", "gobgp", "global", "rib", *words)


async def holds(ear: Ear, *prefixes: str) -> None:
    """What is held of the neighbor comes to be this, and nothing else."""
    await ear.until(lambda: set(ear.table()) == {(ISP4, prefix) for prefix in prefixes})


@needs("bird", "birdc")
async def test_bird_announces_withdraws_and_announces_again(lab: Lab, tmp_path: Path) -> None:
    ear, bird = await lab.listen(AWAITING), Bird(lab, tmp_path)
    await bird.start()
    await ear.hears(PeerUp(ISP4, FOUR_BYTES), EndOfTable(ISP4, "ipv4"), EndOfTable(ISP4, "ipv6"))
    await holds(ear, HOME, MORE, HOME6)
    assert ear.table()[ISP4, HOME] == ear.table()[ISP4, MORE] == VIA_BIRD
    assert ear.table()[ISP4, HOME6].next_hop == ISP6
    await bird.tell("disable", "more")
    await ear.hears(Withdrawn(ISP4, (MORE,)))
    await bird.tell("disable", "home6")
    await ear.hears(Withdrawn(ISP4, (HOME6,)))
    await holds(ear, HOME)
    await bird.tell("enable", "more")
    await holds(ear, HOME, MORE)


@needs("bird", "birdc")
async def test_bird_is_killed_and_comes_back(lab: Lab, tmp_path: Path) -> None:
    ear, bird = await lab.listen(AWAITING), Bird(lab, tmp_path)
    process = await bird.start()
    await holds(ear, HOME, MORE, HOME6)
    process.send_signal(signal.SIGKILL)
    await ear.hears_down(ISP4)
    assert ear.table() == {}
    await bird.start()
    await holds(ear, HOME, MORE, HOME6)


@needs("bird", "birdc")
async def test_bird_freezes_and_thaws(lab: Lab, tmp_path: Path) -> None:
    ear, bird = await lab.listen(AWAITING), Bird(lab, tmp_path)
    process = await bird.start()
    await holds(ear, HOME, MORE, HOME6)
    process.send_signal(signal.SIGSTOP)
    assert "9 s" in (await ear.hears_down(ISP4)).reason
    assert ear.table() == {}
    process.send_signal(signal.SIGCONT)
    await holds(ear, HOME, MORE, HOME6)


@needs("gobgpd", "gobgp")
async def test_gobgp_announces_and_withdraws(lab: Lab, tmp_path: Path) -> None:
    gobgp = GoBgp(lab, tmp_path)
    await gobgp.start()
    ear = await lab.listen(CONNECTING)
    await ear.hears(PeerUp(ISP4, TWO_BYTES), Announced(ISP4, (HOME,), VIA_GOBGP))
    await holds(ear, HOME, HOME6)
    assert ear.table()[ISP4, HOME6].next_hop == ISP6
    await gobgp.tell("del", HOME)
    await ear.hears(Withdrawn(ISP4, (HOME,)))
    await gobgp.tell("del", HOME6, "-a", "ipv6")
    await ear.hears(Withdrawn(ISP4, (HOME6,)))
    await gobgp.tell("add", MORE, "nexthop", ISP4)
    await holds(ear, MORE)


@needs("gobgpd", "gobgp")
async def test_gobgp_is_killed_and_comes_back(lab: Lab, tmp_path: Path) -> None:
    gobgp = GoBgp(lab, tmp_path)
    process = await gobgp.start()
    ear = await lab.listen(CONNECTING)
    await holds(ear, HOME, HOME6)
    process.send_signal(signal.SIGKILL)
    await ear.hears_down(ISP4)
    assert ear.table() == {}
    await gobgp.start()
    await holds(ear, HOME, HOME6)


@needs("gobgpd", "gobgp")
async def test_gobgp_freezes_and_thaws(lab: Lab, tmp_path: Path) -> None:
    gobgp = GoBgp(lab, tmp_path)
    process = await gobgp.start()
    ear = await lab.listen(CONNECTING)
    await holds(ear, HOME, HOME6)
    process.send_signal(signal.SIGSTOP)
    assert "3 s" in (await ear.hears_down(ISP4)).reason
    assert ear.table() == {}
    process.send_signal(signal.SIGCONT)
    await holds(ear, HOME, HOME6)
