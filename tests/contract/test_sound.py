"""Sound through the encoder and the packager: loudness, channels, time, and what is passed through untouched."""

import re
import struct
import subprocess
from pathlib import Path

import pytest

from matinee.engines.encoder.audio import loudness_of
from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import AudioCopy, AudioEncode, EncoderFailed, Loudness
from matinee.engines.encoder.programs import bundled
from matinee.engines.packager.port import Input, PackagedTrack, Packaging
from matinee.engines.packager.shaka import ShakaPackager
from matinee.engines.quality.in_loop import StandInQuality
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import SystemProcesses
from matinee.studio.encoding.api import SoundTask
from matinee.studio.encoding.service.encoding import EncodingService
from matinee.studio.packaging.api import SOUND_LATE_MAX_S
from matinee.wire.releases import SoundCodec
from tests.atmos import COMPLEXITY, atmos
from tests.media import ffmpeg, film

pytestmark = pytest.mark.ffmpeg
CLICK_S = 1.0
CODECS = {"aac": "mp4a.40.2", "eac3": "ec-3", "opus": "opus"}


@pytest.fixture(scope="module")
def surround(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s of 5.1: a click in the center at one second, and tones that would clip where they are simply added."""
    path = tmp_path_factory.mktemp("sound") / "surround.wav"
    tones = "|".join(f"0.5*sin(2*PI*{hz}*t)*between(t,1.5,3)" for hz in (400, 410))
    center = f"if(between(t,{CLICK_S},{CLICK_S + 0.001}),0.9,0.5*sin(2*PI*430*t)*between(t,1.5,3))"
    sides = "|".join(f"0.5*sin(2*PI*{hz}*t)*between(t,1.5,3)" for hz in (440, 450))
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{tones}|{center}|0|{sides}':c=5.1(side):d=3:s=48000", path)
    return path


@pytest.fixture
def encoder() -> FFmpegEncoder:
    return FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())


async def packaged(folder: Path, *sources: Path) -> list[PackagedTrack]:
    inputs = [Input(source.stem, "audio", "audio", source, "en") for source in sources]
    return await ShakaPackager(SystemProcesses(), SystemFiles()).package(Packaging(inputs, [], folder, "clear", 1.0))


def loudness(path: Path) -> Loudness | None:
    argv: list[str | Path] = [
        bundled().ffmpeg,
        "-nostdin",
        "-i",
        path,
        "-af",
        "ebur128=peak=true:framelog=quiet",
        "-f",
        "null",
        "-",
    ]
    return loudness_of(subprocess.run(argv, check=True, timeout=60, capture_output=True).stderr.decode())


def click_s(track: PackagedTrack, scratch: Path) -> float:
    """Where the click is on the presentation's clock."""
    scratch.write_bytes(b"".join(p.read_bytes() for p in [track.init, *(s.path for s in track.segments)]))
    samples = scratch.with_suffix(".f32")
    # Filled from zero on, so that a place among the samples is a time.
    ffmpeg(
        "-copyts",
        "-i",
        scratch,
        "-af",
        "aresample=48000:async=1:first_pts=0,atrim=end=1.4",
        "-ac",
        "1",
        "-f",
        "f32le",
        samples,
    )
    heard = [abs(value) for (value,) in struct.iter_unpack("<f", samples.read_bytes())]
    return heard.index(max(heard)) / 48_000


async def test_one_sound_in_three_codecs_is_as_loud_and_begins_at_the_same_time(
    encoder: FFmpegEncoder, surround: Path, tmp_path: Path
) -> None:
    made = []
    for codec, channels in (("aac", 2), ("eac3", 6), ("opus", 2)):
        job = AudioEncode(surround, tmp_path / f"{codec}.mp4", 0, 192, 3.0, channels, codec=codec)  # type: ignore[arg-type]  # a literal
        encoded = await encoder.encode_audio(job)
        assert encoded.loudness is not None
        found = loudness(encoded.path)
        assert found is not None
        assert found.integrated_lufs == pytest.approx(encoded.loudness.integrated_lufs, abs=0.2)
        # Either the target is reached, or the peaks are as high as they may be: nothing was limited on the way.
        assert found.integrated_lufs == pytest.approx(-23, abs=0.5) or found.peak_dbtp > -2
        assert found.peak_dbtp <= -1
        stream = (await encoder.probe(encoded.path)).audio[0]
        assert (stream.codec, stream.channels, stream.sample_rate) == (codec, channels, 48_000)
        made.append(encoded.path)
    for track in await packaged(tmp_path / "out", *made):
        assert track.codecs == CODECS[track.track]
        assert track.segments[0].start == 0
        assert click_s(track, tmp_path / f"{track.track}-all.mp4") == pytest.approx(CLICK_S, abs=0.002)
        assert sum(s.duration for s in track.segments) / track.timescale == pytest.approx(3, abs=0.04)


async def test_sound_whose_peaks_leave_no_room_stays_quiet_and_says_so(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = tmp_path / "clicks.wav"
    click = "if(lt(mod(t,0.5),0.0005),0.99,0.005*sin(2*PI*440*t))"
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{click}':d=2:s=48000", source)
    service = EncodingService(encoder, StandInQuality(SystemFiles(), SystemClock()), SystemFiles(), root=tmp_path)
    made = await service.encode_sound(SoundTask(str(source), 0, str(tmp_path / "quiet.mp4"), 2.0))
    assert made.loudness_lufs is not None
    assert made.peak_dbtp is not None
    assert made.loudness_lufs < -25
    assert -2 < made.peak_dbtp <= -1
    assert made.notes == (
        f"it stays at {made.loudness_lufs:.1f} LUFS instead of -23, because its peaks allow no more.",
    )


@pytest.mark.parametrize(("codec", "channels"), [("aac", 2), ("opus", 2), ("eac3", 6)])
async def test_noise_of_which_a_codec_keeps_less_is_as_loud_as_all_else(
    encoder: FFmpegEncoder, tmp_path: Path, codec: SoundCodec, channels: int
) -> None:
    source = noise(tmp_path / "rain.wav", "anoisesrc=c=white:a=0.3:d=3:r=48000:seed=1")
    service = EncodingService(encoder, StandInQuality(SystemFiles(), SystemClock()), SystemFiles(), root=tmp_path)
    task = SoundTask(str(source), 0, str(tmp_path / "sound.mp4"), 3.0, codec=codec, channels=channels)
    made = await service.encode_sound(task)
    assert made.loudness_lufs == pytest.approx(-23, abs=1)
    assert made.peak_dbtp is not None
    assert made.peak_dbtp <= -1
    assert made.notes == ()


async def test_noise_to_which_no_more_can_be_given_is_quieter_and_says_so(
    encoder: FFmpegEncoder, tmp_path: Path
) -> None:
    click = "if(between(t,1,1.0005),0.99,0.04*(random(0)*2-1))"
    source = noise(tmp_path / "rain.wav", f"aevalsrc='{click}':d=3:s=48000")
    service = EncodingService(encoder, StandInQuality(SystemFiles(), SystemClock()), SystemFiles(), root=tmp_path)
    made = await service.encode_sound(SoundTask(str(source), 0, str(tmp_path / "sound.mp4"), 3.0))
    assert made.loudness_lufs is not None
    assert made.peak_dbtp is not None
    assert made.loudness_lufs < -24
    assert made.peak_dbtp <= -1
    came = f"it came out at {made.loudness_lufs:.1f} LUFS instead of -23"
    assert made.notes == (f"{came}, because the codec does not keep such sound as it is.",), made


async def test_an_encode_with_hardly_anything_of_its_sound_left_is_not_published(
    encoder: FFmpegEncoder, tmp_path: Path
) -> None:
    source = noise(tmp_path / "bats.wav", "sine=f=19500:d=3:r=48000")
    with pytest.raises(EncoderFailed, match="came out silent"):
        await encoder.encode_audio(AudioEncode(source, tmp_path / "sound.mp4", 0, 128, 3.0))


def noise(path: Path, made_by: str) -> Path:
    ffmpeg("-f", "lavfi", "-i", made_by, path)
    return path


async def test_seven_channels_are_folded_to_five_and_all_are_heard(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    back = "|".join(["0"] * 4 + ["0.2*sin(2*PI*500*t)", "0.2*sin(2*PI*600*t)", "0", "0"])
    source = tmp_path / "seven.wav"
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{back}':c=7.1:d=2:s=48000", source)
    made = await encoder.encode_audio(AudioEncode(source, tmp_path / "five.mp4", 0, 384, 2.0, 6, codec="eac3"))
    stream = (await encoder.probe(made.path)).audio[0]
    assert (stream.channels, stream.layout) == (6, "5.1(side)")
    assert made.loudness is not None
    assert made.loudness.integrated_lufs == pytest.approx(-23, abs=0.5)


async def test_what_is_passed_through_is_not_touched(encoder: FFmpegEncoder, surround: Path, tmp_path: Path) -> None:
    source = tmp_path / "source.mkv"
    ffmpeg("-i", surround, "-c:a", "eac3", "-b:a", "384k", source)
    copied = await encoder.copy_audio(AudioCopy(source, tmp_path / "copy.mp4", 0, 2.0))
    assert copied.loudness is None
    kept, given = packets(copied.path), packets(source)
    assert kept == given[: len(kept)]
    assert len(kept) == pytest.approx(2.0 * 48_000 / 1536, abs=2)
    (track,) = await packaged(tmp_path / "out", copied.path)
    assert (track.codecs, track.joc_complexity) == ("ec-3", None)
    assert b"dec3" in track.init.read_bytes()


async def test_objects_are_known_passed_through_and_announced(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = tmp_path / "master.mkv"
    ffmpeg("-i", atmos(tmp_path / "sound.eac3"), "-c", "copy", source)
    (stream,) = (await encoder.probe(source)).audio
    assert (stream.codec, stream.channels, stream.has_objects) == ("eac3", 6, True)
    copied = await encoder.copy_audio(AudioCopy(source, tmp_path / "copy.mp4", stream.index, 1.0))
    assert (await encoder.probe(copied.path)).audio[0].has_objects
    (track,) = await packaged(tmp_path / "out", copied.path)
    assert (track.codecs, track.joc_complexity) == ("ec-3", COMPLEXITY)
    assert bytes([1, COMPLEXITY]) in track.init.read_bytes().partition(b"dec3")[2][:16]


async def test_objects_that_begin_late_stay_late_by_no_more_than_is_taken(
    encoder: FFmpegEncoder, tmp_path: Path
) -> None:
    """A copy cannot be moved, so its track begins when the master's does; a release of it is whole all the same."""
    picture, source = film(tmp_path / "film.mp4", seconds=1, size="160x90", sound=False), tmp_path / "master.mkv"
    sound = atmos(tmp_path / "sound.eac3")
    ffmpeg("-i", picture, "-itsoffset", "0.035", "-i", sound, "-map", "0", "-map", "1", "-c", "copy", source)
    copied = await encoder.copy_audio(AudioCopy(source, tmp_path / "copy.mp4", 1, 1.0))
    (track,) = await packaged(tmp_path / "out", copied.path)
    begins_s = track.segments[0].start / track.timescale
    assert begins_s == pytest.approx(0.035, abs=0.001)
    assert begins_s <= SOUND_LATE_MAX_S


def packets(path: Path) -> list[str]:
    """The hash of each packet of sound."""
    argv: list[str | Path] = [bundled().ffmpeg, "-v", "error", "-i", path, "-c", "copy", "-f", "framehash", "-"]
    told = subprocess.run(argv, check=True, timeout=60, capture_output=True).stdout.decode()
    return re.findall(r"^0,.*?, ([0-9a-f]{64})", told, re.M)
