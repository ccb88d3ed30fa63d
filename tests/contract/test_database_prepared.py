"""Queries that a store keeps are compiled once. What they find is what SQLAlchemy finds, type by type and row by row."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from matinee.engines.database.port import At, Schema, Work
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import from_epoch_ms

_tables = sa.MetaData()
_thing = sa.Table(
    "thing",
    _tables,
    sa.Column("id", sa.String(10), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("at", At),
    sa.Column("good", sa.Boolean, nullable=False),
    sa.Column("weight", sa.Numeric(10, 2)),
    sa.Column("body", sa.LargeBinary),
)
_BY_ID = sa.select(_thing).where(_thing.c.id == sa.bindparam("id"))
_GOOD_SINCE = (
    sa.select(_thing.c.id, _thing.c.at.label("when"), (_thing.c.weight * 2).label("twice"))
    .where(_thing.c.at >= sa.bindparam("since"), _thing.c.good.is_(True), _thing.c.kind == "film")
    .order_by(_thing.c.id.desc())
)
_SOME = sa.select(_thing.c.id).where(_thing.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(_thing.c.id)
_COUNT = sa.select(sa.func.count()).select_from(_thing).where(_thing.c.kind == sa.bindparam("kind", "film"))
_other = _thing.alias("other")
_TWINS = sa.select(_thing.c.id, sa.func.lower(_thing.c.kind), _other.c.id).join_from(
    _thing, _other, sa.and_(_thing.c.id == sa.bindparam("id"), _other.c.id == "b")
)
ASKED: list[tuple[Any, dict[str, object]]] = [
    (_BY_ID, {"id": "a"}),
    (_BY_ID, {"id": "none such"}),
    (_GOOD_SINCE, {"since": from_epoch_ms(1_000)}),
    (_GOOD_SINCE, {"since": from_epoch_ms(9_000_000_000_000)}),
    (_SOME, {"ids": ["a", "c"]}),
    (_SOME, {"ids": []}),
    (_COUNT, {}),
    (_COUNT, {"kind": "trailer"}),
    (_TWINS, {"id": "a"}),
]
READS: dict[str, Callable[[Any], object]] = {
    "first": lambda found: found.first(),
    "all": lambda found: found.all(),
    "iterated": list,
    "scalars": lambda found: found.scalars().all(),
    "mappings": lambda found: [dict(each) for each in found.mappings()],
    "by name": lambda found: [[getattr(row, name) for name in row._fields] for row in found],
    "fetchall": lambda found: found.fetchall(),
    "all of it twice": lambda found: (found.all(), found.all()),
    "one, then the rest": lambda found: (next(found, None), found.all(), next(found, None)),
    "the first twice": lambda found: (found.first(), _closed(found.first)),
    "counted": lambda found: found.rowcount,
}


def _closed(read: Callable[[], object]) -> bool:
    try:
        read()
    except sa.exc.ResourceClosedError:
        return True
    return False


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    clock = SystemClock()
    database = SqliteDatabase(tmp_path / "d.db", clock=clock, ids=Ids(clock, SystemChance()), source="test")
    await database.migrate([Schema("things", _tables)])
    rows: list[dict[str, object]] = [
        {"id": "a", "kind": "film", "at": from_epoch_ms(1_500), "good": True, "weight": 2.5, "body": b"\x00"},
        {"id": "b", "kind": "film", "at": None, "good": True, "weight": None, "body": None},
        {"id": "c", "kind": "film", "at": from_epoch_ms(2_500), "good": True, "weight": 0, "body": b""},
        {"id": "d", "kind": "trailer", "at": from_epoch_ms(2_500), "good": False, "weight": 1, "body": b"x"},
    ]
    await database.write(lambda work: work.execute(sa.insert(_thing), rows) and None)
    yield database
    await database.close()


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("number", range(len(ASKED)))
async def test_the_third_time_finds_what_the_first_time_found(database: SqliteDatabase, number: int, read: str) -> None:
    statement, given = ASKED[number]

    def ask(work: Work) -> object:
        return READS[read](work.execute(statement, given))

    first = await database.read(ask)  # by SQLAlchemy, which is asked of a statement until it comes again
    assert [await database.read(ask) for _ in range(3)] == [first] * 3
    assert await database.write(ask) == await database.write(ask) == first


async def test_a_row_is_read_by_its_columns_each_time(database: SqliteDatabase) -> None:
    def ask(work: Work) -> object:
        row = work.execute(_BY_ID, {"id": "a"}).one()
        return [row._mapping[column] for column in _thing.columns]

    first = await database.read(ask)
    assert [await database.read(ask) for _ in range(3)] == [first] * 3


async def test_what_is_written_between_two_questions_is_in_the_second_answer(database: SqliteDatabase) -> None:
    def kind(work: Work) -> str | None:
        row = work.execute(_BY_ID, {"id": "a"}).first()
        return None if row is None else row.kind

    for wanted in ("one", "two", "three"):
        change = sa.update(_thing).where(_thing.c.id == "a").values(kind=wanted)
        await database.write(lambda work, change=change: work.execute(change) and None)  # type: ignore[misc]  # bound now
        assert await database.read(kind) == wanted
    await database.write(lambda work: work.execute(sa.delete(_thing)) and None)
    assert await database.read(kind) is None


async def test_a_result_is_closed_with_its_transaction(database: SqliteDatabase) -> None:
    for _ in range(3):
        found = await database.read(lambda work: work.execute(_COUNT))
        with pytest.raises(sa.exc.ResourceClosedError):
            found.all()


async def test_a_query_that_a_database_refuses_is_refused_each_time(database: SqliteDatabase) -> None:
    broken = sa.select(sa.text("absent")).select_from(sa.text("nowhere"))
    for _ in range(3):
        with pytest.raises((sqlite3.OperationalError, OperationalError), match="nowhere"):
            await database.read(lambda work: work.execute(broken).all())
