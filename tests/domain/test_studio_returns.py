"""A master is handed in again after another one: what was made of it comes back, and whoever merely goes on undoes nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from matinee.studio.production.api import FileRef, IngestRequest
from tests.domain.studio_house import TITLE, StudioHouse, stand_in, studio
from tests.domain.test_studio_endings import Gate, until
from tests.domain.test_studio_markers import until_searched

BOTH: tuple[Literal["fast", "full"], ...] = ("fast", "full")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house", stand_ins=True) as opened:
        yield opened


async def test_a_master_that_is_handed_in_again_is_the_title_s_again_with_all_that_was_made_of_it(
    house: StudioHouse, tmp_path: Path
) -> None:
    first, second = stand_in(tmp_path / "first.film", seconds=40), stand_in(tmp_path / "second.film", name="Ship")
    await house.publish(first, profiles=BOTH)
    await until_searched(house)
    full, fast = await house.production.status(TITLE)
    await house.publish(second)
    await until_searched(house)
    runs = await house.workflows.runs()
    again = await house.production.ingest(IngestRequest(FileRef(path=str(first)), profiles=BOTH))
    assert (again.release_id, again.state) == (fast.release_id, "ready")
    assert [version.edition == full.edition for version in await house.production.status(TITLE)] == [False, True, True]

    of_title = [(edition, set(made)) for title, edition, made in house.desk.handed_in if title == TITLE]
    assert [made for _, made in of_title] == [set(), set(), {fast.release_id, full.release_id}]
    assert of_title[0][0] == of_title[2][0] == fast.edition != of_title[1][0]
    preview = house.desk.handed_in[-1]
    assert preview[0] != TITLE
    assert (await house.release(preview[2][0])).source_sha256 == (await house.release(fast.release_id)).source_sha256
    await until_searched(house)
    (begun,) = (run for run in await house.workflows.runs() if run.run_id not in {known.run_id for known in runs})
    assert begun.kind == "find-markers"
    assert begun.payload["source_sha256"] == (await house.release(fast.release_id)).source_sha256


async def test_handing_in_what_is_under_way_joins_it_and_undoes_nothing_that_was_done_since(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    monkeypatch.setattr(house.encoding, "inspect", gate.before(house.encoding.inspect))
    request = IngestRequest(FileRef(path=str(stand_in(tmp_path / "boat.film"))), profiles=("fast",))
    for _ in range(2):
        await house.production.ingest(request)
        await gate.reached()
    assert len(house.desk.handed_in) == 1
    gate.open()
    await until(house, lambda versions: versions[0].state == "ready")


async def test_of_a_title_that_was_deleted_everything_is_made_anew(house: StudioHouse, tmp_path: Path) -> None:
    master = stand_in(tmp_path / "boat.film")
    gone = await house.publish(master)
    await house.production.delete(TITLE)
    made = await house.publish(master)
    assert made.release_id != gone.release_id
    assert [made for _, _, made in house.desk.handed_in] == [(), ()]
    assert await house.release(made.release_id)
