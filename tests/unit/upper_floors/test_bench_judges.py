"""The judges of `bench crashes` judge answers: a house that says nothing for a moment is asked again, and for a long time, reported."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, AsyncContextManager

import pytest

from matinee.app.doors import Doors
from matinee.bench.crowd import Crowd
from matinee.bench.desk import Desk
from matinee.bench.houses import RECOVERED_WITHIN, RealHouse
from matinee.kernel.chance import SeededChance
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Answer, Incoming, Outgoing
from matinee.sim.audience import Member, Viewer
from matinee.sim.ledger import Ledger, PromiseBroken
from tests.unit.doors import SetClock

HOME = {"rows": [{"id": "new", "items": [{"id": "film-1"}]}]}
FOUND = {"items": [{"id": "film-2"}]}


class Stumbling:
    """The way to a house: each request meets the next of these words before it is answered at last."""

    def __init__(self, *words: int | None, then: Callable[[str], tuple[int, Any]]) -> None:
        self.words = list(words)
        self._then = then
        self.asked = 0

    async def fetch(self, request: Outgoing) -> Answer:
        self.asked += 1
        word = self.words.pop(0) if self.words else 200
        if word is None:
            raise Unavailable("Nobody answers.")
        status, data = (word, {"title": "No."}) if word != 200 else self._then(request.url)
        body = {"data": data} if status < 400 else data
        return Answer(status, {}, json.dumps(body).encode())

    def stream(self, request: Outgoing) -> AsyncContextManager[Incoming]:
        raise Unavailable("Nobody streams here.")

    async def close(self) -> None:
        """Nothing is open."""


def house_of(path: str) -> tuple[int, Any]:
    if "/browse/home" in path:
        return 200, HOME
    return 200, FOUND if "/search" in path else []


def signed_out(_path: str) -> tuple[int, Any]:
    return 401, {"title": "Sign in first."}


def open_crowd(folder: Path, network: Stumbling) -> Crowd:
    doors = Doors(clock=SetClock(), network=network)
    crowd = Crowd(RealHouse(folder, doors), doors, SeededChance("judges"))
    crowd.viewers.append(crowd._viewer(Member("a", "a@x", "token", "p", "Ada", 1), SeededChance("v"), insists=True))
    return crowd


@pytest.mark.parametrize("words", [(503, 200, 503), (None, 200, 502), (200, None, 429)])
async def test_what_is_shown_is_asked_for_until_it_is_answered(tmp_path: Path, words: tuple[int | None, ...]) -> None:
    crowd = open_crowd(tmp_path, Stumbling(*words, then=house_of))
    assert await crowd.shown() == ["film-1", "film-2"]


async def test_who_is_answered_later_has_not_been_signed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def plays(_viewer: Viewer, _title: str) -> bool:
        return True

    monkeypatch.setattr(Viewer, "try_out", plays)
    network = Stumbling(503, None, 429, then=lambda _path: (200, [{"id": "p"}]))
    crowd = open_crowd(tmp_path, network)
    await crowd.come_back("film-1")
    assert crowd.ledger.broken == []
    assert network.words == []


async def test_who_is_refused_has_been(tmp_path: Path) -> None:
    crowd = open_crowd(tmp_path, Stumbling(503, then=signed_out))
    with pytest.raises(PromiseBroken, match="Ada was signed in and is answered 401"):
        await crowd.come_back("film-1")


async def test_a_house_that_stays_away_is_reported_by_whoever_asks_it(tmp_path: Path) -> None:
    away = Stumbling(*[None] * 10_000, then=house_of)
    crowd = open_crowd(tmp_path, away)
    with pytest.raises(PromiseBroken, match="did not answer GET /browse/home within 120 s"):
        await crowd.shown()
    clock, ledger = SetClock(), Ledger()
    doors = Doors(clock=clock, network=away)
    house = RealHouse(tmp_path, doors)
    house.data.mkdir()
    (house.data / "operator.token").write_text("token")
    desk = Desk(house, doors, ledger, tmp_path)
    await desk.open()
    began = clock.monotonic()
    with pytest.raises(PromiseBroken, match=r"did not answer POST /content/film/publish within 120 s"):
        await desk.show_again("film")
    assert clock.monotonic() - began < RECOVERED_WITHIN.total_seconds() + 2
    assert ledger.broken
