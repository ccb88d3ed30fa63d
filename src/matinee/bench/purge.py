"""How long a purge takes: from the operator's request until steering knows that every appliance has carried it out.

A real house in a process of its own, reached through its gateway over loopback. The appliances are the clients that real
ones are (`HttpControl`, the same judgment of signatures), in this process: they hold no films, so what they measure is the
way there and back, and not a disk. Each holds one question open, as all do, and reports besides.
"""

import argparse
import asyncio
import statistics
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matinee.app.doors import Doors
from matinee.bench.houses import HouseFailed, RealHouse
from matinee.bench.report import Figure, Report
from matinee.delivery.edge.model.judging import judged
from matinee.delivery.edge.service import HttpControl
from matinee.kernel.errors import MatineeError
from matinee.kernel.network import SystemNetwork
from matinee.kernel.quantities import minutes, seconds
from matinee.wire.encoding import from_json, to_json
from matinee.wire.health import HealthReport
from matinee.wire.purge import TombstonesAsked

_GOALS = {1_000: 2.0, 5_000: 5.0}
_TOGETHER = 150
"""Appliances to one pool of connections; a pool has 200."""
_JOIN_AT_ONCE = 32
_LOOK_EVERY_S = 0.05
_REPORTS_A_SECOND_MAX = 250
"""Of all appliances together. In life each reports every second; for that many a house has more than one process."""

Say = Callable[[str], None]


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    figures: list[Figure] = []
    rows: list[dict[str, object]] = []
    with TemporaryDirectory() as folder:
        house = RealHouse(Path(folder), doors)
        fleet = _Fleet(doors)
        try:
            say("a house, and one small film in it …")
            await house.start(log=Path(folder) / "house.log")
            await house.publish()
            await house.sign_in()
            for count in options.fleets or (1_000, 5_000):
                say(f"{count} appliances …")
                await fleet.grow(house, count)
                times = [await _purge(house, f"hd/v1/{len(rows) + n}.m4s", count) for n in range(options.rounds)]
                say(f"{count} appliances: " + ", ".join(f"{each:.2f} s" for each in times))
                figures.append(Figure(f"purge_{count}_median", statistics.median(times), "s", _GOALS.get(count)))
                figures.append(Figure(f"purge_{count}_worst", max(times), "s"))
                rows += [{"appliances": count, "round": n, "seconds": round(t, 3)} for n, t in enumerate(times)]
            figures.append(Figure("tombstones_refused", fleet.refused(), "", 0))
        finally:
            await fleet.end()
            await house.stop()
            await doors.network.close()
    return Report(
        "purge", {"rounds": options.rounds, "reports_a_second_max": _REPORTS_A_SECOND_MAX}, figures, {"purges": rows}
    )


async def _purge(house: RealHouse, path: str, appliances: int) -> float:
    """Of one file, so that one film is enough for many purges; the way of a title is the same. The house looks back at
    each fifty milliseconds, which is in the time."""
    release = await _release(house)
    loop = asyncio.get_running_loop()
    began = loop.time()
    ordered = await _said(house, "POST", "/edge/purge", {"release_id": release, "path": path, "reason": "bench"})
    while loop.time() - began < minutes(2).total_seconds():
        (newest,) = (await _said(house, "GET", "/edge/purges?limit=1"))["purges"]
        if newest["number"] != ordered["number"]:
            raise HouseFailed("Somebody else ordered a purge.")
        if newest["acknowledged"] >= appliances and not newest["waiting"] and not newest["fenced"]:
            return loop.time() - began
        await asyncio.sleep(_LOOK_EVERY_S)
    raise HouseFailed(f"After two minutes {newest['waiting'] + newest['fenced']} appliances had not acknowledged.")


async def _release(house: RealHouse) -> str:
    desk = await _said(house, "GET", f"/catalog/titles/{house.title_id}")
    return str(desk["current_release"])


async def _said(house: RealHouse, method: str, path: str, body: object = None) -> Any:  # JSON of many shapes
    answer = await house.call(method, path, to_json(body) if body is not None else b"")
    if answer.status >= 400:
        raise HouseFailed(f"{method} {path} answered {answer.status}: {answer.body[:200]!r}")
    return from_json(answer.body, dict[str, Any])["data"]


@dataclass(slots=True)
class _Appliance:
    name: str
    control: HttpControl
    doors: Doors
    number: int = 0
    reports: int = 0
    refused: int = 0
    key: str = ""
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def report(self) -> None:
        self.reports += 1
        now = self.doors.clock.now()
        url = f"http://{self.name}.invalid"
        said = HealthReport(
            self.name, "flash", url, now, self.reports, "boot", (), 0, 1 << 40, 0.1, tombstone_sequence=self.number
        )
        answer = await self.control.report(said)
        self.key = self.key or answer.purge_key

    async def report_every(self, span_s: float) -> None:
        while True:
            await asyncio.sleep(span_s * (0.5 + self.doors.chance.uniform()))
            with suppress(MatineeError):
                await self.report()

    async def wait_for_news(self) -> None:
        while True:
            try:
                news = await self.control.tombstones(TombstonesAsked(self.name, self.number))
            except MatineeError:
                await self.doors.clock.sleep(seconds(1))
                continue
            found = judged(news.tombstones.stones, acknowledged=self.number, key=self.key)
            self.refused += len(found.refused)
            if found.good:
                self.number = found.good[-1].sequence


class _Fleet:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._networks: list[SystemNetwork] = []
        self._appliances: list[_Appliance] = []

    async def grow(self, house: RealHouse, count: int) -> None:
        """The first report of each one after the other, a few at a time; then all live."""
        token = (await self._doors.files.read(house.data / "secrets" / "agent.token")).decode().strip()
        fresh: list[_Appliance] = []
        for number in range(len(self._appliances), count):
            if number % _TOGETHER == 0:
                self._networks.append(SystemNetwork())
            control = HttpControl(self._networks[-1], house.url, token, timeout=seconds(30))
            fresh.append(_Appliance(f"appliance-{number}", control, self._doors))
        places = asyncio.Semaphore(_JOIN_AT_ONCE)

        async def join(one: _Appliance) -> None:
            async with places:
                await one.report()

        await asyncio.gather(*map(join, fresh))
        self._appliances += fresh
        for one in self._appliances:
            await _ended(one.tasks)
            every = max(1.0, count / _REPORTS_A_SECOND_MAX)
            one.tasks = [asyncio.create_task(one.report_every(every)), asyncio.create_task(one.wait_for_news())]
        await self._doors.clock.sleep(seconds(5))  # all questions are there by then

    def refused(self) -> int:
        return sum(one.refused for one in self._appliances)

    async def end(self) -> None:
        await _ended([task for one in self._appliances for task in one.tasks])
        for network in self._networks:
            await network.close()


async def _ended(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
