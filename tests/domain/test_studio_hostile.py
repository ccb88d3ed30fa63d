"""Films that were made to do harm: each is refused in a sentence, or is harmless; nothing is left of it, nothing else is read."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.quality.vmaf import VmafQuality
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import Command, Finished, Limits, ProgramFailed, SystemProcesses
from matinee.kernel.quantities import minutes
from matinee.studio.encoding.api import SourceRefused
from matinee.studio.encoding.service import EncodingService
from tests import hostile, hostile_texts
from tests.domain.studio_house import studio
from tests.media import film

pytestmark = pytest.mark.ffmpeg


class Bounded(SystemProcesses):
    """The real processes, which check that nothing runs without bounds on what strangers sent."""

    async def run(self, command: Command) -> Finished:
        limits = command.limits
        assert limits.memory_bytes is not None
        assert limits.file_bytes is not None
        assert limits.open_files is not None
        assert command.confinement is not None
        assert command.timeout.total_seconds() < 3600, "a second of film needs no hour"
        return await super().run(command)


@pytest.fixture
def encoding(tmp_path: Path) -> EncodingService:
    processes, files = Bounded(), SystemFiles()
    encoder = FFmpegEncoder(processes, files, SystemClock())
    quality = VmafQuality(processes, files, encoder, SystemChance())
    return EncodingService(encoder, quality, files, root=tmp_path / "studio")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (hostile.a_thousand_million_seconds, "does not end: it says that it lasts 1.0 s"),
        (hostile.edits_without_end, "does not end: it says that it lasts 1.0 s"),
        (hostile.samples_without_end, "cannot be read"),
        (hostile.one_frame_for_ever, "12288 frames a second; at most 300"),
        (hostile.quick_frames, "1000000 frames a second; at most 300"),
        (hostile.packed_index, "beyond reading"),
        (hostile.huge_frames, "beyond reading"),
        (hostile.small_outside_huge_inside, "Most of the film cannot be decoded"),
        (hostile.thousands_of_streams, "holds 300 streams; at most 256"),
        (hostile.raw_frames_without_end, "does not say how long it is"),
    ],
)
async def test_what_was_made_to_do_harm_is_refused(
    encoding: EncodingService, tmp_path: Path, make: Callable[[Path], Path], words: str
) -> None:
    master = make(tmp_path)
    with pytest.raises(SourceRefused) as refused:
        await encoding.inspect(str(master))
    assert words in refused.value.sentence
    assert str(tmp_path) not in refused.value.sentence
    assert left_in(tmp_path) == [master]


@pytest.mark.parametrize(
    "content",
    [
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n",
        b"# mpv EDL v0\n%8%film.mp4\n",
        b'<asx version="3.0"><entry><ref href="file:///etc/passwd"/></entry></asx>',
        b"[playlist]\nFile1=/etc/passwd\nNumberOfEntries=1\n",
        b"\0RTSPtextrtsp://127.0.0.1/film\r\n",
        b"RIFF\x10\0\0\0AVI \0\0\0\0",
        bytes(range(256)) * 40,
    ],
    ids=["sdp", "edl", "asx", "pls", "rtsp text", "avi of nothing", "noise"],
)
async def test_what_only_points_at_films_is_none(encoding: EncodingService, tmp_path: Path, content: bytes) -> None:
    master = tmp_path / "film.mp4"
    master.write_bytes(content)
    with pytest.raises(SourceRefused, match="not a video"):
        await encoding.inspect(str(master))


async def test_a_reference_to_another_film_shows_nothing_of_it(encoding: EncodingService, tmp_path: Path) -> None:
    """The bytes that are shown are the file's own, whatever its index says of where they are."""
    master = hostile.points_elsewhere(tmp_path)
    (tmp_path / "secret.mov").write_bytes(b"not a film any more")
    assert (await encoding.inspect(str(master))).frames == 12


async def test_a_title_as_long_as_a_novel_is_cut(encoding: EncodingService, tmp_path: Path) -> None:
    (sound,) = (await encoding.inspect(str(hostile.a_novel_for_a_title(tmp_path)))).sound
    assert sound.label == "x" * 200


async def test_no_subtitles_take_long() -> None:
    """All of them take some seconds. A reader that goes back for each character takes hours for one, and is ended."""
    read: list[str] = []
    command = Command(
        [sys.executable, "-m", "tests.hostile_texts"],
        timeout=minutes(20),
        limits=Limits(cpu_seconds=60),
        on_line=read.append,
    )
    try:
        await SystemProcesses().run(command)
    except ProgramFailed as failure:
        pytest.fail(f"{read[-1:]} took too long, or broke a reader: {failure.sentence} {failure.stderr}")
    assert read == list(hostile_texts.shapes())


async def test_of_a_film_that_does_harm_nothing_is_stored(tmp_path: Path) -> None:
    master = hostile.quick_frames(tmp_path)
    async with studio(tmp_path / "house") as house:
        status = await house.publish(master)
        assert status.state == "failed"
        assert "1000000 frames a second" in (status.error or "")
        assert await house.stored() == []
        assert [path.name for path in left_in(tmp_path / "house" / "studio")] == []


async def test_a_link_is_followed_only_to_a_film(tmp_path: Path) -> None:
    """Somebody who may put names into a folder, but not read what they lead to, learns nothing but that."""
    secret = tmp_path / "secret"
    secret.write_text("the key to everything\n" * 100)
    (tmp_path / "film.mp4").symlink_to(secret)
    async with studio(tmp_path / "house") as house:
        status = await house.publish(tmp_path / "film.mp4")
        assert status.error is not None
        assert "plain text" in status.error
        assert "the key" not in status.error


async def damaged(encoding: EncodingService, folder: Path, numbers: range) -> tuple[int, int]:
    """How many were taken, and how many refused: nothing else may happen."""
    seeds = hostile.seeds(folder)
    taken = refused = 0
    for number in numbers:
        name = sorted(seeds)[number % len(seeds)]
        master = folder / name
        master.write_bytes(hostile.mutated(seeds[name], number))
        try:
            async with asyncio.timeout(600):
                inspection = await encoding.inspect(str(master))
        except SourceRefused:
            refused += 1
        else:
            assert 0 < inspection.frames < 2000, number
            taken += 1
        assert left_in(folder) == [master], number
        master.unlink()
    return taken, refused


async def test_a_damaged_film_is_taken_or_refused(encoding: EncodingService, tmp_path: Path) -> None:
    taken, refused = await damaged(encoding, tmp_path, range(10))
    assert taken + refused == 10


@pytest.mark.slow
@pytest.mark.timeout(7200)
async def test_a_thousand_damaged_films_are_taken_or_refused(encoding: EncodingService, tmp_path: Path) -> None:
    taken, refused = await damaged(encoding, tmp_path, range(10, 1010))
    assert taken > 100
    assert refused > 100


async def test_a_film_of_the_largest_size_is_taken(encoding: EncodingService, tmp_path: Path) -> None:
    """The bounds are those of what is refused, and not tighter."""
    master = film(tmp_path / "wide.mkv", size="8192x64", seconds=1, rate="12", sound=False)
    assert (await encoding.inspect(str(master))).raster.width == 8192


def left_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
