"""Deleting a title that shares its master with another, and a deletion that was broken off."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from matinee.engines.database.port import Schema, Work
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.ids import Ids
from matinee.studio.production import store
from matinee.studio.production.api import (
    DecisionMade,
    FileRef,
    Metadata,
    NothingInProduction,
    NotYetStopped,
    SidecarText,
    TitleBusy,
    VersionStatus,
)
from matinee.studio.production.service import deletion
from tests.builders import NOON
from tests.domain.studio_house import OTHER, TITLE, StudioHouse, boat, reluctant_hands, stand_in, studio
from tests.domain.test_studio_endings import Gate, quiet


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house", stand_ins=True) as opened:
        yield opened


async def made(house: StudioHouse, title_id: str) -> VersionStatus:
    async with asyncio.timeout(60):
        while (found := (await house.production.status(title_id))[0]).state not in ("ready", "failed"):
            await asyncio.sleep(0.01)
    return found


async def test_a_master_that_is_just_taken_in_for_another_title_is_not_deleted(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = stand_in(tmp_path / "boat.film")
    await house.production.ingest(boat(master))
    gate = Gate()
    monkeypatch.setattr(house.desk, "title_for", gate.before(house.desk.title_for))
    second = asyncio.create_task(house.production.ingest(boat(master, OTHER)))
    await gate.reached()  # its bytes are found stored, and no version names them yet
    await house.production.delete(TITLE)
    gate.open()
    await second
    assert (await made(house, OTHER)).state == "ready"
    await house.production.delete(OTHER)
    assert await house.stored("masters/") == []


async def test_a_master_that_is_just_being_deleted_is_stored_anew_for_another_title(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master, claim, refused = stand_in(tmp_path / "boat.film"), store.claim_source, asyncio.Event()
    await house.production.ingest(boat(master))
    gate, loop = Gate(), asyncio.get_running_loop()
    monkeypatch.setattr(house.encoding, "forget_title", gate.before(house.encoding.forget_title))
    deleted = asyncio.create_task(house.production.delete(TITLE))
    await gate.reached()  # nobody else needed it when that was looked at

    def watched(*arguments: Any, **named: Any) -> bool:
        is_held = claim(*arguments, **named)
        if not is_held:
            loop.call_soon_threadsafe(refused.set)
        return is_held

    monkeypatch.setattr(store, "claim_source", watched)
    second = asyncio.create_task(house.production.ingest(boat(master, OTHER)))
    await asyncio.wait_for(refused.wait(), 60)
    gate.open()
    await deleted
    await second
    assert len(await house.stored("masters/")) == 1


async def test_a_title_is_deleted_once_at_a_time(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = stand_in(tmp_path / "boat.film")
    await house.production.ingest(boat(master))
    gate = Gate()
    monkeypatch.setattr(house.encoding, "forget_title", gate.before(house.encoding.forget_title))
    first = asyncio.create_task(house.production.delete(TITLE))
    await gate.reached()
    with pytest.raises(NotYetStopped):
        await house.production.delete(TITLE)
    await house.production.finish_deletions()
    gate.open()
    await first
    await house.production.ingest(boat(master))
    assert (await made(house, TITLE)).state == "ready"


async def test_of_two_titles_of_one_master_that_are_deleted_at_once_the_last_takes_it_along(
    house: StudioHouse, tmp_path: Path
) -> None:
    master = stand_in(tmp_path / "boat.film")
    for title_id in (TITLE, OTHER):
        await house.production.ingest(boat(master, title_id))
    await asyncio.gather(*(house.production.delete(title_id) for title_id in (TITLE, OTHER)))
    assert await house.stored() == await house.stored("masters/") == []


async def test_a_deletion_that_was_broken_off_is_finished_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(Exception):
        pass

    def killed(*_: object) -> None:
        raise Died

    async with studio(tmp_path / "house", stand_ins=True) as house:
        await house.production.ingest(boat(stand_in(tmp_path / "boat.film")))
        with monkeypatch.context() as broken:  # its runs are forgotten, its own record is not
            broken.setattr(store, "remove_versions", killed)
            with pytest.raises(Died):
                await house.production.delete(TITLE, by="ada", reason="lost rights")
        assert await house.workflows.runs() == []
        assert await house.production.status(TITLE)
        await house.production.ingest(boat(stand_in(tmp_path / "other.film", name="Other"), OTHER))
    async with studio(tmp_path / "house", stand_ins=True) as house:
        await house.production.finish_deletions()
        with pytest.raises(NothingInProduction):
            await house.production.status(TITLE)
        await house.production.finish_deletions()
        assert await house.production.status(OTHER)
        assert len(await house.stored("masters/")) == 1


async def test_a_title_is_not_deleted_while_another_process_is_still_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "house"
    monkeypatch.setattr(deletion, "_LOOKS_MAX", 2)
    async with studio(root, stand_ins=True, workers=0) as house:
        await house.production.ingest(boat(stand_in(tmp_path / "boat.film")))
        async with reluctant_hands(root) as other:
            await other.begun()
            with pytest.raises(NotYetStopped):
                await house.production.delete(TITLE)
            await other.told_to_stop()
            await quiet(house)
            await house.production.finish_deletions()
            assert (await house.production.status(TITLE))[0].state == "canceled"
            assert len(await house.stored("masters/")) == 1
            other.stop()
            async with asyncio.timeout(60):
                while await house.workflows.runs():
                    await house.production.finish_deletions()
            assert await house.stored("masters/") == []
            assert [path for path in (root / "studio").rglob("*") if path.is_file()] == []


async def test_what_was_stored_for_an_order_that_was_refused_is_swept_away(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master, other = stand_in(tmp_path / "boat.film"), stand_in(tmp_path / "other.film", name="Other")
    subtitles = tmp_path / "boat.srt"
    subtitles.write_text("1\n00:00:01,000 --> 00:00:02,000\nAhoy.\n")
    told = Metadata(names={"en": "Boat"}, id=TITLE, subtitles=(SidecarText(subtitles.name, "en", "English"),))
    files = {subtitles.name: FileRef(path=str(subtitles))}
    await house.production.ingest(replace(boat(master), metadata=told, files=files))
    kept = await house.stored("masters/")
    assert len(kept) == 2

    async def refused(metadata: Metadata, *, belongs_to: str | None = None) -> str:
        raise TitleBusy

    with monkeypatch.context() as broken:
        broken.setattr(house.desk, "title_for", refused)
        with pytest.raises(TitleBusy):
            await house.production.ingest(boat(other, OTHER))
    assert len(await house.stored("masters/")) == 3
    await house.production.forget_unused_sources()
    assert await house.stored("masters/") == kept


async def test_neither_what_is_just_taken_in_nor_an_upload_that_can_be_handed_in_again_is_swept_away(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = stand_in(tmp_path / "boat.film")
    data = master.read_bytes()

    async def parts() -> AsyncIterator[bytes]:
        yield data

    upload = await house.production.begin_upload("boat.film", len(data))
    await house.production.upload_part(upload.id, 0, parts())
    gate = Gate()
    with monkeypatch.context() as held:
        held.setattr(house.desk, "title_for", gate.before(house.desk.title_for))
        first = asyncio.create_task(house.production.ingest(replace(boat(master), master=FileRef(upload.id))))
        await gate.reached()
        await house.production.end_upload(upload.id)  # nothing but its being taken in keeps it now
        await house.production.forget_unused_sources()
        gate.open()
        await first
    assert len(await house.stored("masters/")) == 1
    await house.production.delete(TITLE)

    upload = await house.production.begin_upload("boat.film", len(data))
    await house.production.upload_part(upload.id, 0, parts())

    async def refused(metadata: Metadata, *, belongs_to: str | None = None) -> str:
        raise TitleBusy

    wanted = replace(boat(master), master=FileRef(upload.id))
    with monkeypatch.context() as broken:
        broken.setattr(house.desk, "title_for", refused)
        with pytest.raises(TitleBusy):
            await house.production.ingest(wanted)
    await house.production.forget_unused_sources()
    assert (await house.production.ingest(wanted)).state in ("waiting", "running")


async def test_what_got_its_version_while_it_was_looked_for_is_not_swept_away(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.production.ingest(boat(stand_in(tmp_path / "boat.film")))
    found, looks = store.all_versions, 0

    def too_early(work: Work) -> list[store.Version]:
        nonlocal looks
        looks += 1
        return [] if looks == 1 else found(work)

    monkeypatch.setattr(store, "all_versions", too_early)
    await house.production.forget_unused_sources()
    assert looks == 2
    assert len(await house.stored("masters/")) == 1


async def test_a_decision_on_a_title_that_goes_meanwhile_is_refused_and_leaves_nothing(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.production.ingest(boat(stand_in(tmp_path / "boat.film")))
    add = store.add_decision

    def too_late(work: Work, decision_id: str, version: store.Version, made: DecisionMade) -> bool:
        store.remove_versions(work, version.title_id)
        return add(work, decision_id, version, made)

    monkeypatch.setattr(store, "add_decision", too_late)
    with pytest.raises(NothingInProduction):
        await house.production.qc_decision(TITLE, "approve", by="ada")
    assert await decided(house.database) == []


async def test_what_was_decided_on_titles_deleted_before_goes_and_who_deleted_them_stays(tmp_path: Path) -> None:
    clock = SystemClock()
    database = SqliteDatabase(tmp_path / "old.sqlite", clock=clock, ids=Ids(clock, SystemChance()), source="test")
    assert store.SCHEMA.migrations is not None
    old = tmp_path / "migrations"
    old.mkdir()
    for revision in sorted(store.SCHEMA.migrations.glob("000[1-7]_*.py")):
        shutil.copy(revision, old)

    def fill(work: Work) -> None:
        version = store.Version("r", "there", "run", "e", "s", "fast", "Boat", "", None, NOON)
        store.add_version(work, version)
        store.add_decision(work, "kept", version, DecisionMade("approve", "ada", "fine", NOON))
        store.note_deletion(work, "deletion", "gone", by="bob", reason="lost rights", at=NOON)
        left = "INSERT INTO studio_decision VALUES ('left', 'gone', 'reject', 'ada', 'blurred', 0, 'r0')"
        work.execute(sa.text(left))

    try:
        await database.migrate([Schema("production", store.SCHEMA.tables, old)])
        await database.write(fill)
        await database.migrate([store.SCHEMA])
        assert await decided(database) == ["deletion", "kept"]
    finally:
        await database.close()


async def decided(database: SqliteDatabase) -> list[str]:
    query = sa.text("SELECT id FROM studio_decision ORDER BY id")
    return await database.read(lambda work: list(work.execute(query).scalars()))
