"""What every database engine must do."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, insert, select, update
from sqlalchemy.exc import IntegrityError

from matinee.engines.database.outbox import EmittingDatabase, OutboxRelay
from matinee.engines.database.port import At, Schema, Work
from matinee.engines.log.port import Log
from matinee.engines.log.sqlite import SqliteLog
from matinee.engines.sqlite.file import ReadOnlyWork
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import Clock, SystemClock
from matinee.kernel.errors import Conflict
from matinee.kernel.ids import Ids
from matinee.wire.events import TitleChanged
from tests.contract.hand_clock import NOON
from tests.contract.shared import SHARED

METADATA = MetaData()
ACCOUNT = Table(
    "account",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("balance", Integer, nullable=False),
    Column("changed_at", At),
)
PROFILE = Table(
    "profile",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("account", ForeignKey("account.name", deferrable=True, initially="DEFERRED"), nullable=False),
)
SCHEMA = Schema("billing", METADATA)


def opens(name: str, balance: int = 0) -> Any:
    def work(work: Work) -> str:
        work.execute(insert(ACCOUNT), {"name": name, "balance": balance, "changed_at": NOON})
        return name

    return work


def names(work: Work) -> list[str]:
    return list(work.execute(select(ACCOUNT.c.name).order_by(ACCOUNT.c.name)).scalars())


def move(source: str, target: str, amount: int) -> Any:
    """Money from one to the other, refused where there is not enough, noticed only after the first half is done."""

    def work(work: Work) -> None:
        balance = ACCOUNT.c.balance
        work.execute(update(ACCOUNT).where(ACCOUNT.c.name == target).values(balance=balance + amount))
        work.execute(update(ACCOUNT).where(ACCOUNT.c.name == source).values(balance=balance - amount))
        left = work.execute(select(balance).where(ACCOUNT.c.name == source)).scalar_one()
        work.emit(TitleChanged(f"{source}>{target}"))
        if left < 0:
            raise Conflict("Not enough money.")

    return work


def emits(title_id: str) -> Any:
    def work(work: Work) -> None:
        work.emit(TitleChanged(title_id))

    return work


def balances(work: Work) -> dict[str, int]:
    return {row.name: row.balance for row in work.execute(select(ACCOUNT))}


class DatabaseConformance:
    def make(self, folder: Path, clock: Clock) -> EmittingDatabase:
        """An empty database."""
        raise AssertionError("a suite says how its engine is made")

    def make_log(self, folder: Path, *, partitions: int = 8) -> Log:
        """Where events are shipped to."""
        clock = SystemClock()
        return SqliteLog(folder / "log.db", clock, Ids(clock, SystemChance()), partitions=partitions)

    async def ready(self, folder: Path) -> EmittingDatabase:
        database = self.make(folder, SystemClock())
        await database.migrate([SCHEMA])
        return database

    async def test_what_is_written_is_read_back(self, tmp_path: Path) -> None:
        database = await self.ready(tmp_path)
        assert await database.write(opens("ada", 3)) == "ada"
        row = await database.read(lambda work: work.execute(select(ACCOUNT)).one())
        assert (row.name, row.balance, row.changed_at) == ("ada", 3, NOON)
        await database.close()

    async def test_a_unit_that_fails_is_undone_alone(self, tmp_path: Path) -> None:
        database = await self.ready(tmp_path)

        def fails(work: Work) -> None:
            opens("bad")(work)
            raise Conflict("No.")

        answers = await asyncio.gather(
            *(database.write(opens(f"good-{number}")) for number in range(5)),
            database.write(fails),
            *(database.write(opens(f"late-{number}")) for number in range(5)),
            return_exceptions=True,
        )
        assert [type(answer) for answer in answers if not isinstance(answer, str)] == [Conflict]
        assert "bad" not in await database.read(names)
        assert len(await database.read(names)) == 10
        await database.close()

    async def test_a_broken_constraint_is_the_callers_own(self, tmp_path: Path) -> None:
        database = await self.ready(tmp_path)
        answers = await asyncio.gather(
            *(database.write(opens("ada")) for _ in range(3)), database.write(opens("bob")), return_exceptions=True
        )
        assert sum(isinstance(answer, IntegrityError) for answer in answers) == 2
        assert await database.read(names) == ["ada", "bob"]
        await database.close()

    async def test_a_reference_checked_at_the_commit_fails_only_who_broke_it(self, tmp_path: Path) -> None:
        database = await self.ready(tmp_path)

        def orphan(work: Work) -> None:
            work.execute(insert(PROFILE), {"name": "kid", "account": "nobody"})

        answers = await asyncio.gather(
            database.write(opens("ada")), database.write(orphan), database.write(opens("bob")), return_exceptions=True
        )
        assert (answers[0], answers[2]) == ("ada", "bob")
        assert isinstance(answers[1], Exception)
        assert await database.read(names) == ["ada", "bob"]
        await database.close()

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.integers(1, 60)), max_size=30))
    @settings(max_examples=20, suppress_health_check=SHARED)
    def test_money_moved_by_many_at_once_is_neither_made_nor_lost(self, moves: list[tuple[str, str, int]]) -> None:
        async def story() -> None:
            with TemporaryDirectory() as folder:
                database = await self.ready(Path(folder))
                for name in "abc":
                    await database.write(opens(name, 100))
                writes = [database.write(move(*one)) for one in moves]
                looks = [database.read(balances) for _ in moves]
                *seen, last = await asyncio.gather(*writes, *looks, database.read(balances), return_exceptions=True)
                for view in (one for one in [*seen, last] if isinstance(one, dict)):
                    assert sum(view.values()) == 300
                    assert min(view.values()) >= 0
                refused = sum(isinstance(one, Conflict) for one in seen)
                assert await self.shipped(database, Path(folder)) == len(moves) - refused
                await database.close()

        asyncio.run(story())

    async def shipped(self, database: EmittingDatabase, folder: Path) -> int:
        log = self.make_log(folder)
        await OutboxRelay(database, log).drain()
        count = len([one async for one in log.replay("titles")])
        await log.close()
        return count

    async def test_a_caller_that_leaves_harms_nobody(self, tmp_path: Path) -> None:
        database = await self.ready(tmp_path)
        callers = [asyncio.create_task(database.write(opens(f"{number:03}"))) for number in range(100)]
        await asyncio.sleep(0)
        for caller in callers[::2]:
            caller.cancel()
        answers = await asyncio.gather(*callers, return_exceptions=True)
        acknowledged = {answer for answer in answers if isinstance(answer, str)}
        assert len(acknowledged) == 50
        assert acknowledged <= set(await database.read(names))
        await database.close()

    async def test_a_read_may_not_change_or_emit(self, tmp_path: Path) -> None:
        database = await self.ready(tmp_path)
        with pytest.raises(ReadOnlyWork):
            await database.read(opens("ada"))
        with pytest.raises(ReadOnlyWork):
            await database.read(lambda work: work.emit(TitleChanged("t")))
        assert await database.read(names) == []
        await database.close()

    async def test_a_copy_made_while_others_write_is_whole(self, tmp_path: Path) -> None:
        database = await self.ready(tmp_path)
        await database.write(opens("before"))
        writing = asyncio.gather(*(database.write(opens(f"{number}")) for number in range(200)))
        (tmp_path / "copy").mkdir()
        await database.backup(tmp_path / "copy" / "database.db")
        await writing
        await database.close()
        copy = self.make(tmp_path / "copy", SystemClock())
        assert "before" in await copy.read(names)
        await copy.close()

    async def test_events_are_shipped_in_the_order_of_their_commits(self, tmp_path: Path) -> None:
        database = await self.ready(tmp_path)
        log = self.make_log(tmp_path, partitions=1)
        relay = asyncio.create_task(OutboxRelay(database, log).run())
        for number in range(20):
            await database.write(emits(f"{number}"))
        async with asyncio.timeout(30):
            while len(found := [one async for one in log.replay("titles")]) < 20:
                await asyncio.sleep(0.01)
        assert [one.envelope.key for one in found] == [f"{number}" for number in range(20)]
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
        await log.close()
        await database.close()
