import asyncio
import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.engines.log.sqlite import SqliteLog
from matinee.kernel.clock import Clock, SystemClock
from matinee.kernel.quantities import seconds
from tests.contract.crash import killed_after
from tests.contract.hand_clock import NOON, HandClock
from tests.contract.log import IDS, LEASE, LogConformance, drain, event, take


class TestSqliteLog(LogConformance):
    def make(self, folder: Path, clock: Clock) -> SqliteLog:
        return SqliteLog(folder / "log.db", clock, IDS)


async def test_trimmed_events_are_gone_for_every_group_and_offsets_go_on(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db", HandClock(), IDS, partitions=2)
    old = [event(f"{number}") for number in range(10)]
    await log.append(old)
    await log.append([replace(event("0", "new"), at=NOON + seconds(9))])
    assert await log.trim("titles", NOON + seconds(5)) == 10
    assert [one.data for one in await drain(log, "search")] == [b"new"]
    assert await log.trim("titles", NOON + seconds(50)) == 1
    await log.append([event("0", "newer")])
    batch = await take(log)
    assert [one.envelope.data for one in batch.deliveries] == [b"newer"]
    assert batch.deliveries[0].offset > 1
    await log.close()


async def test_a_topic_keeps_its_partitions_when_the_setting_changes(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db", HandClock(), IDS, partitions=2)
    await log.append([event(f"{number}") for number in range(40)])
    await log.close()
    log = SqliteLog(tmp_path / "log.db", HandClock(), IDS, partitions=8)
    await log.append([event(f"{number}") for number in range(40)])
    places = {(one.envelope.key, one.partition) async for one in log.replay("titles")}
    assert len(places) == 40
    await log.close()


async def test_another_process_is_heard_without_being_asked(tmp_path: Path) -> None:
    here, there = (SqliteLog(tmp_path / "log.db", SystemClock(), IDS) for _ in range(2))
    waiting = asyncio.create_task(here.poll("titles", "search", wait=seconds(60), lease=LEASE))
    await asyncio.sleep(0)
    await there.append([event("a")])
    assert await waiting is not None
    await here.close()
    await there.close()


@pytest.mark.parametrize("round_", range(3))
async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path, round_: int) -> None:
    path = tmp_path / "log.db"
    acknowledged = killed_after(random.randint(1, 400), "tests.contract.log_child", str(path))
    log = SqliteLog(path, SystemClock(), IDS)
    kept = [int(one.envelope.data) async for one in log.replay("titles")]
    assert {int(number) for number in acknowledged} <= set(kept)
    for key in range(8):
        of_key = [number for number in kept if number % 8 == key]
        assert of_key == sorted(of_key)
    await log.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
