"""Two machines and a cable between them, as network namespaces; whatever runs there ends with the laboratory."""

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


class Lab:
    """`edge` is ours, `isp` is the neighbor's."""

    def __init__(self) -> None:
        self._namespaces = {name: f"matinee-{os.getpid()}-{name}" for name in ("edge", "isp")}
        self._processes: list[asyncio.subprocess.Process] = []
        self._listening: list[asyncio.Task[None]] = []

    def build(self) -> None:
        for namespace in self._namespaces.values():
            _run("ip", "netns", "add", namespace)
        edge, isp = self._namespaces["edge"], self._namespaces["isp"]
        _run("ip", "link", "add", "cable", "netns", edge, "type", "veth", "peer", "name", "cable", "netns", isp)
        for namespace, address4, address6 in ((edge, EDGE4, EDGE6), (isp, ISP4, ISP6)):
            inside = ("ip", "-n", namespace)
            _run(*inside, "address", "add", f"{address4}/30", "dev", "cable")
            # Without the wait for a duplicate: nobody else is there.
            _run(*inside, "address", "add", f"{address6}/64", "dev", "cable", "nodad")
            _run(*inside, "link", "set", "lo", "up")
            _run(*inside, "link", "set", "cable", "up")

    async def start(self, where: str, *command: str, heard: bool = False) -> asyncio.subprocess.Process:
        """A program inside; the process is the program itself."""
        process = await asyncio.create_subprocess_exec(
            *("ip", "netns", "exec", self._namespaces[where], *command),
            stdout=asyncio.subprocess.PIPE if heard else asyncio.subprocess.DEVNULL,
            stderr=None if heard else asyncio.subprocess.DEVNULL,
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

    async def listen(self, settings: BgpSettings) -> Ear:
        """The speaker, on the edge."""
        said = msgspec.json.encode(settings).decode()
        process = await self.start("edge", sys.executable, "-m", "tests.network.speaker_child", said, heard=True)
        ear = Ear()
        self._listening.append(asyncio.create_task(_pass_on(process, ear)))
        return ear

    async def close(self) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)  # which a frozen one hears too
                await process.wait()
        for task in self._listening:
            task.cancel()
        heard = await asyncio.gather(*self._listening, return_exceptions=True)
        for namespace in self._namespaces.values():
            subprocess.run(("ip", "netns", "delete", namespace), env={"PATH": _PATH}, capture_output=True, check=False)
        for error in heard:
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


def _run(*command: str) -> None:
    subprocess.run(command, env={"PATH": _PATH}, check=True, capture_output=True, timeout=20)
