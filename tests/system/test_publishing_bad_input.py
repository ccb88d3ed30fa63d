"""Masters that are not, and commands that race: each ends in a sentence, and nothing half-published is ever visible."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from tests.running import COMMAND, Service, environment, new_service, running, wait_until

pytestmark = pytest.mark.ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
_DISK_MIB = 340
"""A little more than the room an upload must leave free, so that a small master is taken in."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(new_service(tmp_path_factory.mktemp("bad"))) as started:
        yield started


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, which can be filled without harm to anything else."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m", "tmpfs", str(place)]
    try:
        done = subprocess.run(mounting, capture_output=True, text=True, timeout=30)
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True, timeout=30)


def made(path: Path, *arguments: str) -> Path:
    subprocess.run([FFMPEG, "-v", "error", "-y", *arguments, str(path)], check=True, timeout=120)
    return path


def picture(size: str = "320x180", seconds: float = 2, rate: int = 24) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}"]


def sound(seconds: float = 2) -> list[str]:
    return ["-f", "lavfi", "-i", f"sine=d={seconds}", "-c:a", "aac"]


def published(service: Service, file: Path, title: str) -> str:
    """The id of a title that could be watched when the command ended."""
    done = service.run("publish", str(file), "--title", title, "--releases", "fast", "--rating", "G")
    found = done.stdout.strip().rsplit("/", 1)[-1]
    assert found in visible(service)
    return found


def the_version(service: Service, title: str) -> Any:
    """The one version of a title, as the studio tells it."""
    path = f"/content/{title}/encoding-status"
    (version,) = service.call("GET", path, token=service.operator())[1]["data"]["versions"]
    return version


def refused(service: Service, file: Path, sentence: str) -> None:
    """Publishing says why not, in words a person can use, and no title shows."""
    before = visible(service)
    done = service.run("publish", str(file), "--title", f"Refused {file.name!r}", check=False)
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert sentence in done.stderr
    assert visible(service) == before


def visible(service: Service) -> list[str]:
    desk = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
    return [t["id"] for t in desk if t["state"] == "available"]


def test_a_text_file_is_not_a_video(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "notes.mp4"
    file.write_text("These are only words. " * 100)
    refused(service, file, "This is not a video: it looks like plain text.")


def test_an_empty_file_is_refused_before_anything_is_sent(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "empty.mov"
    file.touch()
    refused(service, file, f"{str(file)!r} is empty.")


def test_a_truncated_film_is_refused(service: Service, tmp_path: Path) -> None:
    whole = made(tmp_path / "whole.mkv", *picture(seconds=4), "-c:v", "libx264")
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    refused(service, torn, "The file is damaged or was cut off: it should last 4.0 s, but only")


def test_a_single_pixel_is_refused(service: Service, tmp_path: Path) -> None:
    one_pixel = "format=rgb24,crop=1:1:0:0:exact=1"
    file = made(tmp_path / "dot.mkv", *picture("16x16"), "-vf", one_pixel, "-pix_fmt", "bgr0", "-c:v", "ffv1")
    refused(service, file, "The picture is 1×1 pixels; at least 16×16 are needed.")


def test_a_playlist_that_reads_local_files_is_refused(service: Service, tmp_path: Path) -> None:
    secret = tmp_path / "secret.mkv"
    made(secret, *picture(), "-c:v", "libx264")
    playlist = tmp_path / "innocent.mp4"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n")
    refused(service, playlist, "it looks like an HLS playlist, which only points at other files.")
    concat = tmp_path / "list.mkv"
    concat.write_text(f"ffconcat version 1.0\nfile '{secret}'\n")
    refused(service, concat, "it looks like a concat script, which only points at other files.")


_TEN_BITS = [*picture(), *sound(), "-c:v", "libx265", "-pix_fmt", "yuv420p10le"]


@pytest.mark.parametrize(
    ("file_name", "arguments", "sentences"),
    [
        ("silent.mkv", [*picture(), "-c:v", "libx264"], ["The film has no sound; it is published as video only."]),
        (
            "odd size.mkv",
            [*picture(), *sound(), "-vf", "scale=321:179,setsar=1", "-c:v", "ffv1", "-pix_fmt", "yuv444p"],
            ["321×179 was brought to an even size."],
        ),
        (
            "ten bits.mkv",
            [*_TEN_BITS, "-x265-params", "log-level=error"],
            ["The picture has 10 bits a channel; it was reduced to 8."],
        ),
        (
            "pq.mkv",
            [
                *_TEN_BITS,
                *("-vf", "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"),
                *("-x265-params", "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"),
            ],
            [
                "The picture is HDR; it was tone-mapped to standard range for devices that show no more.",
                "The picture has 10 bits a channel; it was reduced to 8.",
            ],
        ),
        (
            # In MP4, because ffprobe tells nothing of a varying rate in Matroska.
            "varying rate.mp4",
            [*picture(), *sound(), "-vf", "select='not(mod(n,3))+lt(n,12)'", "-fps_mode", "vfr", "-c:v", "libx264"],
            ["The frame rate varies; it was made a constant 24.000."],
        ),
    ],
)
def test_an_unusual_master_is_published_and_says_what_was_changed(
    service: Service, tmp_path: Path, file_name: str, arguments: list[str], sentences: list[str]
) -> None:
    file = made(tmp_path / file_name, *arguments)
    title = published(service, file, f"Unusual: {file_name}")
    version = the_version(service, title)
    assert version["state"] == "ready"
    assert [f["sentence"] for f in version["findings"] if f["severity"] == "note"] == sentences


def test_a_portrait_clip_is_shown_upright(service: Service, tmp_path: Path) -> None:
    flat = made(tmp_path / "flat.mp4", *picture(), "-c:v", "libx264")
    rotated = made(tmp_path / "rotated.mp4", "-display_rotation", "90", "-i", str(flat), "-c", "copy")
    title = published(service, rotated, "Upright")
    version = the_version(service, title)
    assert "The picture was turned by 270° to stand upright." in [f["sentence"] for f in version["findings"]]
    release = service.data / "blobs" / "objects" / "releases" / version["release_id"] / "release.json"
    tracks = json.loads(release.read_text())["tracks"]
    sizes = [(track["width"], track["height"]) for track in tracks if track["kind"] == "video"]
    assert sizes
    assert all(width < height for width, height in sizes), sizes


def test_a_file_name_with_quotes_and_newlines_is_only_a_name(service: Service, tmp_path: Path) -> None:
    file = made(tmp_path / "plain.mkv", *picture(), "-c:v", "libx264")
    odd = tmp_path / 'it\'s "odd"\n;$(touch owned) -y.mkv'
    file.rename(odd)
    published(service, odd, "Odd name")
    assert not [*tmp_path.rglob("owned"), *service.data.rglob("owned"), *Path.cwd().glob("owned")]


def test_a_full_disk_is_said_the_service_goes_on_and_room_lets_the_title_be_made(
    small_disk: Path, tmp_path: Path
) -> None:
    file = made(tmp_path / "film.mkv", *picture(), *sound(), "-c:v", "libx264")
    filler = small_disk / "filler"
    with running(new_service(small_disk)) as service:
        fill(filler, leaving_mib=100)
        refused(service, file, "There is not enough room for this file. Free some space and try again.")
        assert service.is_ready()
        filler.unlink()

        said = tmp_path / "said"
        with said.open("wb") as out:
            begun = subprocess.Popen(publishing(service, file, "Squeezed"), stderr=out, env=environment({}))
        wait_until(lambda: service.call("GET", "/catalog/titles", token=service.operator())[1]["data"], service.log)
        # Kept full: what a failing program removes is room that would let the next one go on.
        wait_until(lambda: fill(filler, leaving_mib=0) and "is full" in said.read_text(), said)
        assert "Free some space" in said.read_text()
        # It has said so and ended, or it has said so and waits for room.
        assert begun.poll() in (None, 1), said.read_text()
        assert service.is_ready()
        assert not visible(service)
        filler.unlink()
        assert begun.wait(timeout=120) in (0, 1), said.read_text()
        assert "Traceback" not in said.read_text()
        assert published(service, file, "Squeezed") in visible(service)


def fill(filler: Path, *, leaving_mib: int) -> bool:
    """Take all room but this, while others may be writing too."""
    facts = os.statvfs(filler.parent)
    wanted = facts.f_bavail * facts.f_frsize - (leaving_mib << 20)
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while leaving_mib == 0 or file.tell() < wanted:
            file.write(bytes(64 << 10))
    return True


def publishing(service: Service, file: Path, title: str) -> list[str]:
    flags = ["--title", title, "--releases", "fast", "--rating", "G", "--data", str(service.data)]
    return [*COMMAND, "publish", str(file), *flags]


def test_the_same_title_published_twice_at_once_is_published_once(service: Service, tmp_path: Path) -> None:
    file = made(tmp_path / "twice.mkv", *picture(), "-c:v", "libx264")
    argv = publishing(service, file, "Twice")
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment({}))
            for _ in range(2)]  # fmt: skip
    ended = [process.communicate(timeout=200) for process in both]
    good = [out.strip() for (out, _), process in zip(ended, both, strict=True) if process.returncode == 0]
    assert good, ended
    assert len(set(good)) == 1
    for (_, err), process in zip(ended, both, strict=True):
        assert process.returncode == 0 or "is being made already" in err
    desk = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
    (twice,) = [t for t in desk if t["name"] == "Twice"]
    assert len(twice["releases"]) == 1
