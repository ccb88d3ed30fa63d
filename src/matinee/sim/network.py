"""Door 3 simulated: requests between machines of one world, with the delays, losses and cuts of its weather."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from matinee.kernel.chance import Chance
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Answer, Incoming, Outgoing
from matinee.sim.nodes import NOWHERE, Node
from matinee.sim.weather import Link, Weather

T = TypeVar("T")

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
        origin = "/".join(request.url.split("/", 3)[:3])
        netloc = origin.rpartition("/")[2]
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Answer] = loop.create_future()
        giving_up = loop.call_later(
            request.timeout.total_seconds(), _fail, answered, f"{netloc} did not answer: TimeoutError."
        )
        place = self._places.get(origin)
        if place is None or not place[0].alive:
            refused = f"{netloc} did not answer: connection refused."
            _after(self._delay(self.weather.everywhere), _fail, answered, refused)
        else:
            self._send(name, place[0].name, self._arrive, name, request, *place, answered)
        try:
            return await answered, place[0].name if place else ""
        finally:
            giving_up.cancel()

    def _arrive(
        self, name: str, request: Outgoing, node: Node, serve: Serve, answered: "asyncio.Future[Answer]"
    ) -> None:
        """At the other machine. It works by itself from here: it goes on when we have long given up, and stops when it
        is killed."""
        if node.alive:
            node.begin(self._answer(name, request, node, serve, answered))
        else:
            self._send(node.name, name, _fail, answered, "The connection was closed: the machine was killed.")

    async def _answer(
        self, name: str, request: Outgoing, node: Node, serve: Serve, answered: "asyncio.Future[Answer]"
    ) -> None:
        try:
            answer = await serve(request)
        except Exception as error:
            self._send(node.name, name, _fail, answered, f"The connection was closed: {type(error).__name__}.")
        else:
            self._send(node.name, name, _give, answered, answer)

    async def cross(self, one: str, other: str, within_s: float) -> None:
        """One way, for a further piece of an answer."""
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        giving_up = asyncio.get_running_loop().call_later(
            within_s, _fail, arrived, f"{one} stopped answering: TimeoutError."
        )
        self._send(one, other, _give, arrived, None)
        try:
            await arrived
        finally:
            giving_up.cancel()

    def _send(self, one: str, other: str, arrive: Callable[..., None], *what: object) -> None:
        """What was sent arrives whatever becomes of who sent it; or never, and only a timeout tells."""
        link = self.weather.between(one, other)
        if not link.cut and not (link.loss and self._chance.uniform() < link.loss):
            _after(self._delay(link), arrive, *what)

    def _delay(self, link: Link) -> float:
        return link.delay_s + self._chance.uniform() * link.jitter_s


def _after(delay_s: float, arrive: Callable[..., None], *what: object) -> None:
    asyncio.get_running_loop().call_later(delay_s, arrive, *what, context=NOWHERE)


def _give(waiting: "asyncio.Future[T]", what: T) -> None:
    if not waiting.done():
        waiting.set_result(what)


def _fail(waiting: "asyncio.Future[T]", sentence: str) -> None:
    if not waiting.done():
        waiting.set_exception(Unavailable(sentence))


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
        pieces = self._pieces(answer, other, request.timeout.total_seconds())
        yield Incoming(answer.status, answer.headers, pieces, tuple(answer.headers.items()))

    async def close(self) -> None:
        """Nothing is open."""

    async def _pieces(self, answer: Answer, other: str, silence_s: float) -> AsyncIterator[bytes]:
        body = answer.body
        for start in range(0, len(body), _PIECE_BYTES):
            if start:
                await self._fabric.cross(other, self._name, silence_s)
            yield body[start : start + _PIECE_BYTES]
