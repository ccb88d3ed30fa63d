"""Door 3 simulated: requests between machines of one world, with the delays, losses and cuts of its weather."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from matinee.kernel.chance import Chance
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Answer, Incoming, Outgoing
from matinee.sim.nodes import Node
from matinee.sim.weather import Link, Weather

Serve = Callable[[Outgoing], Awaitable[Answer]]

_PIECE_BYTES = 1 << 18


class Fabric:
    """Who answers where. One a world."""

    def __init__(self, weather: Weather, chance: Chance, note: Callable[[str], None]) -> None:
        """`note` is told of every request and its outcome: the history of the world."""
        self.weather = weather
        self._chance = chance
        self._note = note
        self._places: dict[str, tuple[Node, Serve]] = {}

    def listen(self, origin: str, node: Node, serve: Serve) -> None:
        """`origin`: scheme, host and port. A machine that comes back listens again."""
        self._places[origin] = (node, serve)

    def seen_from(self, name: str) -> "SimNetwork":
        return SimNetwork(self, name)

    async def carry(self, name: str, request: Outgoing) -> tuple[Answer, str]:
        """The answer, and which machine gave it."""
        try:
            answer, other = await self._carry(name, request)
        except Unavailable:
            self._note(f"{name} {request.method} {request.url} lost")
            raise
        self._note(f"{name} {request.method} {request.url} {answer.status}")
        return answer, other

    async def _carry(self, name: str, request: Outgoing) -> tuple[Answer, str]:
        parts = urlsplit(request.url)
        place = self._places.get(f"{parts.scheme}://{parts.netloc}")
        if place is None or not place[0].alive:
            await asyncio.sleep(self._delay(self.weather.everywhere))
            raise Unavailable(f"{parts.netloc} did not answer: connection refused.")
        node, serve = place
        there = asyncio.get_running_loop().create_future()
        # The other machine works by itself: it goes on when we have long given up, and stops when it is killed.
        try:
            async with asyncio.timeout(request.timeout.total_seconds()):
                await self._cross(name, node.name)
                if not node.alive:
                    raise Unavailable(f"{parts.netloc} did not answer: it was killed.")
                node.begin(_answer(serve, request, there))
                answer = await there
                await self._cross(node.name, name)
                return answer, node.name
        except TimeoutError:
            raise Unavailable(f"{parts.netloc} did not answer: TimeoutError.") from None

    async def cross(self, one: str, other: str, within_s: float) -> None:
        """One way, for a further piece of an answer."""
        try:
            async with asyncio.timeout(within_s):
                await self._cross(one, other)
        except TimeoutError:
            raise Unavailable(f"{one} stopped answering: TimeoutError.") from None

    async def _cross(self, one: str, other: str) -> None:
        link = self.weather.between(one, other)
        if link.cut or (link.loss and self._chance.uniform() < link.loss):
            await asyncio.get_running_loop().create_future()  # nothing ever arrives; the timeout tells
        await asyncio.sleep(self._delay(link))

    def _delay(self, link: Link) -> float:
        return link.delay_s + self._chance.uniform() * link.jitter_s


async def _answer(serve: Serve, request: Outgoing, there: "asyncio.Future[Answer]") -> None:
    try:
        answer = await serve(request)
    except Exception as error:
        if not there.done():
            there.set_exception(Unavailable(f"The connection was closed: {type(error).__name__}."))
        return
    if not there.done():
        there.set_result(answer)


class SimNetwork:
    """The network as one machine sees it."""

    def __init__(self, fabric: Fabric, name: str) -> None:
        self._fabric = fabric
        self._name = name

    async def fetch(self, request: Outgoing) -> Answer:
        answer, _ = await self._fabric.carry(self._name, request)
        return answer

    @asynccontextmanager
    async def stream(self, request: Outgoing) -> AsyncIterator[Incoming]:
        answer, other = await self._fabric.carry(self._name, request)
        yield Incoming(answer.status, answer.headers, self._pieces(answer, other, request.timeout.total_seconds()))

    async def close(self) -> None:
        """Nothing is open."""

    async def _pieces(self, answer: Answer, other: str, silence_s: float) -> AsyncIterator[bytes]:
        body = answer.body
        for start in range(0, len(body), _PIECE_BYTES):
            if start:
                await self._fabric.cross(other, self._name, silence_s)
            yield body[start : start + _PIECE_BYTES]
