"""The quality port on libvmaf."""

from dataclasses import replace
from pathlib import Path

import pytest

from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import Picture, VideoEncode
from matinee.engines.quality.port import Comparison, FramesDiffer
from matinee.engines.quality.vmaf import VmafQuality
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import SystemProcesses
from tests.media import film

pytestmark = pytest.mark.ffmpeg
SMALL = Picture(320, 180, (24, 1))


@pytest.fixture
def encoder() -> FFmpegEncoder:
    return FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())


@pytest.fixture
def quality(encoder: FFmpegEncoder) -> VmafQuality:
    return VmafQuality(SystemProcesses(), SystemFiles(), encoder, SystemChance())


async def encoded(encoder: FFmpegEncoder, source: Path, target: Path, crf: float) -> Path:
    return (await encoder.encode_video(VideoEncode(source, target, SMALL, crf, "ultrafast", (0,), 9000, 9000))).path


async def test_better_encodes_score_higher(encoder: FFmpegEncoder, quality: VmafQuality, tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4", seconds=1)
    scores = []
    for crf in (12, 45):
        distorted = await encoded(encoder, source, tmp_path / f"{crf}.mp4", crf)
        scores.append((await quality.compare(Comparison(source, distorted, SMALL, frames=24, every=4))).mean)
    assert scores[0] > 90 > scores[1]


async def test_scoring_some_frames_gives_them_the_score_they_have_when_all_are_looked_at(
    encoder: FFmpegEncoder, quality: VmafQuality, tmp_path: Path
) -> None:
    source = film(tmp_path / "film.mp4", seconds=2)
    distorted = await encoded(encoder, source, tmp_path / "out.mp4", 38)
    whole = dict((await quality.compare(Comparison(source, distorted, SMALL, frames=48))).frames)
    some = (await quality.compare(Comparison(source, distorted, SMALL, frames=48, every=12))).frames
    assert [frame for frame, _ in some] == [0, 12, 24, 36]
    assert all(value == pytest.approx(whole[frame], abs=1e-4) for frame, value in some)


async def test_pictures_that_are_not_the_masters_stand_out_also_between_the_frames_that_are_scored(
    encoder: FFmpegEncoder, quality: VmafQuality, tmp_path: Path
) -> None:
    source = film(tmp_path / "film.mp4", seconds=2)
    green = film(tmp_path / "green.mp4", seconds=2, video_filter="drawbox=t=fill:c=green:enable='between(n,20,22)'")
    distorted = await encoded(encoder, green, tmp_path / "out.mp4", 38)
    found = await quality.compare(Comparison(source, distorted, SMALL, frames=48, every=12, looks_at_all=True))
    assert [frame for frame, _ in found.frames] == [0, 12, 24, 36]
    assert [frame for frame, value in enumerate(found.differences) if value > 500] == [20, 21, 22]
    assert len(found.differences) == 48
    near = Comparison(source, distorted, SMALL, start_frame=18, frames=7, distorted_start=18)
    scores = dict((await quality.compare(near)).frames)
    assert max(scores[2], scores[3], scores[4]) < 20 < min(scores[0], scores[6])
    first = Comparison(source, distorted, SMALL, frames=3, distorted_start=0)
    assert len((await quality.compare(first)).frames) == 3


async def test_a_missing_frame_is_no_score_but_an_error(
    encoder: FFmpegEncoder, quality: VmafQuality, tmp_path: Path
) -> None:
    source = film(tmp_path / "film.mp4", seconds=1)
    short = film(tmp_path / "short.mp4", seconds=0.9)
    with pytest.raises(FramesDiffer, match="frames"):
        await quality.compare(Comparison(source, short, SMALL, frames=24))


async def test_a_damaged_frame_is_no_score_but_an_error(
    encoder: FFmpegEncoder, quality: VmafQuality, tmp_path: Path
) -> None:
    source = film(tmp_path / "film.mp4", seconds=2)
    whole = await encoded(encoder, source, tmp_path / "whole.mp4", 20)
    data = bytearray(whole.read_bytes())
    start = data.index(b"mdat") + 2000
    data[start : len(data) * 2 // 3] = bytes(len(data) * 2 // 3 - start)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    with pytest.raises(FramesDiffer, match="damaged"):
        await quality.compare(Comparison(source, damaged, SMALL, frames=48, every=5))


async def test_grain_that_the_player_draws_is_not_held_against_an_encode(
    encoder: FFmpegEncoder, quality: VmafQuality, tmp_path: Path
) -> None:
    source = film(tmp_path / "grainy.mp4", seconds=0.5, sound=False, video_filter="noise=alls=8:allf=t")
    wanted = VideoEncode(source, tmp_path / "out.mp4", SMALL, 30, "ultrafast", (0,), 9000, 9000, codec="av1", grain=16)
    made = (await encoder.encode_video(wanted)).path
    beneath = await quality.compare(Comparison(source, made, SMALL, every=4, grain=16))
    drawn = await quality.compare(Comparison(source, made, SMALL, every=4))
    assert beneath.mean > drawn.mean + 2


async def test_hdr_is_held_against_the_masters_own_light(
    encoder: FFmpegEncoder, quality: VmafQuality, tmp_path: Path
) -> None:
    light = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    source = film(
        tmp_path / "hdr.mkv", seconds=0.5, sound=False, codec="ffv1", pixel_format="yuv420p10le", video_filter=light
    )
    kept = replace(SMALL, video_range="PQ")
    wanted = VideoEncode(source, tmp_path / "out.mp4", kept, 20, "ultrafast", (0,), 9000, 9000, codec="av1")
    made = (await encoder.encode_video(wanted)).path
    same = await quality.compare(Comparison(source, made, kept, every=4))
    mapped = await quality.compare(Comparison(source, made, replace(SMALL, tone_map=True), every=4))
    assert same.mean > 90
    assert mapped.mean < same.mean - 10


async def test_a_phone_and_a_4k_screen_are_scored_in_the_same_pass(
    encoder: FFmpegEncoder, quality: VmafQuality, tmp_path: Path
) -> None:
    source = film(tmp_path / "film.mp4", seconds=0.5, sound=False)
    distorted = await encoded(encoder, source, tmp_path / "out.mp4", 38)
    alone = await quality.compare(Comparison(source, distorted, SMALL, frames=12, every=4))
    job = Comparison(source, distorted, SMALL, frames=12, every=4, screens=("phone", "4k"), looks_at_all=True)
    together = await quality.compare(job)
    assert together.frames == alone.frames
    assert (alone.on("phone"), alone.on("4k")) == (None, None)
    assert all([at for at, _ in together.elsewhere[screen]] == [0, 4, 8] for screen in job.screens)
    assert len(together.differences) == 12
    # What is small hides more, and one who sits nearer sees another picture.
    phone = dict(together.elsewhere["phone"])
    assert all(phone[at] > vmaf for at, vmaf in together.frames)
    assert together.on("4k") != pytest.approx(together.mean, abs=0.5)
