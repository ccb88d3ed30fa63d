"""The revisions of every domain of the control plane make exactly the tables its store declares."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

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
from matinee.kernel.ids import Ids, TitleId
from matinee.kernel.quantities import to_epoch_ms

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


_TITLE_THEN = """INSERT INTO title (id, type, rating, maturity, genres, people, original_language, state, publish_when_placed, created_at)
VALUES (:id, 'movie', 'G', 0, '[]', '[]', 'en', 'available', 1, :at)"""


async def test_pictures_from_before_they_were_a_release_s_are_still_shown(tmp_path: Path) -> None:
    clock = SystemClock()
    ids = Ids(clock, SystemChance())
    database = SqliteDatabase(tmp_path / "old.sqlite", clock=clock, ids=ids, source="test")
    assert catalog.SCHEMA.migrations is not None
    old = tmp_path / "migrations"
    old.mkdir()
    for revision in sorted(catalog.SCHEMA.migrations.glob("000[123]_*.py")):
        shutil.copy(revision, old)
    title_id, now = TitleId(ids.new()), clock.now()
    kept = "INSERT INTO title_artwork VALUES (:title_id, 'artwork/poster.jpg', 'poster', '', 0)"
    try:
        await database.migrate([Schema("catalog", catalog.SCHEMA.tables, old)])
        await database.write(lambda work: work.execute(sa.text(_TITLE_THEN), {"id": title_id, "at": to_epoch_ms(now)}))
        words = "INSERT INTO title_words VALUES (:title_id, 'en', 'The Lantern', '')"
        await database.write(lambda work: work.execute(sa.text(words), {"title_id": title_id}))
        await database.write(lambda work: work.execute(sa.text(kept), {"title_id": title_id}))
        await database.migrate([catalog.SCHEMA])
        (title,) = await database.read(catalog.all_titles)
        assert [picture.key for picture in title.artwork] == ["artwork/poster.jpg"]
    finally:
        await database.close()
