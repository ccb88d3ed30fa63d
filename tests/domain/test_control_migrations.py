"""The revisions of every domain of the control plane make exactly the tables its store declares."""

from pathlib import Path

import pytest

from matinee.control.billing import store as billing
from matinee.control.catalog import store as catalog
from matinee.control.drm import store as drm
from matinee.control.members import store as members
from matinee.control.playback import store as playback
from matinee.control.steering import store as steering
from matinee.engines.database.port import Schema
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.ids import Ids

SCHEMAS = [store.SCHEMA for store in (catalog, members, billing, drm, steering, playback)]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.domain)
async def test_migrating_an_empty_database_gives_the_declared_tables(schema: Schema, tmp_path: Path) -> None:
    clock = SystemClock()
    database = SqliteDatabase(tmp_path / "one.sqlite", clock=clock, ids=Ids(clock, SystemChance()), source="test")
    try:
        await database.migrate([schema])
        assert await database.drift([schema]) == []
    finally:
        await database.close()


async def test_all_domains_live_in_one_database_and_migrating_again_changes_nothing(tmp_path: Path) -> None:
    clock = SystemClock()
    database = SqliteDatabase(tmp_path / "all.sqlite", clock=clock, ids=Ids(clock, SystemChance()), source="test")
    try:
        await database.migrate(SCHEMAS)
        await database.migrate(SCHEMAS)
        assert await database.drift(SCHEMAS) == []
        assert [p.name for p in tmp_path.glob("*before*")] == []
    finally:
        await database.close()


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.domain)
def test_every_domain_with_tables_has_revisions(schema: Schema) -> None:
    assert schema.migrations is not None
    assert min(p.name for p in schema.migrations.glob("*.py")) == "0001_first.py"
