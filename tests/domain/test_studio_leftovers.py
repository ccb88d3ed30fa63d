"""What was being made when its journey was canceled goes; what anybody goes on with stays."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matinee.engines.encoder.port import EncoderFailed
from matinee.studio.packaging.api import Packaged, PackagingOrder
from tests.domain.studio_house import OTHER, TITLE, StudioHouse, boat, reluctant_hands, stand_in, studio
from tests.domain.test_studio_endings import Gate, quiet, until


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house", stand_ins=True) as opened:
        yield opened


def in_progress(house: StudioHouse) -> set[str]:
    """Every file that is made on the way to a release."""
    folders = [house.root / "studio" / name for name in ("work", "chunks", "prints", "probes")]
    return {str(path.relative_to(house.root)) for folder in folders for path in folder.rglob("*") if path.is_file()}


async def idle(house: StudioHouse) -> None:
    """Until every job that was begun has stopped."""
    await quiet(house)
    async with asyncio.timeout(60):
        while any(worker.at_work for worker in await house.workflows.workers()):
            await asyncio.sleep(0.01)


async def before_packaging(house: StudioHouse, master: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A journey that has encoded everything, and may not go on."""
    gate = Gate()
    monkeypatch.setattr(house.packaging, "package", gate.before(house.packaging.package))
    await house.production.ingest(boat(master))
    await gate.reached()
    return gate


async def test_what_was_made_for_a_canceled_version_goes_and_its_master_can_be_published_again(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = stand_in(tmp_path / "boat.film")
    with monkeypatch.context() as held:
        await before_packaging(house, master, held)
        for made in list(in_progress(house)):  # as killed workers leave them
            if made.startswith(("studio/chunks", "studio/prints")):
                path = house.root / made
                path.with_name(f".{path.name}.{4711}-0.part").write_bytes(b"half")
        await house.production.cancel(TITLE)
        await idle(house)
    assert {name.split("/")[1] for name in in_progress(house)} == {"work", "chunks", "prints"}
    others = house.root / "studio" / "work" / "encoding" / "kept" / "plan.json"
    others.parent.mkdir(parents=True)
    others.write_text("{}")
    await house.production.clear_leftovers()
    assert in_progress(house) == {"studio/work/encoding/kept/plan.json"}, (
        "what is no release's own folder is left alone"
    )
    others.unlink()
    assert len(await house.stored("masters/")) == 1
    await house.production.ingest(boat(master))
    await until(house, lambda versions: versions[0].state == "ready")


async def test_what_another_title_of_the_same_master_is_made_from_stays(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master, package, both = stand_in(tmp_path / "boat.film"), house.packaging.package, asyncio.Semaphore(0)
    gate = Gate()
    held = gate.before(package)

    async def watched(order: PackagingOrder) -> Packaged:
        both.release()
        made: Packaged = await held(order)
        return made

    monkeypatch.setattr(house.packaging, "package", watched)
    canceled = await house.production.ingest(boat(master))
    other = await house.production.ingest(boat(master, OTHER))
    async with asyncio.timeout(60):
        for _ in range(2):
            await both.acquire()
    before = in_progress(house)
    await house.production.cancel(TITLE)
    async with asyncio.timeout(60):
        while any(run.is_advanced for run in await house.workflows.runs(states=("canceled",))):
            await asyncio.sleep(0.01)
    await house.production.clear_leftovers()
    assert in_progress(house) == {name for name in before if canceled.release_id not in name}
    assert any(other.release_id in name for name in before)
    gate.open()
    async with asyncio.timeout(60):
        while (await house.production.status(OTHER))[0].state != "ready":
            await asyncio.sleep(0.01)


async def test_a_version_that_failed_keeps_what_was_made_for_it_until_it_is_canceled(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(order: PackagingOrder) -> Packaged:
        raise EncoderFailed("The packager is not there.")

    monkeypatch.setattr(house.packaging, "package", broken)
    await house.production.ingest(boat(stand_in(tmp_path / "boat.film")))
    await until(house, lambda versions: versions[0].state == "failed")
    before = in_progress(house)
    await house.production.clear_leftovers()
    assert in_progress(house) == before != set()
    await house.production.cancel(TITLE)
    await house.production.clear_leftovers()
    assert in_progress(house) == set()


async def test_what_was_put_by_for_the_next_version_stays(house: StudioHouse, tmp_path: Path) -> None:
    await house.publish(stand_in(tmp_path / "boat.film"))
    await quiet(house)
    kept = sorted((house.root / "studio" / "kept").rglob("*"))
    await house.production.clear_leftovers()
    assert sorted((house.root / "studio" / "kept").rglob("*")) == kept != []


async def test_a_master_that_is_just_taken_in_again_keeps_its_chunks(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master, gate = stand_in(tmp_path / "boat.film"), Gate()
    with monkeypatch.context() as held:
        await before_packaging(house, master, held)
        await house.production.cancel(TITLE)
        await idle(house)
    chunks = {name for name in in_progress(house) if "/work/" not in name}
    with monkeypatch.context() as held:
        held.setattr(house.desk, "title_for", gate.before(house.desk.title_for))
        again = asyncio.create_task(house.production.ingest(boat(master)))
        await gate.reached()  # nothing but its claim says that the master will be needed
        await house.production.clear_leftovers()
        assert in_progress(house) == chunks != set()
        gate.open()
        await again
    await until(house, lambda versions: versions[0].state == "ready")


async def test_what_another_process_is_still_writing_stays_until_it_has_stopped(tmp_path: Path) -> None:
    root = tmp_path / "house"
    async with studio(root, stand_ins=True, workers=0) as house:
        await house.production.ingest(boat(stand_in(tmp_path / "boat.film")))
        async with reluctant_hands(root) as other:
            writing = await other.begun()
            await house.production.cancel(TITLE)
            await other.told_to_stop()
            await quiet(house)
            await house.production.clear_leftovers()
            assert writing.exists()
            other.stop()
            await idle(house)
            await house.production.clear_leftovers()
            assert in_progress(house) == set()


async def test_of_two_versions_the_one_that_ends_just_now_keeps_the_other_from_nothing(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prioritize, gate = house.workflows.prioritize, Gate()

    async def too_late(run_id: str, priority: int) -> Any:
        await house.workflows.cancel(run_id)
        await prioritize(run_id, priority)

    with monkeypatch.context() as held:
        held.setattr(house.packaging, "package", gate.before(house.packaging.package))
        await house.production.ingest(replace(boat(stand_in(tmp_path / "boat.film")), priority=70))
        await gate.reached()
        held.setattr(house.workflows, "prioritize", too_late)
        (status,) = await house.production.prioritize(TITLE, 1)
    assert (status.state, status.priority) == ("canceled", 70)
