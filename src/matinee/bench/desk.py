"""An operator at work at a real house: hands films in, withdraws one and shows it again, and keeps what was answered.

Every answer counts: what the house said yes to has to come true, however many of its processes die meanwhile.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import imageio_ffmpeg

from matinee.app.doors import Doors
from matinee.bench.houses import RECOVERED_WITHIN, RETRIED, RealHouse
from matinee.kernel.errors import MatineeError, Unavailable
from matinee.kernel.network import Answer, Outgoing
from matinee.kernel.processes import Command
from matinee.kernel.quantities import Span, minutes, seconds
from matinee.sim.http import Client
from matinee.sim.ledger import Ledger

_TRY_AGAIN = seconds(0.5)
_LOOK_EVERY = seconds(0.5)
_ANSWER_WITHIN = seconds(40)
"""Longer than the gateway gives a request: what has not been answered by then is not done later either."""
_HIDDEN = _SHOWN = seconds(3)
_PUBLISHED_WITHIN = minutes(3)
"""A film of two seconds, while its studio is killed again and again."""


T = TypeVar("T")


class Refused(MatineeError):
    """The house said no to what it has to do."""


class Desk:
    def __init__(self, house: RealHouse, doors: Doors, ledger: Ledger, folder: Path) -> None:
        self.handed_in: list[str] = []
        """Titles whose ingest was answered, in order."""
        self._house = house
        self._doors = doors
        self._ledger = ledger
        self._folder = folder
        self._client: Client | None = None
        self._working: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        token = (self._house.data / "operator.token").read_text().strip()
        self._client = Client(self._doors.network, self._house.url, token, timeout=_ANSWER_WITHIN)

    def work(self, withdrawn: str) -> None:
        """One film after the other, and beside it one title that comes and goes."""
        for work in (self._publish_on(), self._withdraw_on(withdrawn)):
            self._working.append(asyncio.create_task(self._done(work)))

    async def leave(self) -> None:
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        self._working = []

    async def publish(self, name: str, *, seconds_long: int) -> str:
        """Draw a film, hand it in, and wait until it can be watched."""
        title = await self.hand_in(name, seconds_long=seconds_long)
        await self.until_available(title)
        return title

    async def hand_in(self, name: str, *, seconds_long: int) -> str:
        """The title, once the house has said that it will be."""
        master = await self._draw(len(self.handed_in), seconds_long)
        place = await self._upload(master)
        begun = await self._insist(
            "POST",
            "/content/ingest",
            {"master_url": place, "metadata": {"names": {"en": name}, "rating": "G"}, "profiles": ["fast"]},
        )
        title: str = begun["title_id"]
        self.handed_in.append(title)
        return title

    async def until_available(self, title: str) -> None:
        """Without anybody's help. What the studio gave up is broken: nobody told it to."""
        ends = self._doors.clock.monotonic() + _PUBLISHED_WITHIN.total_seconds()
        while (state := await self._state(title)) != "available":
            versions = (await self._insist("GET", f"/content/{title}/encoding-status"))["versions"]
            failed = next((v["error"] for v in versions if v["state"] in ("failed", "canceled")), None)
            if failed is not None or self._doors.clock.monotonic() > ends:
                self._ledger.break_(f"{title} was taken in and is {state}: {failed or 'its studio stands still'}.")
            await self._doors.clock.sleep(_LOOK_EVERY)

    async def available(self) -> list[str]:
        return [each["id"] for each in await self._insist("GET", "/catalog/titles") if each["state"] == "available"]

    async def show_again(self, title: str) -> None:
        self._ledger.hidden.pop(title, None)
        await self._insist("POST", f"/content/{title}/publish", {})

    async def _publish_on(self) -> None:
        while True:
            title = await self.hand_in(f"Film {len(self.handed_in)}", seconds_long=2)
            await self.until_available(title)
            self._ledger.count("published")

    async def _withdraw_on(self, title: str) -> None:
        while True:
            await self._doors.clock.sleep(_SHOWN)
            await self._insist("POST", f"/content/{title}/withdraw")
            self._ledger.hidden[title] = self._doors.clock.monotonic()
            self._ledger.count("withdrawn")
            await self._doors.clock.sleep(_HIDDEN)
            await self.show_again(title)

    async def _done(self, work: Any) -> None:  # a coroutine that ends by being canceled
        try:
            await work
        except MatineeError as error:
            if error.sentence not in self._ledger.broken:
                self._ledger.broken.append(f"The operator: {error.sentence}")

    async def _state(self, title: str) -> str:
        state: str = (await self._insist("GET", f"/catalog/titles/{title}"))["state"]
        return state

    async def _insist(self, method: str, path: str, body: object | None = None) -> Any:  # JSON of many shapes
        """Until it is answered, as anyone would: a house that is being started is asked again."""
        assert self._client is not None, "the desk is not open"
        client = self._client

        async def ask() -> tuple[int, Any]:
            return await client.call(method, path, body)

        status, found = await self._until_answered(f"{method} {path}", ask)
        if status >= 400:
            raise Refused(f"{method} {path} was answered {status}: {found.get('detail')}")
        return found

    async def _until_answered(self, what: str, ask: Callable[[], Awaitable[tuple[int, T]]]) -> tuple[int, T]:
        """By status. A house that says nothing for as long as it may take to recover has not recovered."""
        ends_s = self._doors.clock.monotonic() + RECOVERED_WITHIN.total_seconds()
        while True:
            with suppress(Unavailable):
                status, found = await ask()
                if status < 500 and status not in RETRIED:
                    return status, found
            if self._doors.clock.monotonic() > ends_s:
                self._ledger.break_(f"The house did not answer {what} within {RECOVERED_WITHIN.total_seconds():.0f} s.")
            await self._doors.clock.sleep(_TRY_AGAIN)

    async def _draw(self, number: int, seconds_long: int) -> Path:
        """Each in other colors: equal films would be encoded once."""
        path = self._folder / f"film-{number}.mkv"
        picture = f"testsrc2=s=320x180:r=24:d={seconds_long},hue=h={number * 23 % 360}"
        sound = f"sine=f={200 + number}:d={seconds_long}"
        argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", picture]
        argv += ["-f", "lavfi", "-i", sound, "-c:v", "libx264", "-preset", "veryfast", str(path)]
        await self._doors.processes.run(Command(argv, timeout=minutes(2)))
        return path

    async def _upload(self, master: Path) -> str:
        """By tus; what has arrived is asked, and never sent twice."""
        data = master.read_bytes()
        named = base64.b64encode(master.name.encode()).decode()
        begin = {"upload-length": str(len(data)), "upload-metadata": f"filename {named}"}
        place = (await self._send("POST", "/api/v1/content/uploads", begin)).headers["location"]
        ends_s = self._doors.clock.monotonic() + _PUBLISHED_WITHIN.total_seconds()
        while (offset := await self._arrived(place)) < len(data):
            if self._doors.clock.monotonic() > ends_s:
                self._ledger.break_(f"The house took in {offset} of the {len(data)} bytes of {master.name}.")
            part = {"upload-offset": str(offset), "content-type": "application/offset+octet-stream"}
            with suppress(Unavailable):
                await self._send_once("PATCH", place, part, data[offset:])
        return place

    async def _arrived(self, place: str) -> int:
        return int((await self._send("HEAD", place, {})).headers["upload-offset"])

    async def _send(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        async def ask() -> tuple[int, Answer]:
            answer = await self._send_once(method, path, headers, b"")
            return answer.status, answer

        status, answer = await self._until_answered(f"{method} {path}", ask)
        if status >= 400:
            raise Refused(f"{method} {path} was answered {status}.")
        return answer

    async def _send_once(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        assert self._client is not None, "the desk is not open"
        signed = {"authorization": f"Bearer {self._client.token}", "tus-resumable": "1.0.0", **headers}
        timeout: Span = _ANSWER_WITHIN
        return await self._doors.network.fetch(Outgoing(method, f"{self._house.url}{path}", signed, body, timeout))
