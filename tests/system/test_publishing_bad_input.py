"""Masters that are not, and commands that race: each ends in a sentence, and nothing half-published is ever visible."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.running import COMMAND, Service, environment, new_service, running

pytestmark = pytest.mark.ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(new_service(tmp_path_factory.mktemp("bad"))) as started:
        yield started


def made(path: Path, *arguments: str) -> Path:
    subprocess.run([FFMPEG, "-v", "error", "-y", *arguments, str(path)], check=True, timeout=120)
    return path


def picture(size: str = "320x180", seconds: float = 2, rate: int = 24) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}"]


def refused(service: Service, file: Path, *words: str) -> str:
    """Publishing says why not, in words a person can use, and no title shows."""
    before = visible(service)
    done = service.run("publish", str(file), "--title", f"Refused {file.name!r}", check=False)
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert any(word in done.stderr for word in words), done.stderr
    assert visible(service) == before
    return done.stderr


def visible(service: Service) -> list[str]:
    desk = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
    return [t["id"] for t in desk if t["state"] == "available"]


def test_a_text_file_is_not_a_video(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "notes.mp4"
    file.write_text("These are only words. " * 100)
    refused(service, file, "not", "video", "media")


def test_an_empty_file_is_refused_before_anything_is_sent(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "empty.mov"
    file.touch()
    refused(service, file, "empty")


def test_a_truncated_film_is_refused(service: Service, tmp_path: Path) -> None:
    whole = made(tmp_path / "whole.mkv", *picture(seconds=4), "-c:v", "libx264")
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    refused(service, torn, "ends", "truncated", "breaks off", "incomplete", "cut")


def test_a_single_pixel_is_refused(service: Service, tmp_path: Path) -> None:
    file = made(tmp_path / "dot.mkv", *picture("16x16"), "-vf", "crop=1:1:0:0,format=yuv444p", "-c:v", "ffv1")
    refused(service, file, "1×1", "1x1", "small", "pixels")


def test_a_playlist_that_reads_local_files_is_refused(service: Service, tmp_path: Path) -> None:
    secret = tmp_path / "secret.mkv"
    made(secret, *picture(), "-c:v", "libx264")
    playlist = tmp_path / "innocent.mp4"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n")
    refused(service, playlist, "playlist", "not", "list")
    concat = tmp_path / "list.mkv"
    concat.write_text(f"ffconcat version 1.0\nfile '{secret}'\n")
    refused(service, concat, "not", "list")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("silent", [*picture(), "-c:v", "libx264"]),
        ("odd size", [*picture("321x179"), "-c:v", "ffv1", "-pix_fmt", "yuv444p"]),
        ("ten bits", [*picture(), "-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=error"]),
        (
            "pq",
            [*picture(), "-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020",
             "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-x265-params",
             "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"],
        ),
        ("varying rate", [*picture(), "-vf", "select='not(mod(n,3))+lt(n,12)'", "-fps_mode", "vfr", "-c:v", "libx264"]),
    ],
)  # fmt: skip
def test_an_unusual_master_is_published_and_says_what_was_changed(
    service: Service, tmp_path: Path, name: str, arguments: list[str]
) -> None:
    file = made(tmp_path / f"{name}.mkv", *arguments)
    done = service.run("publish", str(file), "--title", f"Unusual: {name}", "--releases", "fast", "--rating", "G")
    title = done.stdout.strip().rsplit("/", 1)[-1]
    assert title in visible(service)


def test_a_portrait_clip_is_shown_upright(service: Service, tmp_path: Path) -> None:
    flat = made(tmp_path / "flat.mp4", *picture(), "-c:v", "libx264")
    rotated = made(tmp_path / "rotated.mp4", "-display_rotation", "90", "-i", str(flat), "-c", "copy")
    done = service.run("publish", str(rotated), "--title", "Upright", "--releases", "fast", "--rating", "G")
    title = done.stdout.strip().rsplit("/", 1)[-1]
    status = service.call("GET", f"/content/{title}/encoding-status", token=service.operator())[1]["data"]
    assert status[0]["state"] == "ready"


def test_a_file_name_with_quotes_and_newlines_is_only_a_name(service: Service, tmp_path: Path) -> None:
    file = made(tmp_path / "plain.mkv", *picture(), "-c:v", "libx264")
    odd = tmp_path / 'it\'s "odd"\n;$(touch owned) -y.mkv'
    file.rename(odd)
    service.run("publish", str(odd), "--title", "Odd name", "--releases", "fast", "--rating", "G")
    assert not (tmp_path / "owned").exists()


def test_the_same_title_published_twice_at_once_is_published_once(service: Service, tmp_path: Path) -> None:
    file = made(tmp_path / "twice.mkv", *picture(), "-c:v", "libx264")
    argv = [*COMMAND, "publish", str(file), "--title", "Twice", "--releases", "fast", "--rating", "G",
            "--data", str(service.data)]  # fmt: skip
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment({}))
            for _ in range(2)]  # fmt: skip
    ended = [process.communicate(timeout=200) for process in both]
    good = [out.strip() for (out, _), process in zip(ended, both, strict=True) if process.returncode == 0]
    assert good, ended
    assert len(set(good)) == 1
    for (_, err), process in zip(ended, both, strict=True):
        assert process.returncode == 0 or "being published" in err
    desk = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
    (twice,) = [t for t in desk if t["name"] == "Twice"]
    assert len(twice["releases"]) == 1
