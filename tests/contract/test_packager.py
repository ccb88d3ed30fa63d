"""The packager port on Shaka Packager: segments, keys, and what nobody sees without them."""

from itertools import pairwise
from pathlib import Path

import pytest

from matinee.engines.encoder.programs import bundled
from matinee.engines.packager.port import Input, PackagedTrack, Packaging, RawKey
from matinee.engines.packager.shaka import ShakaPackager
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import Child, Command, Finished, ProgramFailed, SystemProcesses
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


def test_a_key_never_shows_itself() -> None:
    assert VIDEO_KEY.key.hex() not in repr(VIDEO_KEY)
    assert "redacted" in repr(VIDEO_KEY)
