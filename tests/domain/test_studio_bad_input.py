"""Every bad master ends in a sentence that says what is wrong, and nothing of it is visible."""

import asyncio
from pathlib import Path

import pytest

from matinee.kernel.files import DiskFull, SystemFiles
from matinee.studio.production.api import BadSidecar, FileRef, IngestRequest, Metadata, SidecarArtwork
from matinee.studio.production.service.artwork import Artwork
from tests.domain.studio_house import TITLE, studio
from tests.media import ffmpeg, film

pytestmark = pytest.mark.ffmpeg


async def test_a_picture_of_a_hundred_megabytes_is_not_even_read(tmp_path: Path) -> None:
    huge = tmp_path / "poster.jpg"
    with huge.open("wb") as file:
        file.truncate(100 << 20)
    async with studio(tmp_path / "house") as house:
        artwork = Artwork(house.blobs, SystemFiles())
        with pytest.raises(BadSidecar, match="has more than 64 MiB"):
            await artwork.supplied(TITLE, SidecarArtwork("poster.jpg", "poster"), huge)


def no_video(folder: Path) -> Path:
    (folder / "m.mp4").write_bytes(b"\x01\x02\x03" * 5000)
    return folder / "m.mp4"


def sound_only(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", folder / "m.m4a")
    return folder / "m.m4a"


def cut_off(folder: Path) -> Path:
    data = film(folder / "whole.mp4", options=("-movflags", "+faststart")).read_bytes()
    (folder / "m.mp4").write_bytes(data[: len(data) // 2])
    return folder / "m.mp4"


def one_pixel(folder: Path) -> Path:
    return film(
        folder / "m.mkv", seconds=1, video_filter="scale=1:1", codec="ffv1", pixel_format="yuv444p", sound=False
    )


def playlist(folder: Path) -> Path:
    secret = film(folder / "secret.ts", seconds=1)
    (folder / "m.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n")
    return folder / "m.mp4"


def script(folder: Path) -> Path:
    (folder / "m.mkv").write_text(f"ffconcat version 1.0\nfile '{film(folder / 'secret.mp4', seconds=1)}'\n")
    return folder / "m.mkv"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (no_video, "not a video"),
        (sound_only, "no picture"),
        (cut_off, "cut off"),
        (one_pixel, "16×16"),
        (playlist, "HLS playlist"),
        (script, "concat script"),
    ],
)
async def test_a_master_that_is_none_is_refused_and_leaves_nothing(tmp_path: Path, make: object, words: str) -> None:
    assert callable(make)
    async with studio(tmp_path / "house") as house:
        status = await house.publish(make(tmp_path))
        assert status.state == "failed"
        assert words in (status.error or "")
        assert await house.stored() == []
        assert house.desk.artwork == []


@pytest.mark.parametrize(
    ("name", "options", "notes"),
    [
        ("odd.mkv", {"video_filter": "scale=161:91", "codec": "ffv1", "pixel_format": "yuv444p"}, {"even size"}),
        ("silent.mp4", {"sound": False}, {"no sound"}),
        ("ten.mkv", {"pixel_format": "yuv420p10le"}, {"reduced to 8"}),
        ('it\'s "odd"\nname -y %d.mp4', {}, set()),
        (
            "vfr.mp4",
            {"rate": "30", "video_filter": "select='not(mod(n,3))+gt(n,20)'", "options": ("-fps_mode", "vfr")},
            {"constant"},
        ),
    ],
)
async def test_an_unusual_master_is_published_and_what_was_changed_is_said(
    tmp_path: Path, name: str, options: dict[str, object], notes: set[str]
) -> None:
    plain = film(tmp_path / f"plain{Path(name).suffix}", **{"size": "160x90", "seconds": 2} | options)  # type: ignore[arg-type]  # the table of cases is looser than the builder
    async with studio(tmp_path / "house") as house:
        status = await house.publish(plain.rename(tmp_path / name))
        assert (status.state, status.error) == ("ready", None)
        release = await house.release(status.release_id)
        for note in notes:
            assert any(note in sentence for sentence in release.notes), release.notes
        has_sound = any(track.kind == "audio" for track in release.tracks)
        assert has_sound == (options.get("sound", True) is not False)
        assert {art.kind for art in house.desk.artwork} == {"backdrop", "poster", "still"}


class FullDisk(SystemFiles):
    """A disk with no room for anything that is renamed into place."""

    async def move(self, source: Path, target: Path) -> None:
        raise DiskFull(f"The disk that holds {target.parent.name} is full. Free some space and try again.")


async def test_on_a_full_disk_a_film_waits_says_so_and_goes_on_where_there_is_room(tmp_path: Path) -> None:
    master = film(tmp_path / "m.mp4", seconds=1, size="160x90")
    async with studio(tmp_path / "house", files=FullDisk()) as house:
        await house.production.ingest(IngestRequest(FileRef(path=str(master)), profiles=("fast",)))
        async with asyncio.timeout(60):
            while not (status := (await house.production.status(TITLE))[0]).waits_for:
                await asyncio.sleep(0.02)
        assert "is full" in status.waits_for
        assert await house.stored() == []
    async with studio(tmp_path / "house") as house:
        assert (await house.publish(master)).state == "ready"


async def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "poster.jpg").write_bytes(b"\xff\xd8\xff not really")
    async with studio(tmp_path / "house") as house:
        metadata = Metadata(artwork=(SidecarArtwork("poster.jpg", "poster"),))
        with pytest.raises(BadSidecar, match="no such file"):
            await house.production.ingest(IngestRequest(FileRef(path=str(tmp_path / "poster.jpg")), metadata))
        master = film(tmp_path / "m.mp4", seconds=1, size="160x90")
        status = await house.publish(master, metadata=metadata, poster_jpg=tmp_path / "poster.jpg")
        assert status.state == "failed"
        assert "not a picture" in (status.error or "")
        assert await house.stored() == []
