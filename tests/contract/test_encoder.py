"""The encoder port on FFmpeg, with films made on the spot."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import (
    PRINT_BYTES,
    AudioEncode,
    Clip,
    Excerpt,
    NotMedia,
    Picture,
    SpanFound,
    VideoEncode,
)
from matinee.engines.encoder.running import DEFAULT_LIMITS
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import DiskFull, SystemFiles
from matinee.kernel.processes import Command, Limits, SystemProcesses
from matinee.studio.encoding.model.text.reading import cues_in
from matinee.wire.releases import VideoCodec
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


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts", "vob"])
async def test_a_chunk_far_from_any_key_frame_has_the_film_s_own_frames(
    encoder: FFmpegEncoder, tmp_path: Path, container: str
) -> None:
    codec = "mpeg2video" if container == "vob" else "libx264"
    long_groups = ("-g", "250", "-bf", "2", *(("-sc_threshold", "1000000000") if container == "vob" else ()))
    source = film(
        tmp_path / f"film.{container}", seconds=20, size="160x90", sound=False, options=long_groups, codec=codec
    )
    gap_s = await encoder.key_gap(source)
    assert gap_s == (pytest.approx(250 / 24, abs=0.1) if container in ("ts", "vob") else 0)
    picture = replace(SMALL, width=160, height=90, key_gap_s=gap_s)
    total = await encoder.count_frames(source, picture)
    excerpt = await encoder.excerpt(Excerpt(source, tmp_path / "whole.mp4", picture, ((0, total),)))
    whole = await frame_hashes(excerpt.path)
    for start in (100, 245, 330, 450):
        part = await encoder.excerpt(Excerpt(source, tmp_path / f"{start}.mp4", picture, ((start, 12),)))
        assert await frame_hashes(part.path) == whole[start : start + 12], start


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


async def test_frames_have_the_same_fingerprints_wherever_they_stand_and_others_where_they_are_tagged_otherwise(
    encoder: FFmpegEncoder, tmp_path: Path
) -> None:
    lossless = ("-qp", "0")
    whole = film(tmp_path / "whole.mp4", seconds=1, size="160x90", sound=False, options=lossless)
    later = "tpad=start_duration=0.5:color=navy"
    shifted = film(
        tmp_path / "shifted.mp4", seconds=1, size="160x90", sound=False, video_filter=later, options=lossless
    )
    tagged = film(
        tmp_path / "tagged.mp4", seconds=1, size="160x90", sound=False, options=(*lossless, "-color_range", "pc")
    )
    picture, found = Picture(160, 90, (24, 1)), []
    for source in (whole, shifted, tagged):
        examined = await encoder.examine(source, picture, prints=tmp_path / "prints")
        found.append((tmp_path / "prints").read_bytes())
        assert len(found[-1]) == examined.frames * PRINT_BYTES
    assert found[1][12 * PRINT_BYTES :] == found[0]
    frames = [{data[at : at + PRINT_BYTES] for at in range(0, len(data), PRINT_BYTES)} for data in found]
    assert len(frames[0]) == 24
    assert frames[0].isdisjoint(frames[2])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["prints", "shifted.mp4", "tagged.mp4", "whole.mp4"]


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


@pytest.mark.parametrize("codec", ["hevc", "av1", "vp9"])
async def test_every_codec_keeps_frames_and_groups_and_makes_the_same_bytes_again(
    encoder: FFmpegEncoder, tmp_path: Path, codec: VideoCodec
) -> None:
    # The cut is where a codec left to itself would begin a group, and the ceiling is one it feels.
    cut = "negate=enable='gte(t,1)',hue=h=90:enable='gte(t,1)'"
    source = film(tmp_path / "film.mp4", seconds=3, size="160x90", rate="24000/1001", sound=False, video_filter=cut)
    wanted = replace(
        job(source, tmp_path / "one.mp4", start=7, frames=48, picture=Picture(160, 90, (24000, 1001))),
        key_frames=(0, 15, 16, 40),
        bitrate_max_kbps=200,
        buffer_kbits=400,
        crf=30,
        codec=codec,
    )
    made = await encoder.encode_video(wanted)
    again = await encoder.encode_video(replace(wanted, target=tmp_path / "two.mp4"))
    assert made.path.read_bytes() == again.path.read_bytes()
    assert key_frames(made.path) == [0, 15, 16, 40]
    assert await encoder.count_frames(made.path) == 48
    rest = replace(wanted, target=tmp_path / "rest.mp4", start_frame=55, frames=8, key_frames=(0,), crf=34)
    parts = [made.path, (await encoder.encode_video(rest)).path]
    joined = await encoder.join(parts, tmp_path / "joined.mp4")
    assert await frame_hashes(joined.path) == [h for part in parts for h in await frame_hashes(part)]


HDR = "setparams=color_primaries=bt2020:color_trc={}:colorspace=bt2020nc:range=tv"
ON_A_SCREEN = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"


@pytest.mark.parametrize("codec", ["hevc", "av1"])
async def test_hdr_is_kept_with_what_it_says_of_its_screen(
    encoder: FFmpegEncoder, tmp_path: Path, codec: VideoCodec
) -> None:
    source = film(
        tmp_path / "hdr.mp4",
        seconds=1,
        size="160x90",
        sound=False,
        codec="libx265",
        pixel_format="yuv420p10le",
        video_filter=HDR.format("smpte2084"),
        options=("-x265-params", f"log-level=none:hdr10=1:{ON_A_SCREEN}"),
    )
    picture = Picture(160, 90, (24, 1), video_range="PQ")
    excerpt = await encoder.excerpt(Excerpt(source, tmp_path / "excerpt.mp4", picture, ((2, 8), (12, 4))))
    every = await frame_hashes(source)
    assert await frame_hashes(excerpt.path) == [*every[2:10], *every[12:16]]
    small = replace(picture, width=128, height=72)
    made = await encoder.encode_video(
        replace(job(excerpt.path, tmp_path / "out.mp4", picture=small), key_frames=(0,), codec=codec)
    )
    found = (await encoder.probe(made.path)).video[0]
    assert (found.bit_depth, found.color_transfer, found.color_primaries) == (10, "smpte2084", "bt2020")
    assert (found.color_space, found.color_range, found.frames) == ("bt2020nc", "tv", 12)
    assert found.has_mastering_display
    assert found.has_light_level


async def test_grain_is_seen_and_taken_out_for_the_player_to_draw(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    options = ("-qp", "0")
    clean = film(
        tmp_path / "clean.mp4", seconds=1, source="gradients=seed=1:c0=navy:c1=gold", sound=False, options=options
    )
    # FFmpeg's `noise` of strength 8 has a standard deviation of 4.
    grainy = film(
        tmp_path / "grainy.mp4",
        seconds=1,
        source="gradients=seed=1:c0=navy:c1=gold",
        sound=False,
        video_filter="noise=alls=8:allf=t",
        options=options,
    )
    assert await encoder.noise(clean) < 1
    assert await encoder.noise(grainy) == pytest.approx(4, abs=0.7)
    plain = replace(job(grainy, tmp_path / "plain.mp4", frames=12), key_frames=(0,), crf=30, codec="av1")
    freed = replace(plain, target=tmp_path / "freed.mp4", grain=16)
    whole, less = [(await encoder.encode_video(each)).size_bytes for each in (plain, freed)]
    assert less < 0.9 * whole


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


async def test_subtitles_in_a_file_are_taken_out_as_they_were_written(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:00,500 --> 00:00:01,000\n<i>Größe</i>\n")
    (tmp_path / "b.vtt").write_text("WEBVTT\n\n00:00.500 --> 00:01.000 line:10%\n<i>Größe</i>\n")
    (tmp_path / "c.ass").write_text(
        "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, "
        "MarginV, Effect, Text\nDialogue: 0,0:00:00.50,0:00:01.00,Default,,0,0,0,,{\\an8\\i1}Größe\n"
    )
    master, phone = tmp_path / "master.mkv", tmp_path / "phone.mp4"
    beside = [part for name in ("a.srt", "b.vtt", "c.ass") for part in ("-i", tmp_path / name)]
    source = film(tmp_path / "film.mp4", seconds=1)
    ffmpeg("-i", source, *beside, *[part for n in range(4) for part in ("-map", n)], "-c", "copy", master)
    ffmpeg(
        "-i", source, "-i", tmp_path / "a.srt", "-map", "0:v", "-map", "1", "-c:v", "copy", "-c:s", "mov_text", phone
    )
    places = {2: None, 3: 10.0, 4: 5.0}
    for film_file, stream, line in [*((master, *place) for place in places.items()), (phone, 1, None)]:
        await encoder.subtitles(film_file, tmp_path / "out", stream_index=stream)
        (cue,) = cues_in((tmp_path / "out").read_text())
        assert (cue.start_ms, cue.end_ms, cue.line) == (500, 1000, line), stream
        assert [(span.text, span.italic) for span in cue.spans] == [("Größe", True)], stream
    with pytest.raises(NotMedia, match="no subtitles in stream 1"):
        await encoder.subtitles(master, tmp_path / "out", stream_index=1)


async def test_a_clip_is_the_frames_and_the_sound_it_was_asked_for(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(tmp_path / "film.mkv", options=("-ac", "6", "-c:a", "ac3"))
    sound = (await encoder.probe(source)).audio[0].index
    for stream in (sound, None):
        made = await encoder.clip(Clip(source, tmp_path / "clip.mp4", SMALL, 24, 36, stream))
        info = await encoder.probe(made.path)
        assert await encoder.count_frames(made.path) == 36
        assert [s.channels for s in info.audio] == ([] if stream is None else [2])
        assert info.duration_s == pytest.approx(1.5, abs=0.1)


async def test_all_channels_are_heard_in_one(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    source = film(tmp_path / "film.mkv", options=("-ac", "6", "-c:a", "ac3"))
    heard = bytearray()
    sound = (await encoder.probe(source)).audio[0].index
    await encoder.mono(source, stream_index=sound, rate_hz=8000, take=heard.extend)
    samples = np.frombuffer(bytes(heard), np.int16)
    assert len(samples) == pytest.approx(3 * 8000, abs=500)
    assert np.abs(samples[4000:20_000]).max() > 500
    tone_hz = np.abs(np.fft.rfft(samples[4000:20_000])).argmax() * 8000 / 16_000
    assert tone_hz == pytest.approx(440, abs=2)


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
