"""Machines and cables between them, as network namespaces; whatever runs there ends with the laboratory."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from matinee.engines.routes.port import (
    Announced,
    BgpSettings,
    EndOfTable,
    PeerDown,
    PeerUp,
    RouteEvent,
    Withdrawn,
)
from tests.contract.routes_conformance import Ear

EDGE4, ISP4 = "192.0.2.1", "192.0.2.2"
EDGE6, ISP6 = "2001:db8::1", "2001:db8::2"

_ROOT = Path(__file__).parents[2]
_KINDS: dict[str, type[RouteEvent]] = {
    kind.__name__: kind for kind in (PeerUp, Announced, Withdrawn, EndOfTable, PeerDown)
}
_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


class Ground:
    """Network namespaces, cables between them, and what runs inside."""

    def __init__(self, *names: str) -> None:
        self._namespaces = {name: f"matinee-{os.getpid()}-{name}" for name in names}
        self._processes: list[asyncio.subprocess.Process] = []

    def lay(self) -> None:
        for name, namespace in self._namespaces.items():
            run("ip", "netns", "add", namespace)
            self.ip(name, "link", "set", "lo", "up")

    def cable(self, one: str, other: str, *, ends: tuple[str, str] = ("cable", "cable")) -> None:
        """`ends` are the two devices' names."""
        there = self._namespaces[other]
        self.ip(one, "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", there)
        self.ip(one, "link", "set", ends[0], "up")
        self.ip(other, "link", "set", ends[1], "up")

    def ip(self, where: str, *words: str) -> None:
        run("ip", "-n", self._namespaces[where], *words)

    def inside(self, where: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self._namespaces[where], *command]

    async def start(
        self, where: str, *command: str, heard: bool = False, log: Path | None = None
    ) -> asyncio.subprocess.Process:
        """A program inside; the process is the program itself. `log`: where its words go."""
        with (log or Path(os.devnull)).open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                *self.inside(where, *command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if heard else out,
                stderr=None if heard else out,
                env={**os.environ, "PATH": _PATH, "PYTHONPATH": os.pathsep.join((str(_ROOT / "src"), str(_ROOT)))},
                cwd=_ROOT,
            )
        self._processes.append(process)
        return process

    async def ask(self, where: str, *command: str) -> bool:
        """Whether the command went well there."""
        process = await self.start(where, *command)
        async with asyncio.timeout(20):
            return await process.wait() == 0

    async def until_asked(self, where: str, *command: str) -> None:
        """Again and again until it goes well: a program that has just been started takes a moment to listen."""
        async with asyncio.timeout(20):
            while not await self.ask(where, *command):
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)  # which a frozen one hears too
                await process.wait()
        for namespace in self._namespaces.values():
            subprocess.run(("ip", "netns", "delete", namespace), env={"PATH": _PATH}, capture_output=True, check=False)


class Lab(Ground):
    """`edge` is ours, `isp` is the neighbor's."""

    def __init__(self) -> None:
        super().__init__("edge", "isp")
        self._listening: list[asyncio.Task[None]] = []

    def build(self) -> None:
        self.lay()
        self.cable("edge", "isp")
        for name, address4, address6 in (("edge", EDGE4, EDGE6), ("isp", ISP4, ISP6)):
            self.ip(name, "address", "add", f"{address4}/30", "dev", "cable")
            # Without the wait for a duplicate: nobody else is there.
            self.ip(name, "address", "add", f"{address6}/64", "dev", "cable", "nodad")

    async def listen(self, settings: BgpSettings) -> Ear:
        """The speaker, on the edge."""
        said = msgspec.json.encode(settings).decode()
        process = await self.start("edge", sys.executable, "-m", "tests.network.speaker_child", said, heard=True)
        ear = Ear()
        self._listening.append(asyncio.create_task(_pass_on(process, ear)))
        return ear

    async def close(self) -> None:
        await super().close()
        for task in self._listening:
            task.cancel()
        for error in await asyncio.gather(*self._listening, return_exceptions=True):
            if isinstance(error, Exception):  # nobody heard the speaker to its end, which is why the test failed
                raise error


async def _pass_on(process: asyncio.subprocess.Process, ear: Ear) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        said = json.loads(line)
        ear(msgspec.convert(said["event"], _KINDS[said["kind"]]))


def needs(*programs: str) -> pytest.MarkDecorator:
    """A test that is left out, with the reason, where it cannot be."""
    reason = ""
    if os.geteuid() != 0:
        reason = "network namespaces need root"
    elif missing := [name for name in ("ip", *programs) if shutil.which(name, path=_PATH) is None]:
        reason = f"{', '.join(missing)} not found"
    elif not _can_make_namespaces():
        reason = "this machine does not let us make network namespaces"
    return pytest.mark.skipif(bool(reason), reason=reason)


def _can_make_namespaces() -> bool:
    name = f"matinee-{os.getpid()}-try"
    made = subprocess.run(("ip", "netns", "add", name), env={"PATH": _PATH}, capture_output=True, check=False)
    subprocess.run(("ip", "netns", "delete", name), env={"PATH": _PATH}, capture_output=True, check=False)
    return made.returncode == 0


def run(*command: str) -> None:
    subprocess.run(command, env={"PATH": _PATH}, check=True, capture_output=True, timeout=20)
