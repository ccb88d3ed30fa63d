import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, ForeignKey, MetaData, Table, Text, insert, select, text

from matinee.engines.database.migrations import DatabaseNewer
from matinee.engines.database.port import Schema
from matinee.engines.database.sqlite import BrokenReference, SqliteDatabase
from matinee.engines.workflows.tables import SCHEMA as WORKFLOWS
from tests.contract.test_database_sqlite import open_database

_HEAD = "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {now!r}\ndown_revision = {before!r}\n\n"
FIRST = """
def upgrade():
    op.create_table("plan", sa.Column("name", sa.Text, primary_key=True))
    op.create_table("member", sa.Column("id", sa.Text, primary_key=True),
                    sa.Column("plan", sa.Text, sa.ForeignKey("plan.name", ondelete="CASCADE")))
"""
REBUILDS = """
def upgrade():
    with op.batch_alter_table("plan", recreate="always") as table:
        table.add_column(sa.Column("streams", sa.Integer, nullable=False, server_default="1"))
"""
FAILS = """
def upgrade():
    op.create_table("half", sa.Column("id", sa.Text, primary_key=True))
    op.execute("UPDATE nothing_of_that_name SET x = 1")
"""
BREAKS = """
def upgrade():
    op.execute("DELETE FROM plan")
"""
METADATA = MetaData()
PLAN = Table("plan", METADATA, Column("name", Text, primary_key=True))
MEMBER = Table(
    "member",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("plan", ForeignKey("plan.name", ondelete="CASCADE")),
)


def schema(folder: Path, *revisions: str, domain: str = "billing") -> Schema:
    """A domain with these revisions, written as its files."""
    migrations = folder / f"{domain}-{len(revisions)}"
    migrations.mkdir(exist_ok=True)
    for number, body in enumerate(revisions, start=1):
        now, before = f"{number:04}", f"{number - 1:04}" if number > 1 else None
        (migrations / f"{now}_step.py").write_text(_HEAD.format(now=now, before=before) + body)
    return Schema(domain, METADATA, migrations)


async def with_a_member(folder: Path) -> SqliteDatabase:
    database = open_database(folder)
    await database.migrate([schema(folder, FIRST)])
    await database.write(lambda work: work.execute(insert(PLAN), {"name": "basic"}) and None)
    await database.write(lambda work: work.execute(insert(MEMBER), {"id": "ada", "plan": "basic"}) and None)
    return database


async def members(database: SqliteDatabase) -> list[str]:
    return await database.read(lambda work: list(work.execute(select(MEMBER.c.id)).scalars()))


async def tables(database: SqliteDatabase) -> list[str]:
    statement = text("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
    return await database.read(lambda work: list(work.execute(statement).scalars()))


async def test_a_new_database_gets_every_revision_and_no_copy(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    await database.migrate([schema(tmp_path, FIRST, REBUILDS)])
    assert await tables(database) == ["alembic_version_billing", "member", "outbox", "plan"]
    assert list(tmp_path.glob("*.before-*")) == []
    await database.close()


async def test_migrating_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    database = await with_a_member(tmp_path)
    await database.migrate([schema(tmp_path, FIRST)])
    assert await members(database) == ["ada"]
    assert list(tmp_path.glob("*.before-*")) == []
    await database.close()


async def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(tmp_path: Path) -> None:
    database = await with_a_member(tmp_path)
    await database.migrate([schema(tmp_path, FIRST, REBUILDS)])
    assert await members(database) == ["ada"]
    assert await database.read(lambda work: work.execute(text("SELECT streams FROM plan")).scalar_one()) == 1
    await database.close()


async def test_a_copy_is_made_before_an_existing_database_changes(tmp_path: Path) -> None:
    database = await with_a_member(tmp_path)
    await database.migrate([schema(tmp_path, FIRST, REBUILDS)])
    await database.close()
    with closing(sqlite3.connect(tmp_path / "database.db.before-billing-0002")) as copy:
        assert copy.execute("SELECT id FROM member").fetchall() == [("ada",)]
        assert copy.execute("SELECT version_num FROM alembic_version_billing").fetchall() == [("0001",)]


async def test_a_failing_revision_undoes_those_of_every_domain(tmp_path: Path) -> None:
    database = await with_a_member(tmp_path)
    other = "\ndef upgrade():\n    op.create_table('film', sa.Column('id', sa.Text, primary_key=True))\n"
    before = await tables(database)
    with pytest.raises(Exception, match="nothing_of_that_name"):
        await database.migrate([schema(tmp_path, other, domain="catalog"), schema(tmp_path, FIRST, FAILS)])
    assert await tables(database) == before
    await database.migrate([schema(tmp_path, other, domain="catalog"), schema(tmp_path, FIRST)])
    assert "film" in await tables(database)
    await database.close()


async def test_a_revision_that_leaves_rows_pointing_at_nothing_is_undone(tmp_path: Path) -> None:
    database = await with_a_member(tmp_path)
    with pytest.raises(BrokenReference, match="rows of member that refer to missing rows of plan"):
        await database.migrate([schema(tmp_path, FIRST, BREAKS)])
    assert await members(database) == ["ada"]
    await database.write(lambda work: work.execute(text("DELETE FROM plan")) and None)
    assert await members(database) == [], "references are watched again after a migration"
    await database.close()


async def test_a_database_from_a_newer_version_is_refused(tmp_path: Path) -> None:
    database = await with_a_member(tmp_path)
    await database.migrate([schema(tmp_path, FIRST, REBUILDS)])
    with pytest.raises(DatabaseNewer, match="tables of billing from a newer Matinee"):
        await database.migrate([schema(tmp_path, FIRST)])
    await database.close()


async def test_drift_between_revisions_and_tables_is_told(tmp_path: Path) -> None:
    database = await with_a_member(tmp_path)
    assert await database.drift([schema(tmp_path, FIRST)]) == []
    await database.migrate([schema(tmp_path, FIRST, REBUILDS)])
    (difference,) = await database.drift([schema(tmp_path, FIRST, REBUILDS)])
    assert "streams" in difference
    await database.close()


async def test_the_workflow_engines_own_revisions_make_its_tables(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    await database.migrate([WORKFLOWS])
    assert await database.drift([WORKFLOWS]) == []
    await database.close()
