"""The encoder port on FFmpeg, with films made on the spot."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import AudioEncode, Excerpt, NotMedia, Picture, SpanFound, VideoEncode
from matinee.engines.encoder.running import DEFAULT_LIMITS
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import DiskFull, SystemFiles
from matinee.kernel.processes import Command, Limits, SystemProcesses
from tests.media import clip, ffmpeg, film, key_frames

pytestmark = pytest.mark.ffmpeg
SMALL = Picture(320, 180, (24, 1))


@pytest.fixture
def encoder() -> FFmpegEncoder:
    return make_encoder()


def make_encoder(limits: Limits = DEFAULT_LIMITS) -> FFmpegEncoder:
    return FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock(), limits=limits)


def job(
    source: Path, target: Path, *, start: int = 0, frames: int | None = None, picture: Picture = SMALL
) -> VideoEncode:
    return VideoEncode(
        source, target, picture, 24, "ultrafast", (0, 24, 48, 72), 4000, 8000, start_frame=start, frames=frames
    )


async def test_a_film_is_described(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    info = await encoder.probe(film(tmp_path / "film.mp4"))
    assert (info.video[0].width, info.video[0].height) == (320, 180)
    assert Fraction(*info.video[0].frame_rate) == 24
    assert info.audio[0].channels == 1
    assert info.duration_s == pytest.approx(3, abs=0.1)


async def test_a_phone_clip_knows_which_side_is_up(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    film(tmp_path / "flat.mp4", seconds=1, sound=False)
    ffmpeg("-display_rotation", "-90", "-i", tmp_path / "flat.mp4", "-c", "copy", tmp_path / "phone.mp4")
    assert (await encoder.probe(tmp_path / "phone.mp4")).video[0].rotation == 90
    upright = Picture(180, 320, (24, 1))
    made = await encoder.encode_video(job(tmp_path / "phone.mp4", tmp_path / "out.mp4", picture=upright))
    found = (await encoder.probe(made.path)).video[0]
    assert (found.width, found.height, found.rotation) == (180, 320, 0)


async def test_ten_bits_and_hdr_are_seen_and_become_standard(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    tags = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    options = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
    source = film(tmp_path / "hdr.mkv", seconds=1, pixel_format="yuv420p10le", video_filter=tags, options=options)
    stream = (await encoder.probe(source)).video[0]
    assert (stream.bit_depth, stream.color_transfer) == (10, "smpte2084")
    picture = Picture(320, 180, (24, 1), tone_map=True)
    made = (
        await encoder.probe((await encoder.encode_video(job(source, tmp_path / "o.mp4", picture=picture))).path)
    ).video[0]
    assert (made.bit_depth, made.pixel_format, made.color_transfer, made.color_range) == (8, "yuv420p", "bt709", "tv")


async def test_full_range_is_brought_to_video_range(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(tmp_path / "full.mp4", seconds=1, pixel_format="yuvj420p", options=("-color_range", "pc"))
    made = (await encoder.probe((await encoder.encode_video(job(source, tmp_path / "o.mp4"))).path)).video[0]
    assert (made.pixel_format, made.color_range) == ("yuv420p", "tv")


async def test_chunks_joined_are_the_film_frame_for_frame(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(tmp_path / "it's a 'film'.mp4")
    total = await encoder.count_frames(source, SMALL)
    chunks = [(0, 24), (24, 24), (48, total - 48)]
    parts = [
        (await encoder.encode_video(job(source, tmp_path / f"it's {start}.mp4", start=start, frames=count))).path
        for start, count in chunks
    ]
    joined = await encoder.join(parts, tmp_path / "joined.mp4")
    assert await encoder.count_frames(joined.path) == total == 72
    assert await frame_hashes(joined.path) == [h for part in parts for h in await frame_hashes(part)]


async def test_a_varying_rate_becomes_the_same_frames_however_it_is_cut(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(
        tmp_path / "vfr.mkv", rate="30", video_filter="select='not(mod(n,3))+gt(n,45)'", options=("-fps_mode", "vfr")
    )
    picture = Picture(320, 180, (30, 1))
    whole = (await encoder.encode_video(job(source, tmp_path / "whole.mp4", picture=picture))).path
    total = await encoder.count_frames(whole)
    cut = (
        await encoder.encode_video(job(source, tmp_path / "cut.mp4", picture=picture, start=60, frames=total - 60))
    ).path
    assert await encoder.count_frames(cut) == total - 60
    assert total == pytest.approx(90, abs=1)


async def test_sound_is_as_long_as_the_film_and_as_loud_as_wanted(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4")
    target = tmp_path / "sound.mp4"
    await encoder.encode_audio(AudioEncode(source, target, 1, 128, 4.0, loudness_lufs=-23.0))
    info = await encoder.probe(target)
    assert info.duration_s == pytest.approx(4.0, abs=0.05)
    assert (info.audio[0].channels, info.audio[0].sample_rate) == (2, 48_000)
    assert (await loudness(target)) == pytest.approx(-23, abs=0.5)
    await encoder.encode_audio(AudioEncode(None, tmp_path / "silence.mp4", None, 128, 2.0))
    assert (await encoder.probe(tmp_path / "silence.mp4")).duration_s == pytest.approx(2.0, abs=0.05)


async def test_black_and_silence_are_found(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(tmp_path / "black.mp4", source="color=black", sound=False)
    found = await encoder.examine(source, SMALL)
    assert [(span.kind, round(span.start_s), round(span.end_s)) for span in found.spans] == [("black", 0, 3)]


async def test_one_decoding_counts_the_frames_and_sees_and_hears_what_is_odd(
    encoder: FFmpegEncoder, tmp_path: Path
) -> None:
    picture = "drawbox=t=fill:c=black:enable='between(t,1,3)'"
    sound = ("-af", "volume=0:enable='between(t,3,6)'")
    source = film(tmp_path / "odd.mkv", seconds=8, rate="30", video_filter=picture, options=sound)
    shares: list[float] = []
    halved = Picture(320, 180, (15, 1))
    found = await encoder.examine(source, halved, shares.append)
    assert found.frames == await encoder.count_frames(source, halved) == 120
    whole = [near(span) for span in found.spans if span.kind in ("black", "silence")]
    assert whole == [("black", 1, 3), ("silence", 3, 6)]
    assert shares == sorted(shares)


def near(span: SpanFound) -> tuple[str, int, int]:
    return span.kind, round(span.start_s), round(span.end_s)


async def test_an_excerpt_is_the_frames_of_the_film_without_loss(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    tags = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
    source = film(tmp_path / "film.mp4", seconds=6, rate="24000/1001", sound=False, video_filter=tags)
    picture = Picture(320, 180, (24000, 1001))
    job = Excerpt(source, tmp_path / "excerpt.mp4", picture, ((10, 24), (70, 30), (120, 24)))
    made = await encoder.excerpt(job)
    assert made.frames == 78
    stream = (await encoder.probe(made.path)).video[0]
    assert (stream.frame_rate, stream.frames, stream.pixel_format) == ((24000, 1001), 78, "yuv420p")
    every = await frame_hashes(source)
    assert await frame_hashes(made.path) == [*every[10:34], *every[70:100], *every[120:144]]


async def test_key_frames_are_where_they_were_asked_for_and_nowhere_else(
    encoder: FFmpegEncoder, tmp_path: Path
) -> None:
    cut = "negate=enable='gte(t,1)',hue=h=90:enable='gte(t,1)'"
    source = film(tmp_path / "film.mp4", seconds=6, rate="24000/1001", sound=False, video_filter=cut)
    asked = (0, 31, 32, 100)
    picture = Picture(320, 180, (24000, 1001))
    made = await encoder.encode_video(
        replace(job(source, tmp_path / "out.mp4", start=7, frames=120, picture=picture), key_frames=asked)
    )
    assert key_frames(made.path) == [*asked]


async def test_frames_are_as_large_as_the_file_says(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4", seconds=2, sound=False)
    made = await encoder.encode_video(job(source, tmp_path / "out.mp4"))
    sizes = await encoder.frame_sizes(made.path)
    assert len(sizes) == made.frames
    assert 0.9 * made.size_bytes < sum(sizes) < made.size_bytes
    assert {*sorted(range(48), key=sizes.__getitem__)[-2:]} == {0, 24}


async def test_a_scene_whose_crf_is_moved_has_other_bits_and_its_neighbor_the_same(
    encoder: FFmpegEncoder, tmp_path: Path
) -> None:
    source = film(tmp_path / "film.mp4", seconds=2, sound=False)
    even = replace(job(source, tmp_path / "even.mp4"), key_frames=(0, 24), frames=48)
    moved = replace(even, target=tmp_path / "moved.mp4", shifts=((0, 0.0), (24, 6.0)))
    one, other = [await encoder.frame_sizes((await encoder.encode_video(each)).path) for each in (even, moved)]
    assert sum(other[:24]) == pytest.approx(sum(one[:24]), rel=0.1)
    assert sum(other[24:]) < 0.7 * sum(one[24:])


async def test_our_hurried_preset_is_one_x264_accepts(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4", seconds=1)
    hurried = replace(job(source, tmp_path / "out.mp4"), preset="hurried")
    assert (await encoder.encode_video(hurried)).frames == 24


async def test_shots_begin_where_the_picture_changes(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(
        tmp_path / "cut.mp4", seconds=2, sound=False, video_filter="negate=enable='gte(t,1)',hue=h=90:enable='gte(t,1)'"
    )
    assert await encoder.shots(source, SMALL) == [0, 24]


@pytest.mark.parametrize(
    ("name", "content", "cues"),
    [
        ("a.srt", "1\n00:00:00,000 --> 00:00:01,000\nGröße\n\n2\n00:00:01,000 --> 00:00:02,000\nB\n", 2),
        ("b.txt", "WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n", 1),
        (
            "c.ass",
            "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, "
            "MarginV, Effect, Text\nDialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,Hi\n",
            1,
        ),
    ],
)
async def test_subtitles_of_any_kind_become_webvtt(
    encoder: FFmpegEncoder, tmp_path: Path, name: str, content: str, cues: int
) -> None:
    (tmp_path / name).write_bytes(content.encode("cp1252"))
    assert await encoder.subtitles(tmp_path / name, tmp_path / "out.vtt") == cues
    assert (tmp_path / "out.vtt").read_text().startswith("WEBVTT")


async def test_thumbnails_fill_sheets_in_order(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4")
    sheets = await encoder.pictures(
        source, tmp_path / "100%d" / "%d.jpg", picture=SMALL, every_s=0.5, columns=2, rows=1, width=80
    )
    assert [sheet.name for sheet in sheets] == ["1.jpg", "2.jpg", "3.jpg"]
    still = await encoder.still(source, tmp_path / "still.jpg", at_s=1.5, picture=SMALL)
    assert still.read_bytes()[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize("name", ["a\nb.mp4", "-y.mp4", 'it\'s "quoted".mp4', "50%d.mp4", "concat:a|b.mp4"])
async def test_a_file_name_is_only_a_name(encoder: FFmpegEncoder, tmp_path: Path, name: str) -> None:
    source = film(tmp_path / "plain.mp4", seconds=1).rename(tmp_path / name)
    assert (await encoder.probe(source)).video
    assert (await encoder.encode_video(job(source, tmp_path / f"out {name}"))).frames == 24


async def test_a_playlist_or_script_cannot_read_other_files(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    secret = film(tmp_path / "secret.ts", seconds=1)
    hostile = {
        "list.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n",
        "late.mp4": f"# \x01\n#EXTM3U\n#EXTINF:1,\n{secret}\n",
        "script.mkv": f"ffconcat version 1.0\nfile '{secret}'\n",
        "mix.avs": "Version()",
        "manifest.mov": f"<?xml version='1.0'?><MPD><Period><BaseURL>{secret}</BaseURL></Period></MPD>",
    }
    for name, content in hostile.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(NotMedia, match="not a video"):
            await encoder.probe(tmp_path / name)


async def test_a_film_that_was_cut_off_is_named_as_such(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mp4", options=("-movflags", "+faststart")).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    for look in (encoder.count_frames, encoder.examine):
        with pytest.raises(NotMedia, match="cut off"):
            await look(tmp_path / "cut.mp4", SMALL)
    plain = film(tmp_path / "plain.mp4").read_bytes()
    (tmp_path / "headless.mp4").write_bytes(plain[: len(plain) // 2])
    with pytest.raises(NotMedia, match="cut off"):
        await encoder.probe(tmp_path / "headless.mp4")


async def test_an_encode_that_outgrows_its_room_leaves_no_target(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4")
    bounded = make_encoder(Limits(file_bytes=4096))
    with pytest.raises(DiskFull):
        await bounded.encode_video(job(source, tmp_path / "out.mp4"))
    assert not (tmp_path / "out.mp4").exists()


async def test_real_clips_are_read(encoder: FFmpegEncoder) -> None:
    info = await encoder.probe(clip("bbb-480p24-30s-5.1.mp4"))
    assert info.audio[0].channels == 6
    assert (info.video[0].width, info.video[0].height) == (854, 480)


async def loudness(path: Path) -> float:
    from matinee.engines.encoder.programs import bundled

    meter = ["-nostdin", "-i", f"file:{path}", "-af", "atrim=end=2.9,loudnorm=print_format=json", "-f", "null", "-"]
    printed = (await SystemProcesses().run(Command([str(bundled().ffmpeg), *meter]))).stderr
    return float(json.loads(printed[printed.rindex("{") : printed.rindex("}") + 1])["input_i"])


async def frame_hashes(path: Path) -> Sequence[str]:
    from matinee.engines.encoder.programs import bundled

    argv = [str(bundled().ffmpeg), "-v", "error", "-nostdin", "-i", f"file:{path}", "-f", "framemd5", "-"]
    lines = (await SystemProcesses().run(Command(argv))).stdout.decode().splitlines()
    return [line.rsplit(",", 1)[1].strip() for line in lines if not line.startswith("#")]
