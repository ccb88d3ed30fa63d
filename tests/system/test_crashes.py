"""Real houses whose processes are killed at any moment, under load; and the judge of it, who has to find what is planted."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from matinee.app.doors import Doors
from matinee.app.services import PROCESSES
from matinee.bench.crashes import crash
from matinee.bench.crowd import Crowd
from matinee.bench.desk import Desk
from matinee.bench.houses import RealHouse
from matinee.bench.parts import GATEWAY, HOUSE
from matinee.kernel.chance import SeededChance
from matinee.kernel.quantities import seconds
from matinee.sim.ledger import PromiseBroken

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(600)]

_BESIDE = ("origin-1", "edge-1")
_PARTS = {"one process": (HOUSE, *_BESIDE), "split": (*PROCESSES, GATEWAY, *_BESIDE)}


# The split house has every process that the house in one has, and takes as long.
@pytest.mark.parametrize("mode", [pytest.param("one process", marks=pytest.mark.slow), "split"])
async def test_whichever_process_is_killed_nothing_that_was_answered_is_lost(tmp_path: Path, mode: str) -> None:
    doors = Doors()
    async with _running(tmp_path, doors, split=mode == "split") as house:
        kills = max(6, len(_PARTS[mode]))
        report = await crash(house, kills=kills, seed="a test", doors=doors, folder=tmp_path, tell=print, viewers=8)
        log = (tmp_path / "house.log").read_text()
    assert report.broken == [], log[-3000:]
    assert len(report.kills) == kills
    assert {kill.part for kill in report.kills} == set(_PARTS[mode])
    # There was something to lose.
    assert (
        min(
            report.counts.get(what, 0)
            for what in ("play 200", "segments", "withdrawn", "list changed", "devices signed in")
        )
        > 0
    ), report.counts


async def test_the_judge_finds_a_position_that_was_lost_and_a_film_that_is_only_half_there(tmp_path: Path) -> None:
    doors = Doors()
    async with _running(tmp_path, doors, split=False) as house:
        crowd = Crowd(house, doors, SeededChance("planted"))
        desk = Desk(house, doors, crowd.ledger, tmp_path)
        await crowd.arrive(3)
        await desk.open()
        film = await desk.publish("Planted", seconds_long=20)
        crowd.sit_down(film)
        while not any(_would_go_on(crowd, film)):
            await doors.clock.sleep(seconds(0.1))
        await crowd.leave()
        await crowd.come_back(film)

        with sqlite3.connect(house.data / "stores" / "rows.sqlite") as rows:
            rows.execute("DELETE FROM row")
        with pytest.raises(PromiseBroken, match="is offered to go on with"):
            await crowd.come_back(film)

        for release in house.data.glob("**/releases/*"):
            shutil.rmtree(release)
        assert film in await crowd.shown()
        assert not await crowd.plays(film)


def _would_go_on(crowd: Crowd, film: str) -> list[bool]:
    """Whose acknowledged position leads into the film."""
    known = [crowd.ledger.positions.get((viewer.member.profile, film), []) for viewer in crowd.viewers]
    return [all(5000 < sent.position_ms < 18_000 and sent.acknowledged for sent in sents) for sents in known if sents]


@asynccontextmanager
async def _running(folder: Path, doors: Doors, *, split: bool) -> AsyncIterator[RealHouse]:
    house = RealHouse(folder, doors)
    try:
        await house.start(split=split, log=folder / "house.log")
        yield house
    finally:
        await house.stop()
        await doors.network.close()
