"""The processes of a real house, by the names operators know: which there are, and whether one answers."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matinee.bench.houses import RealHouse
from matinee.kernel.errors import MatineeError
from matinee.kernel.network import Network, Outgoing
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import from_json
from matinee.wire.inside import TOKEN

HOUSE, GATEWAY, ORIGIN, EDGE = "house", "gateway", "origin-1", "edge-1"
_TIMEOUT = seconds(2)


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the house. A later one of the same name is its successor."""

    name: str
    pid: int
    words: tuple[str, ...]

    def flag(self, name: str) -> str:
        return self.words[self.words.index(name) + 1]

    def kill(self) -> None:
        """Not asked: killed, as for want of memory."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def parts_of(house: RealHouse) -> dict[str, Part]:
    """Those that its supervisor keeps running, at this moment."""
    found = {}
    for pid in Path(f"/proc/{house.pid}/task/{house.pid}/children").read_text().split():
        with suppress(OSError):
            words = tuple(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0"))
            if name := _name(words):
                found[name] = Part(name, int(pid), words)
    return found


async def answers(part: Part, house: RealHouse, network: Network) -> bool:
    """Whether this very process does its work: it would say yes to a neighbor."""
    if part.name in (HOUSE, GATEWAY):
        return await _is_well(f"{house.url}/readyz", network)
    if part.name in (ORIGIN, EDGE):
        return await _is_well(f"http://127.0.0.1:{part.flag('--port')}/healthz", network)
    return await _is_registered(part, house, network)


def _name(words: tuple[str, ...]) -> str | None:
    """By its command: `… -m matinee up`, `… serve catalog`. A program that starts it may stand before."""
    if "matinee" not in words or words[0].endswith("setpriv"):
        return None
    command, *rest = words[words.index("matinee") + 1 :]
    if command == "serve":
        return ORIGIN if rest[0] == "origin" else rest[0]
    return {"up": HOUSE, "appliance": EDGE}.get(command)


async def _is_well(url: str, network: Network) -> bool:
    try:
        return (await network.fetch(Outgoing("GET", url, timeout=_TIMEOUT))).status == 200
    except MatineeError:
        return False


async def _is_registered(part: Part, house: RealHouse, network: Network) -> bool:
    """A service registers once it listens; the registry knows instances by name and process."""
    secret = (house.data / "secrets" / "service.token").read_text().strip()
    url = f"{part.flag('--registry')}/eureka/apps/{part.name.upper()}"
    headers = {TOKEN: secret, "accept": "application/json"}
    try:
        answer = await network.fetch(Outgoing("GET", url, headers, timeout=_TIMEOUT))
    except MatineeError:
        return False
    if answer.status != 200:
        return False
    instances = from_json(answer.body, dict)["application"]["instance"]
    return f"{part.name}-{part.pid}" in [each["instanceId"] for each in instances]
