"""An operator at work in a world: hands films in, and takes titles away for a while, through the front door.

What there is to do is drawn from the seed as a list, like what goes wrong: a seed that failed can be told again with less
of it. Every answer counts: what the house said yes to has to come true.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Answer, Outgoing
from matinee.kernel.quantities import Span, seconds
from matinee.sim.http import Client
from matinee.sim.ledger import Ledger
from matinee.sim.masters import stand_in_master

ANSWER_WITHIN = seconds(40)
"""Longer than the gateway gives a request: what has not been answered by then is not begun later either."""
_TRY_AGAIN = seconds(1)
_RETRIED = (408, 425, 429)
_EVERY_S = 45.0
_HANDED_IN = 1 / 3
"""The share of errands that bring a film."""
_DURATION_S = 40.0


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to do. Nothing of it depends on the others: any of them can be left out."""

    at_s: float
    """From when the world's own time began."""
    what: Literal["hand in", "withdraw"]
    lasts_s: float = 0.0
    """How long a title stays away."""
    which: float = 0.0
    """In [0, 1): of the titles that were there from the beginning."""

    def __str__(self) -> str:
        away = "" if self.what == "hand in" else f" ({self.which:.3f}) for {self.lasts_s:.3f} s"
        return f"{self.at_s:9.3f} s  {self.what} a film{away}"


def errands(chance: Chance, *, for_s: float) -> tuple[Errand, ...]:
    """All that there is to do within `for_s`, in order."""
    drawn: list[Errand] = []
    at_s = 0.0
    while (at_s := at_s + _EVERY_S * 2 * chance.uniform()) < for_s:
        kind, last, which = (chance.uniform() for _ in range(3))
        drawn.append(Errand(at_s, "hand in" if kind < _HANDED_IN else "withdraw", 5 + 30 * last, which))
    return tuple(drawn)


class Desk:
    def __init__(self, client: Client, clock: Clock, ledger: Ledger, titles: list[str]) -> None:
        """`client` is an operator's; to `titles` is added what the house takes in."""
        self._client = client
        self._clock = clock
        self._ledger = ledger
        self._titles = titles
        self._shown = tuple(titles)
        self._at_work = {title: asyncio.Lock() for title in titles}
        self._do: Mapping[str, Callable[[Errand], Awaitable[None]]] = {
            "hand in": self._hand_in,
            "withdraw": self._withdraw,
        }

    async def work(self, all_: Sequence[Errand]) -> None:
        """Until the last of it is done, whatever becomes of the house meanwhile."""
        async with asyncio.TaskGroup() as tasks:
            for errand in all_:
                tasks.create_task(self._in_time(errand))

    async def _in_time(self, errand: Errand) -> None:
        await self._clock.sleep(Span(seconds=errand.at_s))
        await self._do[errand.what](errand)

    async def _hand_in(self, errand: Errand) -> None:
        name = f"At {errand.at_s:.3f} s"
        place = await self._upload(name, stand_in_master(name, _DURATION_S))
        order = {"master_url": place, "metadata": {"names": {"en": name}, "rating": "G"}, "profiles": ["fast"]}
        begun = await self._insist("POST", "/content/ingest", order)
        self._titles.append(begun["title_id"])
        self._ledger.count("handed in")

    async def _withdraw(self, errand: Errand) -> None:
        """And show it again. One after the other: two who do this to one title would not know what to expect."""
        title = self._shown[int(errand.which * len(self._shown))]
        async with self._at_work[title]:
            await self._insist("POST", f"/content/{title}/withdraw")
            self._ledger.hidden[title] = self._clock.monotonic()
            self._ledger.count("withdrawn")
            await self._clock.sleep(Span(seconds=errand.lasts_s))
            del self._ledger.hidden[title]
            await self._insist("POST", f"/content/{title}/publish", {})
            self._ledger.count("shown again")

    async def _insist(self, method: str, path: str, body: object | None = None) -> Any:  # JSON of many shapes
        """Until it is answered: a house that is away is asked again."""
        while True:
            with suppress(Unavailable):
                status, found = await self._client.call(method, path, body)
                if self._is_answer(method, path, status):
                    return found
            await self._clock.sleep(_TRY_AGAIN)

    async def _upload(self, name: str, master: bytes) -> str:
        """By tus; what has arrived is asked, and never sent twice."""
        named = base64.b64encode(f"{name}.json".encode()).decode()
        begin = {"upload-length": str(len(master)), "upload-metadata": f"filename {named}"}
        place = (await self._send("POST", "/api/v1/content/uploads", begin)).headers["location"]
        while (offset := int((await self._send("HEAD", place, {})).headers["upload-offset"])) < len(master):
            part = {"upload-offset": str(offset), "content-type": "application/offset+octet-stream"}
            with suppress(Unavailable):
                await self._send_once("PATCH", place, part, master[offset:])
        return place

    async def _send(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        while True:
            with suppress(Unavailable):
                answer = await self._send_once(method, path, headers)
                if self._is_answer(method, path, answer.status):
                    return answer
            await self._clock.sleep(_TRY_AGAIN)

    async def _send_once(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        signed = {"authorization": f"Bearer {self._client.token}", "tus-resumable": "1.0.0", **headers}
        url = f"{self._client.base}{path}"
        return await self._client.network.fetch(Outgoing(method, url, signed, body, self._client.timeout))

    def _is_answer(self, method: str, path: str, status: int) -> bool:
        """Whether that settles it. A house that refuses what it has to do is broken."""
        if 400 <= status < 500 and status not in _RETRIED:
            self._ledger.break_(f"The operator asked {method} {path} and was answered {status}.")
        return status < 400
