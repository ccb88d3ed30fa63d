"""The last moments of a journey: its release is out, and the next profile, the preview and the markers are still to come."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from matinee.engines.encoder.port import EncoderFailed
from matinee.studio.production.api import FileRef, IngestRequest, TitleBusy, VersionStatus
from matinee.studio.production.store import ask_for_review
from tests.domain.studio_house import TITLE, StudioHouse, stand_in, studio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house", stand_ins=True) as opened:
        yield opened


class Gate:
    """Holds a call until it is opened."""

    def __init__(self) -> None:
        self._reached, self._opened = asyncio.Event(), asyncio.Event()

    def before(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def held(*arguments: Any, **named: Any) -> Any:
            self._reached.set()
            await self._opened.wait()
            return await call(*arguments, **named)

        return held

    async def reached(self) -> None:
        await asyncio.wait_for(self._reached.wait(), 60)

    def open(self) -> None:
        self._opened.set()


async def until(house: StudioHouse, holds: Callable[[tuple[VersionStatus, ...]], bool]) -> tuple[VersionStatus, ...]:
    """The versions, newest first, once this can be said of them."""
    async with asyncio.timeout(60):
        while not holds(found := await house.production.status(TITLE)):
            await asyncio.sleep(0.01)
    return found


async def quiet(house: StudioHouse) -> None:
    """Until there is no run that anybody advances, or will."""
    async with asyncio.timeout(60):
        while any(run.is_advanced or run.state in ("waiting", "running") for run in await house.workflows.runs()):
            await asyncio.sleep(0.01)


async def ending(house: StudioHouse, folder: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """A title whose fast release is out, and whose journey is held just before it goes on with the full one."""
    monkeypatch.setattr(house.encoding, "forget", gate.before(house.encoding.forget))
    await house.production.ingest(IngestRequest(FileRef(path=str(stand_in(folder / "boat.film")))))
    await gate.reached()
    assert [version.state for version in await house.production.status(TITLE)] == ["ready"]


async def test_what_is_canceled_while_its_first_release_comes_out_makes_no_second(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    await ending(house, tmp_path, gate, monkeypatch)
    await house.production.cancel(TITLE)
    gate.open()
    await quiet(house)
    assert [(v.profile, v.state) for v in await house.production.status(TITLE)] == [("fast", "ready")]


async def test_what_is_paused_while_its_first_release_comes_out_says_so_and_goes_on_when_it_may(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    await ending(house, tmp_path, gate, monkeypatch)
    await house.production.pause(TITLE)
    gate.open()
    await quiet(house)
    assert [(v.profile, v.state) for v in await house.production.status(TITLE)] == [("fast", "paused")]
    assert [v.state for v in await house.production.queue()] == ["paused"]
    other = IngestRequest(FileRef(path=str(stand_in(tmp_path / "other.film", name="Other"))))
    with pytest.raises(TitleBusy):
        await house.production.ingest(other)
    await house.production.resume(TITLE)
    versions = await until(house, lambda found: len(found) == 2)
    assert [v.profile for v in versions] == ["full", "fast"]
    assert versions[1].state == "ready"


@pytest.mark.parametrize("verb", ["pause", "cancel"])
async def test_the_second_release_that_is_just_being_begun_is_stopped_too(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    gate, start = Gate(), house.workflows.start
    held = gate.before(start)

    async def begun(kind: str, run_id: str, payload: Any, *, priority: int = 100) -> Any:
        call = held if payload.get("profile") == "full" else start
        return await call(kind, run_id, payload, priority=priority)

    monkeypatch.setattr(house.workflows, "start", begun)
    await house.production.ingest(IngestRequest(FileRef(path=str(stand_in(tmp_path / "boat.film")))))
    await gate.reached()
    stopped = asyncio.create_task(getattr(house.production, verb)(TITLE))
    async with asyncio.timeout(60):
        while await house.workflows.runs(states=("running",)):  # the first one is stopped in the midst of its step
            await asyncio.sleep(0.01)
    gate.open()
    (full, _) = await stopped
    assert (full.profile, full.state) == ("full", {"pause": "paused", "cancel": "canceled"}[verb])
    await quiet(house)
    assert (await house.production.status(TITLE))[0].state == full.state


async def published(house: StudioHouse, master: Path) -> VersionStatus:
    status = await house.publish(master)
    await quiet(house)
    return status


async def test_what_fails_after_a_release_is_read_in_the_queue_and_tried_again_while_the_title_stays_ready(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def torn(*_: object) -> None:
        raise KeyError("outline")

    with monkeypatch.context() as broken:
        broken.setattr(house.encoding, "outline", torn)
        await published(house, stand_in(tmp_path / "boat.film"))
    (ready,) = await house.production.status(TITLE)
    assert (ready.state, ready.error) == ("ready", None)
    assert (ready.trouble or "").startswith("Something went wrong in markers.")
    assert await house.production.queue() == (ready,)
    await house.production.resume(TITLE)
    await quiet(house)
    (ready,) = await house.production.status(TITLE)
    assert (ready.state, ready.trouble) == ("ready", None)
    assert await house.production.queue() == ()
    assert TITLE in house.desk.markers


async def test_a_journey_that_fails_after_its_release_goes_on_with_the_next_when_it_is_tried_again(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def torn(*_: object) -> None:
        raise EncoderFailed("The encoder is not there.")

    with monkeypatch.context() as broken:
        broken.setattr(house.encoding, "forget", torn)
        await house.production.ingest(IngestRequest(FileRef(path=str(stand_in(tmp_path / "boat.film")))))
        await quiet(house)
    (fast,) = await house.production.queue()
    assert (fast.state, fast.error, fast.trouble) == ("ready", None, "The encoder is not there.")
    await house.production.resume(TITLE)
    (full, fast) = await until(house, lambda found: len(found) == 2)
    assert (full.profile, fast.trouble) == ("full", None)


async def test_trouble_that_nobody_wants_to_mend_leaves_the_queue_and_the_release_stays(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def torn(*_: object) -> None:
        raise KeyError("outline")

    monkeypatch.setattr(house.encoding, "outline", torn)
    status = await published(house, stand_in(tmp_path / "boat.film"))
    await house.database.write(lambda work: ask_for_review(work, status.release_id, "sampled"))
    (ready,) = await house.production.cancel(TITLE)
    assert (ready.state, ready.trouble) == ("ready", None)
    assert await house.production.queue() == ()
    assert len(await house.production.review()) == 1
