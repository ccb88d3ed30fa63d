"""A real house for benchmarks: its own folder and free ports, one small film, and an operator who presses play."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from matinee.app.doors import Doors
from matinee.control.members.http.cookies import token_in
from matinee.kernel.errors import MatineeError
from matinee.kernel.network import Answer, Outgoing, free_port
from matinee.kernel.processes import Child, Command
from matinee.kernel.quantities import days, minutes, seconds
from matinee.wire.encoding import from_json, to_json

_TICKS_A_SECOND = 100
"""USER_HZ on Linux, by which /proc counts processor time."""
RECOVERED_WITHIN = minutes(2)
"""Whatever was done to a house, by then it is up and answers."""
RETRIED = (408, 425, 429)
"""Besides those of a house that is not well: answers that say to ask again."""
_FILM = ("paper-boat", "--seconds-max", "2", "--width", "320", "--height", "180")


class HouseFailed(MatineeError):
    """The house under test did not do what is being measured."""


class RealHouse:
    """One data directory, opened as one process or as many, one after the other."""

    def __init__(self, folder: Path, doors: Doors) -> None:
        self._folder = folder
        self._doors = doors
        self._ports = [free_port(), free_port(), free_port()]
        self._child: Child | None = None
        self._headers: dict[str, str] = {}
        self.title_id = ""

    @property
    def port(self) -> int:
        return self._ports[0]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._child is not None, "not started"
        return self._child.pid

    async def start(self, *, split: bool = False, log: Path | None = None, more: Sequence[str] = ()) -> None:
        """`log`: where the house's words go; to our own standard error without it. `more`: flags of `matinee up`."""
        names = ("--port", "--edge-port", "--origin-port")
        flags = [text for name, port in zip(names, self._ports, strict=True) for text in (name, str(port))]
        mode = ["--split"] if split else []
        command = Command(_matinee("up", "--no-demo", "--data", str(self.data), *flags, *mode, *more), timeout=days(1))
        if log is not None:
            command = replace(command, argv=["sh", "-c", 'exec "$@" >> "$0" 2>&1', str(log), *command.argv])
        self._child = await self._doors.processes.spawn(command)
        await self._until(self._is_ready, "answer")

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop(seconds(20))
            self._child = None

    async def publish(self) -> None:
        """Draw a film of two seconds, and bring it in as anyone would."""
        film = self._folder / "film"
        drawing = [sys.executable, "-m", "matinee.demo.films.render", *_FILM, "--out", str(film)]
        await self._doors.processes.run(Command(drawing, timeout=minutes(5)))
        words = (str(film / "master.mkv"), "--sidecar", str(film / "film.json"), "--releases", "fast")
        publishing = _matinee("publish", *words, "--data", str(self.data))
        await self._doors.processes.run(Command(publishing, timeout=minutes(5)))

    async def sign_in(self) -> None:
        """As the operator of the data directory, who may watch as well."""
        token = (await self._doors.files.read(self.data / "operator.token")).decode().strip()
        self._headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        profiles = await self._get("/profiles")
        if not profiles:
            await self.call("POST", "/profiles", to_json({"name": "Ada"}))
            profiles = await self._get("/profiles")
        self._headers["x-matinee-profile"] = profiles[0]["id"]
        (title,) = await self._get("/catalog/titles")
        self.title_id = title["id"]
        # A house that has just started waits for its edges to say what they hold.
        await self._until(self._plays, "play its film")

    async def welcome(self, email: str, password: str) -> None:
        """Sign somebody in, and give them a profile to watch with."""
        self._headers = {"content-type": "application/json"}
        answer = await self.call("POST", "/sessions", to_json({"email": email, "password": password}))
        token = token_in(answer.headers["set-cookie"])
        self._headers["authorization"] = f"Bearer {token}"
        made = await self.call("POST", "/profiles", to_json({"name": "Ada"}))
        self._headers["x-matinee-profile"] = from_json(made.body, dict[str, Any])["data"]["id"]

    async def play(self) -> None:
        """Press play once."""
        answer = await self.call("POST", "/play", to_json({"title_id": self.title_id, "on_limit": "end_oldest"}))
        if answer.status != 200:
            raise HouseFailed(f"Pressing play answered {answer.status}: {answer.body[:200]!r}")

    async def call(self, method: str, path: str, body: bytes = b"") -> Answer:
        request = Outgoing(method, f"{self.url}/api/v1{path}", self._headers, body, seconds(30))
        return await self._doors.network.fetch(request)

    def cpu_seconds(self) -> float:
        """Processor time so far of all processes of the house, but for those that have ended."""
        return cpu_seconds(self.pid)

    def cpu_seconds_spent(self) -> float:
        """The same with those that have ended: encoders, above all."""
        return sum(_own_cpu_seconds(pid, with_ended=True) for pid in family(self.pid))

    @property
    def data(self) -> Path:
        return self._folder / "data"

    async def _get(self, path: str) -> Any:  # JSON of many shapes
        return from_json((await self.call("GET", path)).body, dict[str, Any])["data"]

    async def _plays(self) -> bool:
        await self.play()
        return True

    async def _is_ready(self) -> bool:
        return (await self._doors.network.fetch(Outgoing("GET", f"{self.url}/readyz"))).status == 200

    async def _until(self, condition: Callable[[], Awaitable[bool]], what: str) -> None:
        deadline = self._doors.clock.monotonic() + RECOVERED_WITHIN.total_seconds()
        while True:
            with suppress(MatineeError):
                if await condition():
                    return
            if self._doors.clock.monotonic() > deadline:
                raise HouseFailed(f"The house did not {what} within two minutes.")
            await self._doors.clock.sleep(seconds(0.1))


def family(pid: int) -> list[int]:
    """A process and all that it started, and those in turn."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            children.setdefault(int(_fields(stat)[1]), []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its family, from the kernel's own count."""
    return sum(map(_own_cpu_seconds, family(pid)))


def _own_cpu_seconds(pid: int, *, with_ended: bool = False) -> float:
    try:
        fields = _fields(Path(f"/proc/{pid}/stat"))
    except OSError:
        return 0.0
    # User and system time, and the same of children that have ended.
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / _TICKS_A_SECOND


def _fields(stat: Path) -> list[str]:
    """Those behind the name of the program, which may hold spaces: the first is the state, the next the parent."""
    return stat.read_text().rsplit(")", 1)[1].split()


def _matinee(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "matinee", *arguments]
