import asyncio
import random
import resource
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from matinee.engines.database.outbox import OutboxRelay
from matinee.engines.database.port import Work
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.log.sqlite import SqliteLog
from matinee.engines.sqlite.file import FileDamaged
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import Clock, SystemClock
from matinee.kernel.errors import Unavailable
from matinee.kernel.files import DiskFull
from matinee.kernel.ids import Ids
from matinee.kernel.mounts import kind_of_file_system
from tests.contract.crash import killed_after
from tests.contract.database import SCHEMA, DatabaseConformance, names, opens


def open_database(folder: Path, clock: Clock | None = None) -> SqliteDatabase:
    clock = clock or SystemClock()
    return SqliteDatabase(folder / "database.db", clock=clock, ids=Ids(clock, SystemChance()), source="test")


class TestSqliteDatabase(DatabaseConformance):
    def make(self, folder: Path, clock: Clock) -> SqliteDatabase:
        return open_database(folder, clock)


async def test_a_full_disk_is_named_and_nothing_of_it_is_acknowledged(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    await database.migrate([SCHEMA])
    await database.write(lambda work: work.execute(text("PRAGMA max_page_count = 20")) and None)
    answers: list[object] = []
    for first in range(0, 60, 3):
        some = (database.write(opens(f"{number:02}" + "x" * 1000)) for number in range(first, first + 3))
        answers += await asyncio.gather(*some, return_exceptions=True)
    acknowledged = {answer for answer in answers if isinstance(answer, str)}
    assert 0 < len(acknowledged) < 60
    assert {type(answer) for answer in answers if not isinstance(answer, str)} == {DiskFull}
    assert set(await database.read(names)) == acknowledged
    await database.write(lambda work: work.execute(text("PRAGMA max_page_count = 100000")) and None)
    await database.write(opens("after"))
    await database.close()


async def test_a_commit_that_the_disk_refuses_reaches_every_caller_and_leaves_nothing(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    await database.migrate([SCHEMA])
    await database.write(opens("before"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The write-ahead log may not grow: units succeed in memory, and only the commit meets the disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "database.db-wal").stat().st_size, hard))
    try:
        answers = await asyncio.gather(*(database.write(opens(f"{n}")) for n in range(20)), return_exceptions=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {type(answer) for answer in answers} == {Unavailable}
    assert await database.read(names) == ["before"]
    assert await database.write(opens("after")) == "after"
    await database.close()


async def test_a_read_sees_one_moment_however_often_it_looks(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    await database.migrate([SCHEMA])

    def looks_twice(work: Work) -> tuple[list[str], list[str]]:
        first = names(work)
        with closing(sqlite3.connect(tmp_path / "database.db")) as elsewhere, elsewhere:
            elsewhere.execute("INSERT INTO account (name, balance) VALUES ('ada', 1)")
        return first, names(work)

    assert await database.read(looks_twice) == ([], [])
    assert await database.read(names) == ["ada"]
    await database.close()


async def test_a_long_read_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    threads: list[int] = []

    def counts_to_a_million(work: Work) -> int:
        threads.append(threading.get_ident())
        counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT max(i) FROM n"
        return int(work.execute(text(counting)).scalar_one())

    assert await database.read(counts_to_a_million) == 1_000_000
    assert threads[0] == threading.get_ident() != threads[1]
    assert await database.read(lambda work: work.execute(text("SELECT 1")).scalar_one()) == 1
    await database.close()


async def test_the_file_is_private_to_its_user(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    assert (tmp_path / "database.db").stat().st_mode & 0o077 == 0
    await database.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "database.db").write_bytes(b"a shopping list, not a database. " * 100)
    with pytest.raises(FileDamaged, match="last backup"):
        open_database(tmp_path)


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    await database.close()
    await database.close()
    for closed in (database.write(names), database.read(names)):
        with pytest.raises(Unavailable, match="shutting down"):
            await closed


async def test_two_processes_may_share_the_file(tmp_path: Path) -> None:
    one, other = open_database(tmp_path), open_database(tmp_path)
    await one.migrate([SCHEMA])
    await other.migrate([SCHEMA])
    await asyncio.gather(*(base.write(opens(f"{base is one}-{n}")) for n in range(50) for base in (one, other)))
    assert len(await one.read(names)) == len(await other.read(names)) == 100
    await one.close()
    await other.close()


@pytest.mark.parametrize("round_", range(3))
async def test_nothing_acknowledged_is_lost_and_every_event_arrives_once(tmp_path: Path, round_: int) -> None:
    acknowledged = killed_after(random.randint(1, 200), "tests.contract.database_child", str(tmp_path), "runs")
    opened, shipped = await _after(tmp_path)
    assert set(acknowledged) <= set(opened)
    assert sorted(shipped) == opened


async def test_a_relay_killed_between_append_and_delete_ships_once(tmp_path: Path) -> None:
    killed_after(1_000, "tests.contract.database_child", str(tmp_path), "dies-between")
    with closing(sqlite3.connect(tmp_path / "database.db")) as file:
        assert file.execute("SELECT count(*) FROM outbox").fetchone() == (40,), "the child died before the delete"
    opened, shipped = await _after(tmp_path)
    assert sorted(shipped) == opened
    assert len(shipped) == 40


async def _after(folder: Path) -> tuple[list[str], list[str]]:
    """Open again, ship what waits: the accounts there are, and the keys of the events that arrived."""
    database = open_database(folder)
    clock = SystemClock()
    log = SqliteLog(folder / "log.db", clock, Ids(clock, SystemChance()))
    await OutboxRelay(database, log).drain()
    opened = await database.read(names)
    shipped = [one.envelope.key async for one in log.replay("titles")]
    await log.close()
    await database.close()
    with closing(sqlite3.connect(folder / "database.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return opened, shipped


def test_the_kind_of_a_file_system_is_that_of_the_deepest_mount() -> None:
    mounts = (
        "/dev/a / ext4 rw 0 0\nnas:/x /mnt/my\\040films nfs4 rw 0 0\ntmpfs /mnt/my\\040films/scratch tmpfs rw 0 0\n"
    )
    assert kind_of_file_system(Path("/mnt/my films/a.db"), mounts) == "nfs4"
    assert kind_of_file_system(Path("/mnt/my films/scratch/a.db"), mounts) == "tmpfs"
    assert kind_of_file_system(Path("/mnt/my films of old/a.db"), mounts) == "ext4"
