"""A film's trailers: made as any film is, and gone with it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.studio.encoding.api import SourceRefused
from matinee.studio.production.api import BadSidecar, FileRef, IngestRequest, Metadata, SidecarTrailer, VersionStatus
from matinee.studio.production.model.trailers import called, check_length, trailer_metadata
from tests.domain.studio_house import OVER, TITLE, StudioHouse, stand_in, studio
from tests.domain.test_studio_publish import check_locked, check_whole, everything, with_deletions
from tests.media import film

pytestmark = pytest.mark.ffmpeg

OFFICIAL = SidecarTrailer("official.mp4", {"en": "Official trailer", "fr": "Bande-annonce"})
SCRAP = SidecarTrailer("scrap.mp4", {"en": "Scrap"})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "films"
    place.mkdir()
    film(place / "master.mp4", seconds=1)
    film(place / "official.mp4", seconds=1, size="160x90", rate="25")
    (place / "scrap.mp4").write_text("This is no film.")
    return place


def request(folder: Path, *trailers: SidecarTrailer, master: str = "master.mp4") -> IngestRequest:
    return IngestRequest(
        FileRef(path=str(folder / master)),
        Metadata(names={"en": "Paper Boat"}, rating="PG", trailers=trailers),
        files={trailer.file: FileRef(path=str(folder / trailer.file)) for trailer in trailers},
        profiles=("fast",),
    )


async def seen_through(house: StudioHouse) -> tuple[VersionStatus, tuple[VersionStatus, ...]]:
    """The film's newest version and its trailers', once nothing of them is under way."""
    async with asyncio.timeout(60):
        while True:
            film, trailers = (await house.production.status(TITLE))[0], await house.production.trailers(TITLE)
            if all(status.state in OVER for status in (film, *trailers)):
                return film, trailers
            await asyncio.sleep(0.05)


async def test_trailers_are_made_beside_their_film_and_go_with_it(house: StudioHouse, folder: Path) -> None:
    await house.workflows.runs()  # its tables are made
    before = await everything(house)
    await house.production.ingest(request(folder, OFFICIAL, SCRAP))
    film, (official, scrap) = await seen_through(house)
    assert (film.state, film.belongs_to) == ("ready", None)
    assert (official.state, official.belongs_to, official.name) == ("ready", TITLE, "Paper Boat: Official trailer")
    assert (scrap.state, scrap.belongs_to) == ("failed", TITLE), "what is no video stops no film"
    assert scrap.error
    release = await house.release(official.release_id)
    assert release.title_id == official.title_id != TITLE
    check_whole(release)
    await check_locked(house, release, folder)

    ran = len(house.processes.ran)
    renamed = replace(OFFICIAL, names={"en": "Teaser"})
    assert (await house.production.ingest(request(folder, renamed))).release_id == film.release_id
    again, kept = await seen_through(house)
    assert (again.release_id, again.state) == (film.release_id, "ready")
    assert [(v.release_id, v.state) for v in kept] == [(official.release_id, "ready")], "the other is named no more"
    assert not [line for line in house.processes.ran[ran:] if "libx264" in line]

    silent = request(folder)
    await house.production.ingest(replace(silent, metadata=replace(silent.metadata, trailers=None)))
    assert len(await house.production.trailers(TITLE)) == 1, "nothing was said of trailers"
    await house.production.ingest(silent)
    assert await house.production.trailers(TITLE) == (), "it was said that there are none"
    await house.production.delete(TITLE)
    assert await everything(house) == with_deletions(before, 3), "of two trailers and their film"


async def test_a_whole_film_is_no_trailer_of_another(tmp_path: Path) -> None:
    for name, lasts in (("master.mp4", 12), ("scrap.mp4", 601)):
        stand_in(tmp_path / name, seconds=lasts, name=name)
    async with studio(tmp_path / "house", stand_ins=True) as house:
        await house.production.ingest(request(tmp_path, SCRAP))
        film, (scrap,) = await seen_through(house)
    assert (film.state, scrap.state) == ("ready", "failed")
    assert scrap.error == (
        "A trailer lasts at most 10 minutes, and this one lasts 10:01. "
        "Bring a shorter cut, or publish it as a film of its own."
    )


@pytest.mark.parametrize(("seconds", "told"), [(600.04, "10:01"), (5521, "92:01")])
def test_a_trailer_may_last_ten_minutes_and_no_longer(seconds: float, told: str) -> None:
    check_length(600)
    with pytest.raises(SourceRefused, match=f"lasts {told}"):
        check_length(seconds)


def test_a_trailer_without_a_name_of_its_own_is_called_one_in_the_studio() -> None:
    film = Metadata(names={"en": "Paper Boat"})

    def name_of(trailer: SidecarTrailer) -> str:
        return called(film, trailer_metadata(film, TITLE, trailer, "0" * 64))

    assert name_of(SidecarTrailer("official.mp4")) == "Paper Boat: trailer"
    assert name_of(OFFICIAL) == "Paper Boat: Official trailer"


async def test_a_canceled_film_keeps_its_trailers_out_of_the_home_page_s_promises(
    house: StudioHouse, folder: Path
) -> None:
    begun = await house.production.ingest(request(folder, OFFICIAL))
    await house.production.cancel(begun.title_id)
    assert await house.production.preparing() == ()
    (trailer,) = await house.production.trailers(TITLE)
    assert await house.production.cancel(trailer.title_id)


async def test_a_trailer_of_a_film_that_is_not_named_needs_a_name(house: StudioHouse, tmp_path: Path) -> None:
    (tmp_path / "master.mp4").write_text("a film")
    nameless = replace(request(tmp_path), metadata=Metadata(trailers=(SidecarTrailer("master.mp4"),)), title_id=TITLE)
    with pytest.raises(BadSidecar, match="needs a name"):
        await house.production.ingest(replace(nameless, files={"master.mp4": nameless.master}))


@pytest.mark.parametrize(
    ("trailers", "files", "sentence"),
    [
        ((OFFICIAL,), {}, "names 'official.mp4', but no such file"),
        ((OFFICIAL, replace(SCRAP, names=OFFICIAL.names)), {}, "no such file"),
        ((OFFICIAL, OFFICIAL), {"official.mp4": "official.mp4"}, "is named twice"),
        (
            (SidecarTrailer("official.mp4"), SidecarTrailer("scrap.mp4")),
            {"official.mp4": "official.mp4", "scrap.mp4": "scrap.mp4"},
            "both called 'Paper Boat'",
        ),
        ((replace(OFFICIAL, names={"en": " "}),), {"official.mp4": "official.mp4"}, "has no name in 'en'"),
        (
            (OFFICIAL, replace(SCRAP, file="twin.mp4")),
            {"official.mp4": "official.mp4", "twin.mp4": "official.mp4"},
            "'official.mp4' and 'twin.mp4' are the same",
        ),
    ],
)
async def test_trailers_that_make_no_sense_are_refused_before_anything_is_made(
    house: StudioHouse, tmp_path: Path, trailers: tuple[SidecarTrailer, ...], files: dict[str, str], sentence: str
) -> None:
    for name in ("master.mp4", "official.mp4", "scrap.mp4"):
        (tmp_path / name).write_text(name)
    wanted = replace(
        request(tmp_path, *trailers), files={name: FileRef(path=str(tmp_path / file)) for name, file in files.items()}
    )
    with pytest.raises(BadSidecar, match=sentence):
        await house.production.ingest(wanted)
    assert await house.production.queue() == ()
