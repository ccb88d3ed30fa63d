"""What a failed journey leaves: a sentence, a place in the queue, and a way to go on."""

import asyncio
import errno
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.app.studio import Studio
from matinee.control.discovery.api import Preparing
from matinee.engines.blobs.port import Blob
from matinee.engines.encoder.stand_in import StandIn, StandInSound
from matinee.engines.encoder.stand_in import master as film_of
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import SystemFiles
from matinee.kernel.ids import Ids
from matinee.kernel.processes import Command, Finished, ProgramFailed
from matinee.kernel.quantities import Span, minutes
from matinee.studio.encoding.api import Inspection, LadderPlan, Profile
from matinee.studio.packaging.api import Packaged, PackagingOrder
from matinee.studio.production.api import (
    ArtworkMade,
    FileChanged,
    FileRef,
    IngestRequest,
    Metadata,
    TitleBusy,
    VersionStatus,
)
from matinee.studio.production.store import take_turn
from matinee.wire.events import ReleasePublished, seal
from tests.domain.studio_house import TITLE, StudioHouse, stand_in, studio
from tests.media import film

pytestmark = pytest.mark.ffmpeg


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house") as opened:
        yield opened


def no_film(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "notes.mp4").write_text("These are only words. " * 100)
    return folder / "notes.mp4"


async def until(house: StudioHouse, holds: Callable[[VersionStatus], bool]) -> VersionStatus:
    """The newest version, once this can be said of it."""
    async with asyncio.timeout(120):
        while not holds(newest := (await house.production.status(TITLE))[0]):
            await asyncio.sleep(0.02)
    return newest


async def test_a_failure_stays_in_the_queue_until_its_title_is_published_after_all(
    house: StudioHouse, tmp_path: Path
) -> None:
    failed = await house.publish(no_film(tmp_path), metadata=Metadata(names={"en": "Words"}))
    assert (failed.error or "").startswith("This is not a video: it looks like plain text.")
    assert await house.production.queue() == (failed,)
    assert (failed.state, failed.name) == ("failed", "Words")

    made = await house.publish(film(tmp_path / "good.mp4", seconds=1))
    assert made.state == "ready"
    assert await house.production.queue() == ()


async def test_a_failure_comes_after_what_is_under_way_and_goes_when_it_is_canceled(
    house: StudioHouse, tmp_path: Path
) -> None:
    failed = await house.publish(no_film(tmp_path))
    good = film(tmp_path / "good.mp4", seconds=1)
    begun = await house.production.ingest(IngestRequest(FileRef(path=str(good)), profiles=("fast",)))
    await house.production.pause(TITLE)
    assert [v.release_id for v in await house.production.queue()] == [begun.release_id, failed.release_id]
    await house.production.cancel(TITLE)
    assert await house.production.queue() == ()


async def test_the_failures_of_a_withdrawn_title_leave_the_queue_and_later_ones_do_not(
    house: StudioHouse, tmp_path: Path
) -> None:
    ids = Ids(SystemClock(), SystemChance())
    before = seal(ReleasePublished(TITLE, None), ids=ids, at=SystemClock().now(), source="catalog")
    await house.publish(no_film(tmp_path))
    published = seal(ReleasePublished(TITLE, ids.new()), ids=ids, at=SystemClock().now(), source="catalog")
    for unrelated in (before, published):
        await house.production.note(unrelated)
        assert len(await house.production.queue()) == 1
    await house.production.note(replace(before, at=SystemClock().now()))
    assert await house.production.queue() == ()


async def test_what_nobody_meant_to_raise_reads_as_a_sentence_and_trying_again_goes_on(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def torn(title_id: str, release_id: str, artwork: Sequence[ArtworkMade]) -> None:
        raise KeyError("poster")

    good = film(tmp_path / "good.mp4", seconds=1, sound=False)
    with monkeypatch.context() as broken:
        broken.setattr(house.desk, "note_artwork", torn)
        failed = await house.publish(good)
    (run,) = await house.workflows.runs()
    assert failed.error == f"Something went wrong in artwork. The log has the details (run {run.run_id})."
    encodes = [line for line in house.processes.ran if "libx264" in line]

    await house.production.resume(TITLE)
    made = await until(house, lambda v: v.state in ("ready", "failed"))
    assert (made.state, made.error) == ("ready", None)
    assert [line for line in house.processes.ran if "libx264" in line] == encodes
    assert await house.production.queue() == ()


async def test_publishing_again_goes_on_with_a_later_release_that_failed(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = house.encoding.plan

    async def fails(
        source: str, sha256: str, inspection: Inspection, profile: Profile, **further: object
    ) -> LadderPlan:
        if profile == "full":
            raise ProgramFailed("ffmpeg", "was killed by signal 9", "")
        return await plan(source, sha256, inspection, profile, **further)  # type: ignore[arg-type]  # whatever it is asked with

    good = film(tmp_path / "good.mp4", seconds=1, sound=False)
    with monkeypatch.context() as broken:
        broken.setattr(house.encoding, "plan", fails)
        failed = await house.publish(good, profiles=("fast", "full"))
    assert failed.profile == "full"
    assert "was killed by signal 9" in (failed.error or "")
    assert await house.production.queue() == (failed,)
    made = await house.publish(good, profiles=("fast", "full"))
    assert (made.release_id, made.state) == (failed.release_id, "ready")


async def test_packaging_again_shares_no_folder_with_the_attempt_before(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, work, attempts = house.blobs.put, house.root / "studio" / "work" / "releases", []
    is_broken = True

    async def watched(key: str, data: bytes | Path, *, create: bool = False) -> Blob:
        if isinstance(data, Path) and key.startswith("releases/"):
            attempts.append(data.relative_to(work).parts[:3])
            if is_broken:
                raise OSError(errno.EIO, "Input/output error")
        return await put(key, data, create=create)

    monkeypatch.setattr(house.blobs, "put", watched)
    failed = await house.publish(film(tmp_path / "good.mp4", seconds=1, sound=False))
    assert "Something went wrong" in (failed.error or "")
    is_broken = False
    await house.production.resume(TITLE)
    assert (await until(house, lambda v: v.state in ("ready", "failed"))).state == "ready"
    assert {(release, step) for release, step, _ in attempts} == {(failed.release_id, "package")}
    assert len(set(attempts)) == 2


async def test_of_two_processes_that_take_in_different_masters_at_once_one_is_refused(tmp_path: Path) -> None:
    masters = [film(tmp_path / f"{rate}.mp4", seconds=1, rate=rate, sound=False) for rate in ("24", "25")]
    requests = [IngestRequest(FileRef(path=str(master)), profiles=("fast",)) for master in masters]
    async with studio(tmp_path / "house") as one, studio(tmp_path / "house") as other:
        for _ in range(6):
            answers = await asyncio.gather(
                one.production.ingest(requests[0]), other.production.ingest(requests[1]), return_exceptions=True
            )
            assert sorted(type(answer).__name__ for answer in answers) == ["TitleBusy", "VersionStatus"]
            await one.production.cancel(TITLE)


async def test_another_master_of_a_busy_title_is_refused_before_it_is_read(tmp_path: Path) -> None:
    first, other = stand_in(tmp_path / "first.film"), stand_in(tmp_path / "other.film", name="Harbor")
    async with studio(tmp_path / "house", stand_ins=True, workers=0) as house:  # nobody does its jobs
        begun = await house.production.ingest(IngestRequest(FileRef(path=str(first)), title_id=TITLE))
        with pytest.raises(TitleBusy):
            await house.production.ingest(IngestRequest(FileRef(path=str(other)), title_id=TITLE))
        assert await house.stored("masters/") == [f"masters/{sha256(first)}"]  # what is read is stored
        again = await house.production.ingest(IngestRequest(FileRef(path=str(first)), title_id=TITLE))
        assert again.release_id == begun.release_id
        longer = await house.production.begin_upload("other.film", other.stat().st_size)
        with pytest.raises(TitleBusy):
            await house.production.ingest(IngestRequest(FileRef(upload_id=longer.id), title_id=TITLE))


class Growing(SystemFiles):
    """A disk on which somebody is still writing to the master while it is read."""

    async def chunks(self, path: Path, *, size: int = 1 << 20) -> AsyncIterator[bytes]:
        async for block in super().chunks(path, size=size):
            yield block
        if path.suffix == ".film":
            with path.open("ab") as file:
                file.write(b" and more")


async def test_a_master_that_grows_while_it_is_taken_in_is_refused_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    master = stand_in(tmp_path / "growing.film")
    async with studio(tmp_path / "house", files=Growing(), stand_ins=True) as house:
        with pytest.raises(FileChanged, match=r"'growing\.film' changed while it was read"):
            await house.production.ingest(IngestRequest(FileRef(path=str(master))))
        assert await house.stored("masters/") == []
        assert list((house.root / "blobs" / "uploads").iterdir()) == []
    async with studio(tmp_path / "house", stand_ins=True) as house:  # nobody writes to it any more
        await house.production.ingest(IngestRequest(FileRef(path=str(master))))
        assert await house.stored("masters/") == [f"masters/{sha256(master)}"]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(("since", "is_busy"), [(minutes(0.5), True), (minutes(2), False)])
async def test_a_process_that_died_while_it_began_a_journey_is_waited_for_a_minute(
    house: StudioHouse, tmp_path: Path, since: Span, is_busy: bool
) -> None:
    began = SystemClock().now() - since
    assert await house.database.write(
        lambda work: take_turn(work, TITLE, "another", now=began, until=began + minutes(1))
    )
    request = IngestRequest(FileRef(path=str(film(tmp_path / "good.mp4", seconds=1))), profiles=("fast",))
    if is_busy:
        with pytest.raises(TitleBusy):
            await house.production.ingest(request)
    else:
        assert (await house.production.ingest(request)).state == "waiting"


async def test_a_film_that_is_still_drawn_is_promised_and_its_drawing_counts_once_it_is_handed_in(
    house: StudioHouse, tmp_path: Path
) -> None:
    shown = Studio(house.production, house.workflows)
    shown.promise("Boat", "render", 0.3, rating="G")
    shown.promise("Train", "", 0.0, rating="PG")
    assert await shown.preparing() == [
        Preparing("Boat", "render", 0.3, 0, is_announced=True),
        Preparing("Train", "", 0.0, 7, is_announced=True),
    ]
    shown.end_promise("Train", is_kept=False)
    good = film(tmp_path / "good.mp4", seconds=1)
    words = Metadata(names={"en": "Boat"}, rating="PG")
    named = IngestRequest(FileRef(path=str(good)), words, profiles=("fast",), is_announced=True)
    await house.production.ingest(named)
    shown.end_promise("Boat", is_kept=True)
    (boat,) = await shown.preparing()
    assert (boat.name, boat.maturity, boat.is_announced) == ("Boat", 7, True)
    assert boat.progress >= 0.3
    await until(house, lambda v: v.state == "ready")
    assert await shown.preparing() == []


async def test_work_that_a_restored_backup_does_not_hold_is_done_again(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = film(tmp_path / "master.mp4", seconds=2)
    run = house.processes.run

    async def loses_everything(command: Command) -> Finished:
        if "packager" in Path(command.argv[0]).name:
            shutil.rmtree(house.root / "studio")
            raise ProgramFailed("packager", "was killed by signal 9", "")
        return await run(command)

    monkeypatch.setattr(house.processes, "run", loses_everything)
    assert (await house.publish(master)).state == "failed"
    monkeypatch.setattr(house.processes, "run", run)
    made = await house.publish(master)
    assert (made.state, made.error) == ("ready", None)
    assert {t.kind for t in (await house.release(made.release_id)).tracks} >= {"video", "audio", "image"}


async def test_a_failed_title_is_made_with_the_words_it_is_published_again_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with studio(tmp_path / "house", stand_ins=True) as house:
        package = house.packaging.package

        async def packaged(order: PackagingOrder) -> Packaged:
            if order.sound[0].language != "en":
                raise MatineeError("Nobody speaks that.")
            return await package(order)

        monkeypatch.setattr(house.packaging, "package", packaged)
        master = tmp_path / "boat.film"
        master.write_bytes(film_of(StandIn(frames=240, name="Boat", sounds=(StandInSound(language=None),))))
        refused = await house.publish(master, metadata=Metadata(names={"und": "Boat"}))
        assert (refused.state, refused.error) == ("failed", "Nobody speaks that.")
        same = await house.publish(master, metadata=Metadata(names={"und": "Boat"}))
        assert (same.state, same.release_id) == ("failed", refused.release_id)
        mended = await house.publish(master, metadata=Metadata(names={"en": "Boat"}))
        assert (mended.state, mended.error) == ("ready", None)
        assert [version.state for version in await house.production.status(TITLE)] == ["ready", "canceled"]
        assert await house.production.queue() == ()
