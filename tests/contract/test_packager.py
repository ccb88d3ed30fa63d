"""The packager port on Shaka Packager: segments, keys, and what nobody sees without them."""

from itertools import pairwise
from pathlib import Path

import pytest

from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import Picture, VideoEncode
from matinee.engines.encoder.programs import bundled
from matinee.engines.packager.port import Input, PackagedTrack, Packaging, RawKey
from matinee.engines.packager.shaka import PackagerFailed, ShakaPackager
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import DiskFull, SystemFiles
from matinee.kernel.processes import Child, Command, Finished, ProgramFailed, SystemProcesses
from matinee.wire.releases import Scheme, VideoCodec
from tests.media import ffmpeg, film

pytestmark = pytest.mark.ffmpeg
VIDEO_KEY = RawKey("sd", bytes(range(16)), b"v" * 16)
SOUND_KEY = RawKey("audio", bytes(range(16, 32)), b"a" * 16)


class Watched(SystemProcesses):
    """The real processes, which remember how they were called."""

    def __init__(self) -> None:
        self.argv: list[str] = []

    async def run(self, command: Command) -> Finished:
        self.argv += command.argv
        return await super().run(command)

    async def spawn(self, command: Command) -> Child:
        return await super().spawn(command)


@pytest.fixture
def inputs(tmp_path: Path) -> list[Input]:
    source = film(tmp_path / "film.mp4", seconds=4, options=("-g", "24", "-sc_threshold", "0"))
    ffmpeg("-i", source, "-map", "0:v", "-c", "copy", tmp_path / "video, odd.mp4")
    ffmpeg("-i", source, "-map", "0:a", "-c", "copy", tmp_path / "sound.mp4")
    return [
        Input("video-180p", "sd", "video", tmp_path / "video, odd.mp4"),
        Input("audio-0", "audio", "audio", tmp_path / "sound.mp4", "en"),
    ]


SCREEN = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"


async def in_hdr10(encoder: FFmpegEncoder, folder: Path, codec: VideoCodec) -> Path:
    master = film(
        folder / "master.mp4",
        seconds=1,
        size="160x90",
        sound=False,
        codec="libx265",
        pixel_format="yuv420p10le",
        video_filter="setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv",
        options=("-x265-params", f"log-level=none:hdr10=1:{SCREEN}"),
    )
    picture = Picture(160, 90, (24, 1), video_range="PQ")
    job = VideoEncode(master, folder / "rung.mp4", picture, 24, "ultrafast", (0,), 4000, 8000, codec=codec)
    return (await encoder.encode_video(job)).path


async def packaged(inputs: list[Input], folder: Path) -> list[PackagedTrack]:
    processes = Watched()
    job = Packaging(inputs, [VIDEO_KEY, SOUND_KEY], folder, "cbcs", 2.0)
    tracks = await ShakaPackager(processes, SystemFiles()).package(job)
    line = " ".join(processes.argv)
    assert VIDEO_KEY.key.hex() not in line
    assert SOUND_KEY.key.hex() not in line
    return tracks


async def decodes(track: PackagedTrack, key: RawKey | None, scratch: Path) -> bool:
    scratch.write_bytes(b"".join(p.read_bytes() for p in [track.init, *(s.path for s in track.segments)]))
    opened = ["-decryption_key", key.key.hex()] if key else []
    argv = [str(bundled().ffmpeg), "-v", "error", "-xerror", "-err_detect", "explode", "-nostdin", *opened]
    try:
        finished = await SystemProcesses().run(Command([*argv, "-i", f"file:{scratch}", "-f", "null", "-"]))
    except ProgramFailed:
        return False
    return not finished.stderr


async def test_segments_follow_one_another_and_cover_the_film(inputs: list[Input], tmp_path: Path) -> None:
    tracks = await packaged(inputs, tmp_path / "out")
    assert tracks[0].pssh["common"] == tracks[1].pssh["common"]
    for track, segments in zip(tracks, (4, 2), strict=True):
        assert track.init.is_file()
        assert len(track.segments) == segments
        assert all(a.start + a.duration == b.start for a, b in pairwise(track.segments))
        assert sum(s.duration for s in track.segments) / track.timescale == pytest.approx(4, abs=0.1)
        assert all(s.path.is_file() for s in track.segments)
        assert set(track.pssh) == {"common", "widevine", "playready"}
    left = {p.name for p in (tmp_path / "out").iterdir()}
    assert left == {"sd", "audio"}


async def test_a_picture_is_cut_at_its_key_frames_and_at_nothing_else(tmp_path: Path) -> None:
    keys = ("-g", "1000", "-sc_threshold", "0", "-force_key_frames", "0.99,1.74,3.24")
    source = film(tmp_path / "film.mp4", seconds=4, sound=False, options=keys)
    video = Input("video-180p", "sd", "video", source)
    (track,) = await packaged([video], tmp_path / "out")
    assert [s.start * 24 // track.timescale for s in track.segments] == [0, 24, 42, 78]


async def test_without_its_own_key_a_track_does_not_decode(inputs: list[Input], tmp_path: Path) -> None:
    video, sound = await packaged(inputs, tmp_path / "out")
    assert await decodes(video, VIDEO_KEY, tmp_path / "v.mp4")
    assert await decodes(sound, SOUND_KEY, tmp_path / "a.mp4")
    assert not await decodes(video, None, tmp_path / "v.mp4")
    assert not await decodes(video, SOUND_KEY, tmp_path / "v.mp4")


async def test_a_clear_film_plays_without_any_key(inputs: list[Input], tmp_path: Path) -> None:
    job = Packaging(inputs, [], tmp_path / "out", "clear", 2.0)
    video, _ = await ShakaPackager(SystemProcesses(), SystemFiles()).package(job)
    assert video.pssh == {}
    assert await decodes(video, None, tmp_path / "v.mp4")


@pytest.mark.parametrize("codec", ["hevc", "av1"])
@pytest.mark.parametrize("scheme", ["cbcs", "clear"])
async def test_hdr10_says_of_its_screen_what_the_master_said(tmp_path: Path, codec: VideoCodec, scheme: Scheme) -> None:
    processes, files = SystemProcesses(), SystemFiles()
    encoder = FFmpegEncoder(processes, files, SystemClock())
    source = await in_hdr10(encoder, tmp_path, codec)
    job = Packaging([Input("video-1", "sd", "video", source)], [VIDEO_KEY], tmp_path / "out", scheme, 2.0)
    (track,) = await ShakaPackager(processes, files).package(job)
    assert await decodes(track, VIDEO_KEY if scheme == "cbcs" else None, tmp_path / "joined.mp4")
    # The stream says nothing here: what is known of the init segment alone is what its boxes say.
    (said,) = (await encoder.probe(track.init)).video
    assert said.has_mastering_display
    assert said.has_light_level


def test_a_key_never_shows_itself() -> None:
    assert VIDEO_KEY.key.hex() not in repr(VIDEO_KEY)
    assert "redacted" in repr(VIDEO_KEY)


class Small(SystemFiles):
    """A disk with nothing left."""

    async def free_bytes(self, folder: Path) -> int:
        return 0


async def test_a_file_that_may_not_be_written_is_no_full_disk(inputs: list[Input], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "sd").write_text("where the packager wants a folder")
    (folder / "audio").write_text("and here")
    job = Packaging(inputs, [], folder, "clear", 2.0)
    with pytest.raises(PackagerFailed):
        await ShakaPackager(SystemProcesses(), SystemFiles()).package(job)
    with pytest.raises(DiskFull, match="Free some space"):
        await ShakaPackager(SystemProcesses(), Small()).package(job)
