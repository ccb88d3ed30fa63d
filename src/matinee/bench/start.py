"""From `up` to the first film, from click to first frame, and requests a core.

The service under test is a real one, started as a user starts it, with its demo; the player is a real Chromium.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matinee.app.doors import Doors
from matinee.app.people import DEMO_EMAIL, DEMO_PASSWORD
from matinee.bench.browser import PlayTimes, press_play
from matinee.bench.houses import cpu_seconds
from matinee.bench.report import Figure, Report, percentile
from matinee.control.members.http.cookies import token_in
from matinee.kernel.errors import MatineeError
from matinee.kernel.network import Outgoing, free_port
from matinee.kernel.processes import Command
from matinee.kernel.quantities import days, minutes, seconds
from matinee.wire.encoding import from_json, to_json

_FIRST_FILM_MAX = minutes(5)
_CONNECTIONS = 16


class BenchFailed(MatineeError):
    """The service under test did not do what is being measured."""


async def run(options: argparse.Namespace, doors: Doors, say: Callable[[str], None]) -> Report:
    with TemporaryDirectory(prefix="matinee-bench-") as folder:
        service = _Service(Path(folder) / "data", doors)
        try:
            say("starting a fresh service with its demo …")
            ready = await service.start()
            watchable = await service.first_film()
            say(f"ready after {ready:.1f} s, a film to watch after {watchable:.1f} s")
            if options.settle:
                say("waiting until the first release of every film is made …")
                await service.quiet()
            say(f"pressing play {options.plays} times …")
            times = await press_play(service.url, DEMO_EMAIL, DEMO_PASSWORD, service.title_id, options.plays, say)
            say(f"{options.requests} requests a path …")
            rates = await service.rates(options.requests)
        finally:
            await service.stop()
    return Report(
        "start",
        {"plays": options.plays, "requests": options.requests, "connections": _CONNECTIONS, "settled": options.settle},
        [
            Figure("up_to_ready", ready, "s", 15),
            Figure("up_to_first_film", watchable, "s", 120),
            *_play_figures(times),
            *(Figure(f"{name}_per_cpu_second", rate, "requests/s", better="higher") for name, rate in rates.items()),
        ],
        {"plays": [{"start_ms": ms} for ms in times.start_ms]},
    )


def _play_figures(times: PlayTimes) -> list[Figure]:
    return [
        Figure("click_to_first_frame_p50", percentile(times.start_ms, 0.5), "ms", 1000),
        Figure("click_to_first_frame_p99", percentile(times.start_ms, 0.99), "ms", 2000),
    ]


class _Service:
    """The service under test."""

    def __init__(self, data: Path, doors: Doors) -> None:
        self._data = data
        self._doors = doors
        self._ports = [free_port(), free_port(), free_port()]
        self._began = 0.0
        self._token = ""
        self._profile = ""
        self._child: Any = None  # a kernel Child, once started
        self.title_id = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    async def start(self) -> float:
        names = ("--port", "--edge-port", "--origin-port")
        flags = [text for name, port in zip(names, self._ports, strict=True) for text in (name, str(port))]
        argv = [sys.executable, "-m", "matinee", "up", "--data", str(self._data), *flags]
        self._began = self._doors.clock.monotonic()
        self._child = await self._doors.processes.spawn(Command(argv, timeout=days(1)))
        await self._until(lambda: self._status("/readyz", 200), minutes(1).total_seconds(), "answer")
        ready = self._passed()
        await self._until(self._sign_in, minutes(1).total_seconds(), "let the demo's member in")
        return ready

    async def first_film(self) -> float:
        await self._until(self._has_film, _FIRST_FILM_MAX.total_seconds(), "show a film")
        return self._passed()

    async def quiet(self) -> None:
        """Measure the player, not its fight with the encoder for two cores."""

        async def done() -> bool:
            home = await self._get("/browse/home")
            return not home["preparing"]

        await self._until(done, minutes(30).total_seconds(), "finish its films")

    async def rates(self, count: int) -> dict[str, float]:
        play = to_json({"title_id": self.title_id, "profile_id": self._profile, "on_limit": "end_oldest"})
        return {
            "gateway_profiles": await self._rate("GET", "/profiles", b"", count),
            "home": await self._rate("GET", "/browse/home", b"", count),
            "play": await self._rate("POST", "/play", play, count),
        }

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop(seconds(20))
        await self._doors.network.close()

    async def _rate(self, method: str, path: str, body: bytes, count: int) -> float:
        """Requests a second of the service's own processor time: it hardly moves with what else the machine does."""
        left = iter(range(count))

        async def work() -> None:
            for _ in left:
                answer = await self._call(method, path, body)
                if answer.status != 200:
                    raise BenchFailed(f"{method} {path} answered {answer.status}: {answer.body[:200]!r}")

        before = cpu_seconds(self._child.pid)
        await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
        return count / (cpu_seconds(self._child.pid) - before)

    async def _sign_in(self) -> bool:
        body = to_json({"email": DEMO_EMAIL, "password": DEMO_PASSWORD})
        answer = await self._call("POST", "/sessions", body)
        if answer.status != 201:
            return False
        self._token = token_in(answer.headers["set-cookie"])
        self._profile = (await self._get("/profiles"))[0]["id"]
        return True

    async def _has_film(self) -> bool:
        billboard = (await self._get("/browse/home"))["billboard"]
        self.title_id = billboard["id"] if billboard else ""
        return bool(billboard)

    async def _get(self, path: str) -> Any:  # JSON of many shapes
        answer = await self._call("GET", path, b"")
        return from_json(answer.body, dict[str, Any])["data"]

    async def _call(self, method: str, path: str, body: bytes) -> Any:  # a kernel Answer
        headers = {"content-type": "application/json"}
        if self._token:
            headers |= {"authorization": f"Bearer {self._token}", "x-matinee-profile": self._profile}
        request = Outgoing(method, f"{self.url}/api/v1{path}", headers=headers, body=body, timeout=seconds(30))
        return await self._doors.network.fetch(request)

    async def _status(self, path: str, wanted: int) -> bool:
        return (await self._doors.network.fetch(Outgoing("GET", self.url + path))).status == wanted

    async def _until(self, condition: Callable[[], Awaitable[bool]], most: float, what: str) -> None:
        deadline = self._doors.clock.monotonic() + most
        while True:
            with suppress(MatineeError, KeyError):
                if await condition():
                    return
            if self._doors.clock.monotonic() > deadline:
                raise BenchFailed(f"The service did not {what} within {most:.0f} s.")
            await self._doors.clock.sleep(seconds(0.1))

    def _passed(self) -> float:
        return self._doors.clock.monotonic() - self._began
