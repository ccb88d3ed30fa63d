"""The five masters are what they say they are; and, drawn small, all of them are published and played."""

from pathlib import Path

import pytest

from matinee.bench.masters import LANGUAGES, MASTERS, SMALL, SPOKEN
from matinee.cli import main
from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import MediaInfo
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import SystemProcesses

pytestmark = pytest.mark.ffmpeg


async def drawn(name: str, folder: Path) -> MediaInfo:
    processes = SystemProcesses()
    master = await MASTERS[name](folder, SMALL, processes)
    return await FFmpegEncoder(processes, SystemFiles(), SystemClock()).probe(master)


async def test_the_hdr_master_says_all_that_hdr10_says(tmp_path: Path) -> None:
    (video,) = (await drawn("hdr", tmp_path)).video
    assert (video.bit_depth, video.color_transfer, video.color_primaries) == (10, "smpte2084", "bt2020")
    assert video.has_mastering_display
    assert video.has_light_level


async def test_the_film_for_cinemas_is_short_of_no_frame(tmp_path: Path) -> None:
    (video,) = (await drawn("cinema", tmp_path)).video
    assert (video.frame_rate, video.frames) == ((24, 1), 24 * SMALL.seconds)


async def test_the_broadcast_is_interlaced_at_59_94_fields(tmp_path: Path) -> None:
    info = await drawn("broadcast", tmp_path)
    assert (info.video[0].interlaced, info.video[0].frame_rate) == (True, (30000, 1001))
    assert info.audio[0].codec == "ac3"


async def test_the_phone_was_held_upright_and_its_rate_varies(tmp_path: Path) -> None:
    (video,) = (await drawn("phone", tmp_path)).video
    assert video.rotation in (90, 270)
    assert video.width > video.height
    assert video.frame_rate != video.frame_rate_nominal


async def test_the_film_for_the_world_speaks_24_languages_and_is_read_in_34(tmp_path: Path) -> None:
    info = await drawn("world", tmp_path)
    assert [sound.language for sound in info.audio] == [*SPOKEN]
    assert [text.language for text in info.text] == [*LANGUAGES]
    assert len(info.text) == 34
    assert {sound.channels for sound in info.audio} == {6}


@pytest.mark.browser
@pytest.mark.timeout(900)
@pytest.mark.parametrize("films", ["broadcast,phone", pytest.param(",".join(MASTERS), marks=pytest.mark.slow)])
def test_they_are_published_and_played(tmp_path: Path, films: str) -> None:
    assert main(["bench", "showcase", "--small", "--films", films, "--keep", str(tmp_path)]) == 0
    assert {path.stem for path in tmp_path.glob("*.png")} == {f"{name}-avc1" for name in films.split(",")}
