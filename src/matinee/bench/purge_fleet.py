"""Appliances without films, many in one process: each reports, holds a question open, and acknowledges what comes.

A plain keep-alive connection for each of the two, so that what is measured is the house and not a client's library. They
hear the same tombstones, so a signature is checked once for all of them: in life each has a machine of its own for that.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from matinee.app.doors import Doors
from matinee.bench.houses import HouseFailed
from matinee.delivery.edge.api import Instructions
from matinee.delivery.edge.model.judging import Judged, judged
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import from_json, to_json
from matinee.wire.health import HealthReport
from matinee.wire.purge import PurgeNews, TombstonesAsked

_JOIN_AT_ONCE = 32
REPORTS_A_SECOND_MAX = 250
"""Of all together. In life each reports every second; a house with thousands of them has more than one process."""
_AGAIN = seconds(1)


class Wire:
    """One connection to the house, opened again where it was lost."""

    def __init__(self, url: str, path: str, token: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._head = (
            f"POST /api/v1/edge/agent/{path} HTTP/1.1\r\nhost: {parts.netloc}\r\nauthorization: Bearer {token}\r\n"
            "content-type: application/json\r\ncontent-length: "
        ).encode()
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def say(self, body: bytes) -> bytes:
        """The answer's body. Raises `OSError` or `HouseFailed`; the connection is closed then."""
        try:
            if self._open is None:
                self._open = await asyncio.open_connection(self._host, self._port)
            reader, writer = self._open
            writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            answer = await reader.readexactly(length)
            if not head.startswith(b"HTTP/1.1 200"):
                raise HouseFailed(f"The house answered {head[9:12].decode()}.")
            return answer
        except BaseException as error:
            self.close()
            if isinstance(error, asyncio.IncompleteReadError):
                raise ConnectionError("The house hung up.") from error
            raise

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


class Judgment:
    """One for all: the same answer to the same question."""

    def __init__(self) -> None:
        self.key = ""
        self._known: dict[tuple[bytes, int], Judged] = {}

    def of(self, answer: bytes, number: int) -> Judged:
        known = self._known.get((answer, number))
        if known is None:
            news = from_json(answer, PurgeNews)
            known = self._known[answer, number] = judged(news.tombstones.stones, acknowledged=number, key=self.key)
        return known


@dataclass(slots=True)
class _Appliance:
    name: str
    reporting: Wire
    waiting: Wire
    judgment: Judgment
    doors: Doors
    number: int = 0
    reports: int = 0
    refused: int = 0
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def report(self) -> None:
        self.reports += 1
        now, url = self.doors.clock.now(), f"http://{self.name}.invalid"
        said = HealthReport(
            self.name, "flash", url, now, self.reports, "boot", (), 0, 1 << 40, 0.1, tombstone_sequence=self.number
        )
        answer = await self.reporting.say(to_json(said))
        if not self.judgment.key:
            self.judgment.key = from_json(answer, Instructions).purge_key

    async def report_every(self, span_s: float) -> None:
        while True:
            await self.doors.clock.sleep(seconds(span_s * (0.5 + self.doors.chance.uniform())))
            with suppress(OSError, HouseFailed):
                await self.report()

    async def wait_for_news(self) -> None:
        while True:
            try:
                answer = await self.waiting.say(to_json(TombstonesAsked(self.name, self.number)))
            except (OSError, HouseFailed):
                await self.doors.clock.sleep(_AGAIN)
                continue
            found = self.judgment.of(answer, self.number)
            self.refused += len(found.refused)
            if found.good:
                self.number = found.good[-1].sequence


class PurgeFleet:
    def __init__(self, doors: Doors, url: Callable[[], str]) -> None:
        self._doors = doors
        self._url = url
        self._judgment = Judgment()
        self._appliances: list[_Appliance] = []

    async def grow(self, count: int, token: str) -> None:
        """The first report of each, a few at a time; then all live."""
        fresh = [
            _Appliance(
                f"appliance-{number}",
                Wire(self._url(), "health", token),
                Wire(self._url(), "tombstones", token),
                self._judgment,
                self._doors,
            )
            for number in range(len(self._appliances), count)
        ]
        places = asyncio.Semaphore(_JOIN_AT_ONCE)

        async def join(one: _Appliance) -> None:
            async with places:
                await one.report()

        await asyncio.gather(*map(join, fresh))
        self._appliances += fresh
        for one in self._appliances:
            await _ended(one.tasks)
            every = max(1.0, count / REPORTS_A_SECOND_MAX)
            one.tasks = [asyncio.create_task(one.report_every(every)), asyncio.create_task(one.wait_for_news())]
        await self._doors.clock.sleep(seconds(5))  # all questions are there by then

    def refused(self) -> int:
        return sum(one.refused for one in self._appliances)

    async def end(self) -> None:
        await _ended([task for one in self._appliances for task in one.tasks])


async def _ended(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
