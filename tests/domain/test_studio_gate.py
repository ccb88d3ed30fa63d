"""What the gate refuses twice waits for a person; what a disk spoiled is made again without anybody."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.studio.encoding.api import ChunkTask, GateVerdict, RungResult, RungTask
from matinee.studio.production.api import VersionStatus
from tests.domain.studio_house import TITLE, StudioHouse, stand_in, studio
from tests.media import film


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house", stand_ins=True) as opened:
        yield opened


async def until(house: StudioHouse, title_id: str, holds: Callable[[VersionStatus], bool]) -> VersionStatus:
    async with asyncio.timeout(60):
        while not holds(found := (await house.production.status(title_id))[0]):
            await asyncio.sleep(0.01)
    return found


async def test_what_was_refused_twice_can_be_looked_at_and_is_shown_once_a_person_says_so(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, dull = house.encoding.finish_rung, 0

    async def finished(task: RungTask) -> RungResult:
        nonlocal dull
        result = await finish(task)
        if task.rung.id != task.plan.rungs[-1].id:
            return result
        dull += 1
        return replace(result, verdict=GateVerdict(False, ("It is dull.",)))

    monkeypatch.setattr(house.encoding, "finish_rung", finished)
    refused = await house.publish(stand_in(tmp_path / "boat.film"))
    assert (refused.state, dull) == ("failed", 2)
    assert refused.error == (
        "The encode is not good enough to be shown: It is dull. Look at it in the console: approve it to show it all the "
        "same, reject it, or publish a better master."
    )
    chunks = [each for each in refused.jobs if each.work.startswith("encode-chunk")]
    assert {each.stage for each in chunks} == {"encode", "encode-again"}
    assert all(each.done == each.jobs > 0 for each in chunks)
    evidence = (await house.production.report(refused.title_id)).evidence
    assert evidence is not None
    assert evidence.compared
    assert all(rung.measured is not None for rung in evidence.rungs)

    await house.production.resume(refused.title_id)
    again = await until(house, refused.title_id, lambda v: v.state == "failed" and v.updated_at > refused.updated_at)
    assert again.error == refused.error
    await house.production.qc_decision(refused.title_id, "approve", by="ada", reason="It is meant to be dull.")
    assert (
        await until(house, refused.title_id, lambda v: v.state in ("ready", "failed") and v != again)
    ).state == "ready"
    assert dull == 2


async def test_a_yes_to_the_master_is_none_to_an_encode_that_was_refused_later(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, is_decided = house.encoding.finish_rung, False

    async def finished(task: RungTask) -> RungResult:
        nonlocal is_decided
        if not is_decided:
            is_decided = True
            await house.production.qc_decision(TITLE, "approve", by="ada")
        return replace(await finish(task), verdict=GateVerdict(False, ("It is dull.",)))

    monkeypatch.setattr(house.encoding, "finish_rung", finished)
    refused = await house.publish(stand_in(tmp_path / "boat.film"))
    assert refused.state == "failed"
    assert (refused.error or "").startswith("The encode is not good enough to be shown: It is dull.")
    assert len((await house.production.report(TITLE)).decisions) == 1


async def test_a_chunk_of_which_the_disk_kept_half_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with studio(tmp_path / "house") as house:
        encode, halves = house.encoding.encode_chunk, list[str]()

        async def kept(task: ChunkTask) -> str:
            path = await encode(task)
            if not halves:
                halves.append(path)
                Path(path).write_bytes(Path(path).read_bytes()[: Path(path).stat().st_size // 2])
            return path

        monkeypatch.setattr(house.encoding, "encode_chunk", kept)
        status = await house.publish(film(tmp_path / "master.mp4", seconds=2, sound=False))
        assert (status.state, status.error, len(halves)) == ("ready", None, 1)
        assert sum(Path(halves[0]).name in line for line in house.processes.ran if "libx264" in line) == 2
