"""What the studio finds in a season's episodes reaches the desk, through production's api and real parts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from matinee.bench import markers as made_markers
from matinee.bench import montage
from matinee.bench.seasons import MIXES, season
from matinee.kernel.processes import SystemProcesses
from matinee.studio.production import store
from matinee.studio.production.api import BadSidecar, FileRef, IngestRequest, Metadata
from matinee.studio.production.store import Episode, season_of
from matinee.wire.releases import Marker, files_of
from tests.domain.studio_house import StudioHouse, stand_in, studio
from tests.media import ffmpeg

pytestmark = pytest.mark.ffmpeg
TITLES = ("01a1fcc8-d294-7b94-9f37-1e199d59939a", "01a1fcc8-d294-7b94-9f37-1e199d59939b")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house") as opened:
        yield opened


@pytest.mark.slow
async def test_episodes_of_a_season_find_each_other_and_tell_the_desk(house: StudioHouse, tmp_path: Path) -> None:
    episodes = season(
        1, episodes=2, rate_hz=16_000, body_s=14, opening_s=4, intro_s=(11, 11), credits_s=11, mixes=MIXES[:2]
    )
    for number, episode in enumerate(episodes):
        master = tmp_path / f"{number}.mkv"
        pictures = made_markers.pictures_of(episode, [drifting()], has_cuts=number == 0, seed=number)
        await made_markers.encode(episode, pictures, master, SystemProcesses())
        if number == 1:
            master = with_chapters(master, tmp_path)
        told = Metadata(names={"en": "Episode"}, id=TITLES[number], series="boats", season=1, episode=number + 1)
        status = await house.publish(master, metadata=told)
        assert status.state == "ready"
    # The maker's own go with the release; what is found comes to the desk.
    release = await house.release(status.release_id)
    assert release.markers[0] == Marker("chapter", 0, 1500, "Harbor")
    assert release.markers[1] == Marker("chapter", 1500, release.duration_ms, "Sea")
    while set(house.desk.markers) != set(TITLES) or not house.desk.markers[TITLES[0]]:
        await asyncio.sleep(0.05)
    for title_id, episode in zip(TITLES, episodes, strict=True):
        intro = next(marker for marker in house.desk.markers[title_id] if marker.kind == "intro")
        assert (intro.start_ms / 1000, intro.end_ms / 1000) == pytest.approx(episode.intro, abs=0.5)
    await check_shown_beforehand(house, TITLES[1], episodes[1].seconds)
    assert await house.stored("outlines/")
    for title_id in TITLES:
        await house.production.delete(title_id)
    assert not await house.stored("outlines/")
    assert not await house.stored("releases/")


async def test_an_episode_whose_place_is_corrected_makes_nothing_new_and_both_seasons_are_searched_again(
    tmp_path: Path,
) -> None:
    async with studio(tmp_path / "house", stand_ins=True) as house:
        for number, title_id in enumerate(TITLES, start=1):
            await house.publish(stand_in(tmp_path / f"{number}.film", name=str(number)), metadata=episode(title_id, 1))
        await until_searched(house)
        told, runs = house.desk.markers, await house.workflows.runs()
        again = stand_in(tmp_path / "2.film", name="2")
        told.clear()
        await house.publish(again, metadata=episode(TITLES[1], 1))  # nothing was corrected
        assert len(await house.workflows.runs()) == len(runs)
        moved = await house.publish(again, metadata=episode(TITLES[1], 2))
        assert (moved.state, len(await house.production.status(TITLES[1]))) == ("ready", 1)
        await until_searched(house)
        assert sorted(told) == sorted(TITLES)
        for title_id, number in zip(TITLES, (1, 2), strict=True):
            in_season = Episode(title_id, "", "boats", number, None)
            found = await house.database.read(lambda work, one=in_season: season_of(work, one))  # type: ignore[misc]  # mypy sees no default in a lambda
            assert [one.title_id for one in found] == [title_id]
        for title_id in TITLES:
            await house.production.delete(title_id)
        assert await house.workflows.runs() == []


def episode(title_id: str, number: int) -> Metadata:
    return Metadata(names={"en": "Episode"}, id=title_id, series="boats", season=number, episode=1)


async def until_searched(house: StudioHouse) -> None:
    async with asyncio.timeout(60):
        while any(run.state != "done" for run in await house.workflows.runs()):
            await asyncio.sleep(0.01)


async def check_shown_beforehand(house: StudioHouse, title_id: str, seconds: float) -> None:
    """A preview that any player plays, and frames to choose artwork from, nothing of either from the last third."""
    while not [v for v in await house.database.read(lambda work: store.belonging(work, title_id)) if v.ready_at]:
        await asyncio.sleep(0.05)
    (preview,) = await house.database.read(lambda work: store.belonging(work, title_id))
    release = await house.release(preview.release_id)
    ((path, stored),) = files_of(release)
    assert len(await house.blobs.get(f"releases/{release.release_id}/{path}")) == stored.size
    info = await house.encoder.probe(house.blobs.local_path(f"releases/{release.release_id}/{path}") or Path())
    assert (preview.profile, release.profile, release.scheme) == ("preview", "preview", "clear")
    assert release.duration_ms / 1000 == pytest.approx(info.duration_s, abs=0.1)
    assert await house.production.trailers(title_id) == ()
    shown = [art for art in house.desk.artwork if f"/{title_id}/" in art.key]
    assert (info.video[0].codec, info.audio[0].codec) == ("h264", "aac")
    assert 20 <= info.duration_s <= 31
    poster = next(art for art in shown if art.kind == "poster")
    with Image.open(house.blobs.local_path(poster.key) or "") as picture:
        assert picture.width / picture.height == pytest.approx(2 / 3, rel=0.05)
    candidates = await house.production.artwork(title_id)
    assert len(candidates) > 2
    assert all(0 < c.at_s <= seconds * 2 / 3 and c.faces is None and len(c.crops) == 4 for c in candidates)
    assert set(await house.stored(f"artwork/{title_id}/candidate-")) == {c.key for c in candidates}


def drifting() -> montage.Frames:
    """A hundred frames of stripes that drift."""
    columns, rows = np.arange(montage.WIDTH), np.arange(montage.HEIGHT)[:, None]
    frames = np.full((100, montage.WIDTH * montage.HEIGHT * 3 // 2), 110, np.uint8)
    for number in range(100):
        stripes = 120 + 60 * np.sin((columns + 3 * number) / 9) * np.cos(rows / 7) + rows / 3
        frames[number, : montage.WIDTH * montage.HEIGHT] = stripes.astype(np.uint8).ravel()
    return frames


def with_chapters(master: Path, folder: Path) -> Path:
    (folder / "chapters.txt").write_text(
        ";FFMETADATA1\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=Harbor\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=90000\ntitle=Sea\n"
    )
    made = folder / "with-chapters.mkv"
    ffmpeg("-i", master, "-i", folder / "chapters.txt", "-map_chapters", "1", "-c", "copy", made)
    return made


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Metadata(names={"en": "E"}, season=1), "names no series"),
        (Metadata(names={"en": "E"}, series="boats", season=1), "needs its season and its number"),
        (Metadata(names={"en": "E"}, series="boats", season=-1, episode=1), "counts from 0"),
        (Metadata(names={"en": "E"}, series=" ", season=1, episode=1), "needs a name"),
    ],
)
async def test_an_episode_without_a_place_is_refused(
    house: StudioHouse, tmp_path: Path, told: Metadata, words: str
) -> None:
    with pytest.raises(BadSidecar, match=words):
        await house.production.ingest(IngestRequest(FileRef(path=str(tmp_path / "none.mp4")), told))
