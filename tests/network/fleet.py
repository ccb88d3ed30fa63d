"""A fleet on one machine: two providers, an exchange, two origins and the service, each machine a network namespace.

```
viewer a-1 a-2            b-1      x-1 origin-1 origin-2 service
     |   |   |             |         |     |      |       |
     +- isp-a -------------+---- exchange -+------+-------+
                          isp-b -----+
```

Appliances a-1 and a-2 stand in provider A and b-1 in provider B, embedded, and hear by BGP from their provider's BIRD whom
they may serve; x-1 stands at the exchange and serves anybody.
"""

import sys
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path

from matinee.app.services import PROCESSES
from tests.contract.media_server_wire import make_certificate
from tests.network.lab import Ground

US = 40027
PORT = 8400
CABLES = {
    "viewer": ("isp-a", "10.1.1"),
    "a-1": ("isp-a", "10.1.2"),
    "a-2": ("isp-a", "10.1.3"),
    "b-1": ("isp-b", "10.2.2"),
    "isp-a": ("exchange", "10.9.1"),
    "isp-b": ("exchange", "10.9.2"),
    "x-1": ("exchange", "10.9.3"),
    "service": ("exchange", "10.9.4"),
    "origin-1": ("exchange", "10.9.5"),
    "origin-2": ("exchange", "10.9.6"),
}
"""To whose router a machine's cable leads, and the network on it: the router is .1 there, the machine .2."""
PROVIDERS = {"isp-a": ("10.1.0.0/16", 64601, ("a-1", "a-2")), "isp-b": ("10.2.0.0/16", 64602, ("b-1",))}
"""What a provider announces, as whom, and to which appliances."""
ROUTERS = ("exchange", *PROVIDERS)
EMBEDDED, OPEN, ORIGINS = ("a-1", "a-2", "b-1"), "x-1", ("origin-1", "origin-2")
SERVICE = ("registry", "services", "gateway")


@dataclass(frozen=True)
class House:
    """A service that was begun elsewhere, with a film in it and somebody who may watch."""

    data: Path
    title_id: str
    email: str
    password: str


class Fleet(Ground):
    def __init__(self, house: House, folder: Path) -> None:
        super().__init__("exchange", *CABLES)
        self.house = house
        self._folder = folder
        self._running: dict[str, Process] = {}
        self._tls = make_certificate(folder, *(address(name) for name in CABLES))

    @property
    def url(self) -> str:
        return f"https://{address('service')}:{PORT}"

    def build(self) -> None:
        self.lay()
        for name, (router, network) in CABLES.items():
            self.cable(name, router, ends=("uplink", f"to-{name}"))
            self.ip(name, "address", "add", f"{network}.2/24", "dev", "uplink")
            self.ip(router, "address", "add", f"{network}.1/24", "dev", f"to-{name}")
        for name, (_, network) in CABLES.items():
            self.ip(name, "route", "add", "default", "via", f"{network}.1")
        for provider, (prefix, _, _) in PROVIDERS.items():
            self.ip("exchange", "route", "add", prefix, "via", address(provider))

    async def open(self) -> None:
        """Everybody runs; who holds what is for steering to hear."""
        for router in ROUTERS:
            await self.until_asked(router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        for provider in PROVIDERS:
            await self._announce(provider)
        await self.serve()
        for name in (*EMBEDDED, OPEN, *ORIGINS):
            await self.bring(name)

    async def serve(self) -> None:
        """The control plane, without the edges that `matinee up` starts beside it."""
        shared = ("--data", str(self.house.data), "--registry", "http://127.0.0.1:8403")
        front = ("--host", address("service"), "--port", str(PORT), "--no-demo", *self._shown())
        for name, words in (
            ("registry", ("registry", "--data", str(self.house.data))),
            ("services", (*PROCESSES, *shared, "--port", "0")),
            ("gateway", ("gateway", *shared, *front)),
        ):
            await self._run(name, "service", "serve", *words)

    async def bring(self, name: str) -> None:
        """An edge begins, or begins anew with what is on its disk."""
        disk = self._folder / name
        token = str(self.house.data / "secrets" / "agent.token")
        words: tuple[str, ...] = ("--id", name, "--control", self.url, "--agent-token-file", token)
        words += ("--host", address(name), "--port", "443", *self._shown())
        if name in ORIGINS:
            disk.mkdir(exist_ok=True)
            if not (blobs := disk / "objects").exists():  # both read the one store, and keep their own state beside it
                blobs.symlink_to(self.house.data / "blobs" / "objects")
            await self._run(name, name, "serve", "origin", "--root", str(blobs), *words)
            return
        words += ("--data", str(disk), "--site", name.partition("-")[0])
        if name in EMBEDDED:
            router, network = CABLES[name]
            words += ("--reach", "embedded", "--bgp-as", str(US), "--bgp-listen", f"{address(name)}:179")
            words += ("--bgp-neighbor", f"{network}.1={PROVIDERS[router][1]}")
        else:
            words += ("--reach", "exchange")
        await self._run(name, name, "appliance", *words)

    async def kill(self, *names: str) -> None:
        """Without a word of farewell."""
        for name in names:
            process = self._running.pop(name)
            process.kill()
            await process.wait()

    def silence(self, name: str) -> None:
        """Nothing that is sent to it arrives, and nobody says so."""
        router, _ = CABLES[name]
        self.ip(router, "route", "add", "blackhole", f"{address(name)}/32")

    def words_of(self, name: str) -> str:
        return self._log(name).read_text(errors="replace")[-3000:]

    def browser(self, program: str) -> Path:
        """A program that is the browser, in front of the viewer's own network."""
        path = self._folder / "browser"
        path.write_text(f'#!/bin/sh\nexec {" ".join(self.inside("viewer", program))} "$@"\n')
        path.chmod(0o755)
        return path

    async def _run(self, name: str, where: str, *words: str) -> None:
        command = (sys.executable, "-m", "matinee", *words)
        self._running[name] = await self.start(where, *command, log=self._log(name))

    async def _announce(self, provider: str) -> None:
        prefix, asn, appliances = PROVIDERS[provider]
        sessions = "".join(
            f"""protocol bgp {name.replace("-", "_")} {{
  local {CABLES[name][1]}.1 as {asn};
  neighbor {address(name)} as {US};
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 {{ import none; export all; }};
}}
"""
            for name in appliances
        )
        settings, control = self._folder / f"{provider}.conf", self._folder / f"{provider}.ctl"
        home = f"protocol static home {{ ipv4; route {prefix} blackhole; }}"
        settings.write_text(f"router id {address(provider)};\nprotocol device {{}}\n{home}\n{sessions}")
        command = ("bird", "-f", "-c", str(settings), "-s", str(control), "-P", f"{control}.pid")
        await self.start(provider, *command, log=self._log(provider))

    def _shown(self) -> tuple[str, ...]:
        return ("--certificate", str(self._tls[0]), "--private-key", str(self._tls[1]))

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def address(name: str) -> str:
    return f"{CABLES[name][1]}.2"


def machine_at(host: str) -> str:
    return next((name for name in CABLES if address(name) == host), host)
