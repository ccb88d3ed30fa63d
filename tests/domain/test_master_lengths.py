"""How long a master is said to be, and is: in Matroska, whose tracks have no field for it, and where nothing says it."""

import json
import subprocess
from pathlib import Path

import pytest

from matinee.engines.encoder.bounds import check
from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import NotMedia
from matinee.engines.encoder.probe import parse
from matinee.engines.encoder.programs import bundled
from matinee.engines.quality.in_loop import StandInQuality
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import SystemProcesses
from matinee.studio.encoding.api import SourceRefused
from matinee.studio.encoding.service.encoding import EncodingService
from tests.media import ffmpeg

pytestmark = pytest.mark.ffmpeg
LENGTHS = {"picture-length", "sound-length", "subtitle-outside"}


def master(path: Path, picture_s: float, sound_s: float | None = None, text: Path | None = None) -> Path:
    inputs: list[object] = ["-f", "lavfi", "-i", f"testsrc2=s=160x90:r=12:d={picture_s}"]
    inputs += ["-f", "lavfi", "-i", f"sine=f=440:d={sound_s}:r=48000"] if sound_s else []
    inputs += ["-i", text] if text else []
    ffmpeg(*inputs, "-c:v", "libx264", "-preset", "ultrafast", "-g", "12", "-c:a", "aac", path)
    return path


def untagged(path: Path) -> Path:
    """As if whatever wrote it did not tell how long its tracks are."""
    target = path.with_stem(f"{path.stem}-untagged")
    target.write_bytes(path.read_bytes().replace(b"DURATION", b"LONGNESS"))
    return target


def cut(path: Path, at_s: float) -> Path:
    """Without what stands in the file from that picture on."""
    asked = ["-select_streams", "v", "-show_entries", "packet=pts_time,pos", "-of", "json", f"file:{path}"]
    told = subprocess.run([bundled().ffprobe, "-v", "error", *asked], check=True, timeout=60, capture_output=True)
    packets = json.loads(told.stdout)["packets"]
    end = next(int(packet["pos"]) for packet in packets if float(packet["pts_time"]) >= at_s)
    target = path.with_stem(f"{path.stem}-cut")
    target.write_bytes(path.read_bytes()[:end])
    return target


async def found(path: Path) -> list[str]:
    encoder = FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())
    quality = StandInQuality(SystemFiles(), SystemClock())
    service = EncodingService(encoder, quality, SystemFiles(), root=path.parent / "work")
    findings = (await service.examine(str(path), [])).inspection.findings
    return [finding.code for finding in findings if finding.code in LENGTHS]


async def test_a_whole_film_is_taken_whose_sound_or_subtitles_outlast_its_picture(tmp_path: Path) -> None:
    text = tmp_path / "text.srt"
    text.write_text("1\n00:00:01,000 --> 00:00:06,000\nStill here.\n")
    for made, expected in (
        (master(tmp_path / "sound.mkv", 3, 6), ["sound-length"]),
        (master(tmp_path / "text.mkv", 3, text=text), ["subtitle-outside"]),
        (master(tmp_path / "even.mkv", 3, 3), []),
    ):
        assert await found(made) == expected
        assert await found(untagged(made)) == expected


async def test_a_picture_that_ends_early_is_told_and_one_that_ends_far_too_early_refused(tmp_path: Path) -> None:
    film = master(tmp_path / "film.mkv", 20, 20)
    assert await found(cut(film, 19.2)) == ["picture-length"]
    assert await found(cut(untagged(film), 19.2)) == ["picture-length"]
    with pytest.raises(SourceRefused, match="cut off"):
        await found(cut(film, 15))
    # A container that does not say how long its picture is may be as long as something else.
    assert await found(cut(untagged(film), 15)) == ["picture-length"]


@pytest.mark.parametrize(
    ("writer", "tags", "lasts_s"),
    [
        ("Lavf62", {"DURATION": "00:01:40.500000000"}, 98.5),  # where it ends
        ("Lavf62", {"DURATION-eng": "00:01:40.500000000"}, None),  # copied from another file
        ("libebml v1.4.5", {"DURATION-eng": "00:01:38.500000000"}, 98.5),
        ("libebml v1.4.5", {"DURATION": "00:01:38.500000000"}, 98.5),
        ("libebml v1.4.5", {"DURATION": "01:01:38.500000000"}, None),  # longer than the container
        ("libebml v1.4.5", {"DURATION": "soon"}, None),
    ],
)
def test_a_tag_tells_a_track_s_length_in_the_words_of_who_wrote_it(
    writer: str, tags: dict[str, str], lasts_s: float | None
) -> None:
    stream = {"index": 0, "codec_type": "video", "codec_name": "h264", "start_time": "2.0", "tags": tags}
    container = {"duration": "100.5", "tags": {"ENCODER": writer}}
    (video,) = parse(json.dumps({"format": container, "streams": [stream]}).encode()).video
    assert video.duration_s == lasts_s


@pytest.mark.parametrize(("channels", "hours", "is_taken"), [(8, 12.0, True), (64, 1.5, True), (64, 12.0, False)])
def test_so_many_channels_are_heard_for_so_long(channels: int, hours: float, is_taken: bool) -> None:
    sound = {"index": 0, "codec_type": "audio", "codec_name": "pcm_s16le", "channels": channels, "sample_rate": 48_000}
    info = parse(json.dumps({"format": {"duration": str(hours * 3600)}, "streams": [sound]}).encode())
    if is_taken:
        assert check(info) is info
    else:
        with pytest.raises(NotMedia, match=r"64 channels for 12\.0 hours; with so many, at most 1\.5 hours are taken"):
            check(info)
