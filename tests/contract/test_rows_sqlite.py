import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from matinee.engines.rows.sqlite import SqliteRows
from matinee.engines.sqlite.file import FileNewer
from matinee.kernel.clock import Clock, SystemClock
from matinee.kernel.errors import Unavailable
from matinee.kernel.quantities import days, hours, seconds
from tests.contract.crash import killed_after
from tests.contract.hand_clock import HandClock
from tests.contract.rows import RowsConformance, row


class TestSqliteRows(RowsConformance):
    def make(self, folder: Path, clock: Clock) -> SqliteRows:
        return SqliteRows(folder / "rows.db", clock)


async def test_what_expired_long_ago_is_removed_by_those_who_write(tmp_path: Path) -> None:
    clock = HandClock()
    rows = SqliteRows(tmp_path / "rows.db", clock)
    await rows.put([row(f"{number}", ttl=seconds(45)) for number in range(100)])
    await rows.delete("positions", "ada", "gone", at=clock.now())
    clock.advance(hours(2))
    await rows.put([row("new")])
    assert _count(tmp_path / "rows.db") == 2
    clock.advance(days(11))
    await rows.put([row("newer")])
    assert _count(tmp_path / "rows.db") == 2
    await rows.close()


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    rows = SqliteRows(tmp_path / "rows.db", HandClock())
    await rows.close()
    await rows.close()
    with pytest.raises(Unavailable, match="shutting down"):
        await rows.put([row("a")])
    with pytest.raises(Unavailable, match="shutting down"):
        await rows.get("positions", "ada", "a")


async def test_a_file_from_a_newer_version_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "rows.db")) as file:
        file.execute("PRAGMA user_version = 99")
    with pytest.raises(FileNewer, match="newer Matinee"):
        SqliteRows(tmp_path / "rows.db", HandClock())


@pytest.mark.parametrize("round_", range(3))
async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path, round_: int) -> None:
    path = tmp_path / "rows.db"
    acknowledged = killed_after(random.randint(1, 400), "tests.contract.rows_child", str(path))
    rows = SqliteRows(path, SystemClock())
    for number in acknowledged:
        assert await rows.get("positions", "ada", f"{int(number):07}") is not None
    await rows.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute("SELECT count(*) FROM row").fetchone()[0])
