"""The watch folder: what is put in is published, or lies there with the reason beside it."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from matinee.kernel.files import DiskFull, SystemFiles
from matinee.kernel.quantities import minutes, seconds
from matinee.studio.production.api import FileRef, IngestRequest, NothingInProduction, TitleBusy, VersionStatus
from matinee.studio.production.jobs import every
from matinee.studio.production.service.watching import WatchFolder
from tests.domain.studio_house import TITLE, Hurried, StudioHouse, stand_in, studio
from tests.house import HandClock
from tests.media import film

pytestmark = pytest.mark.ffmpeg


class Watched:
    """A folder, and somebody who looks into it."""

    def __init__(self, house: StudioHouse) -> None:
        self.house, self.folder, self.clock = house, house.root / "put films here", HandClock()
        self.folder.mkdir()
        self.restart()

    def restart(self) -> None:
        self._watch = WatchFolder(self.house.production, SystemFiles(), self.clock, self.folder)

    async def quiet(self) -> None:
        """Two looks, ten seconds apart, in which nobody touches anything."""
        await self._watch.look()
        self.clock.advance(seconds(10))
        await self._watch.look()

    async def until_gone(self, name: str) -> None:
        async with asyncio.timeout(120):
            while (self.folder / name).exists():
                await self._watch.look()
                await asyncio.sleep(0.02)

    def lying(self) -> list[str]:
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p.is_file())


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with studio(tmp_path / "house") as house:
        yield Watched(house)


async def test_a_film_is_taken_once_it_is_whole_and_lies_in_done_when_it_is_made(
    watched: Watched, tmp_path: Path
) -> None:
    whole = film(tmp_path / "whole.mp4", seconds=1).read_bytes()
    place = watched.folder / "Paper Harbor.mp4"
    place.write_bytes(whole[:1000])
    await watched._watch.look()
    watched.clock.advance(seconds(9))
    place.write_bytes(whole)  # still being copied
    await watched.quiet()
    (version,) = await watched.house.production.status(TITLE)
    assert version.name == "Paper Harbor"
    watched.restart()  # in the middle: it is looked at anew, and joins what it began
    await watched.quiet()
    await watched.until_gone("Paper Harbor.mp4")
    assert watched.lying() == ["done/Paper Harbor.mp4"]
    made = await watched.house.production.status(TITLE)
    assert [v.state for v in made if v.profile == "fast"] == ["ready"]
    assert len(made) <= 2


async def test_what_cannot_be_published_lies_in_failed_with_the_reason_beside_it(
    watched: Watched, tmp_path: Path
) -> None:
    for name, text in (
        ("notes.mp4", "These are only words. " * 100),
        ("harbor/master.mp4", "These are only words. " * 100),
        (
            "harbor/film.json",
            '{"names": {"en": "Harbor"}, "subtitles": [{"file": "en.srt", "language": "en", "label": "E"}]}',
        ),
        ("two films/film.json", '{"names": {"en": "Two"}}'),
        ("two films/one.mp4", "1"),
        ("two films/other.mp4", "2"),
        ("no sidecar/master.mp4", "1"),
        ("arriving.mp4.part", "1"),
        (".hidden", "1"),
        ("failed/notes.mp4", "an earlier one"),
    ):
        (watched.folder / name).parent.mkdir(exist_ok=True)
        (watched.folder / name).write_text(text)
    await watched.quiet()
    await watched.until_gone("notes.mp4")
    said = {p.name: p.read_text() for p in (watched.folder / "failed").glob("*.txt")}
    assert said.pop("2 notes.mp4.txt").startswith("This is not a video: it looks like plain text.")
    assert said == {
        "harbor.txt": "The sidecar names 'en.srt', but no such file came with the master.\n",
        "two films.txt": "Beside film.json and the files it names there must be one more, the film itself; "
        "here there is 'one.mp4' and 'other.mp4'.\n",
        "no sidecar.txt": "The folder has no film.json, which says what the film is called and what lies beside it.\n",
    }
    assert [name for name in watched.lying() if "/" not in name] == [".hidden", "arriving.mp4.part"]


async def test_nobody_publishes_through_a_link_what_lies_elsewhere(watched: Watched, tmp_path: Path) -> None:
    elsewhere = film(tmp_path / "elsewhere.mp4", seconds=1, size="160x90")
    (watched.folder / "stolen.mp4").symlink_to(elsewhere)
    (watched.folder / "folder").mkdir()
    (watched.folder / "folder" / "master.mp4").symlink_to(elsewhere)
    (watched.folder / "folder" / "film.json").write_text('{"names": {"en": "Stolen"}}')
    await watched.quiet()
    with pytest.raises(NothingInProduction):
        await watched.house.production.status(TITLE)
    assert (watched.folder / "stolen.mp4").is_symlink()
    assert "must be one more" in (watched.folder / "failed" / "folder.txt").read_text()


async def test_a_film_whose_title_is_busy_waits_unread_until_that_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with studio(tmp_path / "house", stand_ins=True, workers=0) as house:  # nobody does the first master's jobs
        watched, read = Watched(house), 0
        ingest = house.production.ingest

        async def counted(wanted: IngestRequest) -> VersionStatus:
            nonlocal read
            read += 1
            return await ingest(wanted)

        await ingest(IngestRequest(FileRef(path=str(stand_in(tmp_path / "first.film")))))
        monkeypatch.setattr(house.production, "ingest", counted)
        stand_in(watched.folder / "second.mp4", seconds=24, name="Harbor")
        with capture_logs() as logs:
            await watched.quiet()
            for _ in range(150):  # two minutes and a half, a second apart
                watched.clock.advance(seconds(1))
                await watched._watch.look()
        assert read == 1
        assert [(line["film"], line["reason"]) for line in logs] == [("second.mp4", TitleBusy().sentence)]
        await house.production.cancel(TITLE)
        watched.clock.advance(minutes(1))
        await watched._watch.look()
        assert read == 2
        assert [version.state for version in await house.production.status(TITLE)] == ["running", "canceled"]


async def test_a_film_whose_title_was_deleted_keeps_no_other_from_being_taken(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = watched.house.production
    at = watched.clock.now()
    version = VersionStatus(
        TITLE, "Paper Harbor", "release", "fast", "running", "inspect", 0.0, None, None, None, (), (), at, at
    )
    taken: list[str] = []

    async def ingest(wanted: IngestRequest) -> VersionStatus:
        taken.append(Path(wanted.master.path or "").name)
        if taken[-1] == "large.mp4":
            raise DiskFull("The disk is full.")
        return version

    monkeypatch.setattr(production, "ingest", ingest)
    for name in ("a deleted one.mp4", "large.mp4", "small.mp4"):
        (watched.folder / name).write_text("a film")
    await watched.quiet()
    assert taken == ["a deleted one.mp4", "large.mp4", "small.mp4"]
    await watched._watch.look()
    assert [name for name in watched.lying() if name.startswith("failed/")] == [
        "failed/a deleted one.mp4", "failed/a deleted one.mp4.txt", "failed/small.mp4", "failed/small.mp4.txt",
    ]  # fmt: skip
    await watched._watch.look()
    assert taken.count("large.mp4") == 1
    watched.clock.advance(minutes(1))
    await watched._watch.look()
    assert taken.count("large.mp4") == 2


async def test_what_is_wrong_with_one_film_keeps_no_other_from_being_taken(tmp_path: Path) -> None:
    sidecars = {
        "deep": '{"x": ' + "[" * 100_000,
        "far": '{"names": {"en": "Far"}, "year": %s}' % ("9" * 30),
        "long": '{"names": {"en": "L"}, "markers": [{"kind": "intro", "start_ms": 0, "end_ms": %s}]}' % ("9" * 30),
    }
    async with studio(tmp_path / "house", stand_ins=True, workers=0) as house:
        watched = Watched(house)
        (watched.folder / os.fsdecode(b"film\xff.mov")).write_bytes(b"a film")
        (watched.folder / "folder").mkdir()
        (watched.folder / "folder" / os.fsdecode(b"\xe4.mov")).write_bytes(b"a film")
        for name, sidecar in sidecars.items():
            (watched.folder / name).mkdir()
            (watched.folder / name / "film.json").write_text(sidecar)
            (watched.folder / name / "film.mov").write_bytes(b"a film")
        stand_in(watched.folder / "well.mp4", name="Well")
        await watched.quiet()
        assert [version.name for version in await house.production.queue()] == ["well"]
        said = {os.fsencode(p.name): p.read_text() for p in (watched.folder / "failed").glob("*.txt")}
    assert said == {
        b"film\xff.mov.txt": "The file name 'film\\xff.mov' is not valid text (UTF-8). Rename the file.\n",
        b"folder.txt": "The file name '\\xe4.mov' is not valid text (UTF-8). Rename the file.\n",
        b"deep.txt": "The sidecar film.json is not valid: its lists and objects lie too deep in one another.\n",
        b"far.txt": f"The year is {'9' * 30}; it is a number from 1 to 9999.\n",
        b"long.txt": f"The marker intro ends at {'9' * 30} ms; no film is longer than 604800000 ms.\n",
    }


async def test_a_film_that_meets_what_nobody_foresaw_lies_in_failed_and_its_traceback_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with studio(tmp_path / "house", stand_ins=True, workers=0) as house:
        watched, ingest = Watched(house), house.production.ingest

        async def ingest_some(wanted: IngestRequest) -> VersionStatus:
            if Path(wanted.master.path or "").name == "odd.mp4":
                raise ZeroDivisionError("a fault of ours")
            return await ingest(wanted)

        monkeypatch.setattr(house.production, "ingest", ingest_some)
        for name in ("odd", "plain"):
            stand_in(watched.folder / f"{name}.mp4", name=name)
        with capture_logs() as logs:
            await watched.quiet()
        assert [version.name for version in await house.production.queue()] == ["plain"]
        assert "nobody foresaw" in (watched.folder / "failed" / "odd.mp4.txt").read_text()
        (line,) = (line for line in logs if line["log_level"] == "error")
        assert (line["film"], type(line["exc_info"])) == ("odd.mp4", ZeroDivisionError)


async def test_who_looks_again_and_again_goes_on_after_a_fault() -> None:
    looked = 0
    again = asyncio.Event()

    async def look() -> None:
        nonlocal looked
        looked += 1
        if looked == 1:
            raise ZeroDivisionError("a fault of ours")
        again.set()

    with capture_logs() as logs:
        looking = asyncio.create_task(every(seconds(1), look, Hurried()))
        async with asyncio.timeout(10):
            await again.wait()
        looking.cancel()
    assert logs[0]["error"] == "ZeroDivisionError: a fault of ours"
