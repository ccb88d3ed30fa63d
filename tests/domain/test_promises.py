"""Films that are still being drawn, promised in one process and shown by another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from matinee.app.studio import Promised, RemoteStudio, Studio
from matinee.kernel.errors import Unavailable
from matinee.studio.production.api import PreparingTitle
from tests.house import HandClock
from tests.wire import WireClock


class Desk:
    """A production that makes what it is told."""

    def __init__(self) -> None:
        self.made: list[PreparingTitle] = []

    async def preparing(self) -> tuple[PreparingTitle, ...]:
        return tuple(self.made)


class Line:
    """The way to a studio in another process, which may be started again, or away."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk
        self.studio = Studio(desk, desk)
        self.is_away = False
        self.tried = 0

    def start_again(self) -> None:
        self.studio = Studio(self._desk, self._desk)

    async def note_promised(self, promised: Promised) -> None:
        self.tried += 1
        if self.is_away:
            raise Unavailable("The studio is away.")
        await self.studio.note_promised(promised)

    async def shown(self) -> list[tuple[str, float]]:
        return [(film.name, film.progress) for film in await self.studio.preparing()]


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Time there is made of the pauses of who tells."""
    for _ in range(1000):
        if await is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to be")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def line(desk: Desk) -> Line:
    return Line(desk)


@pytest.fixture
async def remote(desk: Any, line: Any) -> AsyncIterator[RemoteStudio]:
    found = RemoteStudio(desk, line, WireClock(HandClock()))
    telling = asyncio.create_task(found.keep_telling())
    yield found
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling


async def test_what_is_promised_is_shown_as_it_goes_on_and_no_longer_than_it_is(
    remote: RemoteStudio, line: Line
) -> None:
    remote.promise("Boat", "render", 0.1, rating="G")
    remote.promise("Train", "", 0.0, rating="G")
    await until(lambda: _shows(line, [("Boat", 0.1), ("Train", 0.0)]))
    remote.promise("Boat", "render", 0.2, rating="G")
    remote.end_promise("Train", is_kept=False)
    await until(lambda: _shows(line, [("Boat", 0.2)]))


async def test_a_studio_that_was_started_again_or_away_is_told_again(remote: RemoteStudio, line: Line) -> None:
    remote.promise("Boat", "render", 0.1, rating="G")
    line.is_away = True
    await until(lambda: _was_tried(line))
    line.is_away = False
    await until(lambda: _shows(line, [("Boat", 0.1)]))
    line.start_again()
    assert await line.shown() == []
    await until(lambda: _shows(line, [("Boat", 0.1)]))


async def test_a_film_does_not_go_back_while_it_is_handed_in(remote: RemoteStudio, line: Line, desk: Desk) -> None:
    remote.promise("Boat", "render", 0.3, rating="G")
    await until(lambda: _shows(line, [("Boat", 0.3)]))
    desk.made = [PreparingTitle("Boat", "inspect", 0.0, "G", is_announced=True)]
    assert await line.shown() == [("Boat", 0.3)], "the promise is not ended yet"
    remote.end_promise("Boat", is_kept=True)
    await until(lambda: _promises_nothing(line))
    assert await line.shown() == [("Boat", 0.3)]


async def _shows(line: Line, wanted: list[tuple[str, float]]) -> bool:
    return await line.shown() == wanted


async def _was_tried(line: Line) -> bool:
    return line.tried > 0


async def _promises_nothing(line: Line) -> bool:
    return line.studio.promised.films == ()
