"""What the examination of a master finds in small films with one fault each, to the frame; and `matinee inspect` on one."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.bench.markers import rolling
from matinee.bench.montage import HEIGHT, WIDTH
from matinee.cli import main
from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import Examined, NotMedia, Picture, SpanFound
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import SystemProcesses
from tests.media import ffmpeg, film

pytestmark = pytest.mark.ffmpeg

MOVING = "mandelbrot=s=320x180:r=25:start_scale=1:end_scale=0.5:end_pts=200,trim=duration=4,format=yuv420p"
PICTURE = Picture(320, 180, (25, 1))


def made(path: Path, *, seen: str = "null", heard: str = "anull", options: tuple[str, ...] = ()) -> Path:
    """Four seconds of something that moves all the time, with chords."""
    chords = "aevalsrc=0.1*sin(440*PI*t)+0.1*sin(660*PI*t)|0.1*sin(550*PI*t)+0.1*sin(660*PI*t):s=48000:d=4"
    sources = ["-f", "lavfi", "-i", MOVING, "-f", "lavfi", "-i", chords]
    ffmpeg(
        *sources, "-vf", seen, "-af", heard, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "16",
        "-c:a", "aac", "-b:a", "192k", *options, path,
    )  # fmt: skip
    return path


async def examined(path: Path) -> Examined:
    return await FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock()).examine(path, PICTURE)


def of_kind(found: Examined, kind: str) -> list[tuple[int, int]]:
    """As frames: the first, and the first that is not of it any more."""
    return [(round(s.start_s * 25), round(s.end_s * 25)) for s in found.spans if s.kind == kind]


def abrupt(found: Examined) -> list[SpanFound]:
    return [span for span in found.spans if span.is_abrupt]


async def test_a_film_without_faults_has_none(tmp_path: Path) -> None:
    found = await examined(made(tmp_path / "clean.mp4"))
    assert abrupt(found) == []
    assert found.frames == 100
    assert found.sounds[0].loudness_lufs is not None


@pytest.mark.parametrize(
    ("kind", "seen", "frames"),
    [
        ("black", "drawbox=t=fill:c=black:enable='between(n,40,47)'", (40, 48)),
        ("flat", "drawbox=t=fill:c=0x00aa00:enable='between(n,60,62)'", (60, 63)),
        ("frozen", "loop=loop=20:size=1:start=50,setpts=N/25/TB,trim=end_frame=100", (50, 71)),
        ("repeated", "loop=loop=1:size=1:start=50,setpts=N/25/TB,trim=end_frame=100", (51, 52)),
        ("missing", "select='not(between(n,50,55))'", (50, 56)),
        ("bars", "drawbox=t=fill:c=black:h=24:enable='between(n,30,59)',drawbox=t=fill:c=black:y=156:h=24"
         ":enable='between(n,30,59)'", (30, 60)),
        ("blocks", "pixelize=w=8:h=8:enable='between(n,30,49)'", (30, 50)),
    ],
)  # fmt: skip
async def test_a_fault_in_the_picture_is_found_where_it_is(
    tmp_path: Path, kind: str, seen: str, frames: tuple[int, int]
) -> None:
    found = await examined(made(tmp_path / "film.mp4", seen=seen, options=("-fps_mode", "vfr")))
    ((first, end),) = of_kind(found, kind)
    assert abs(first - frames[0]) <= 1
    assert abs(end - frames[1]) <= 1


async def test_a_frame_that_is_shown_again_is_found_also_after_a_picture_that_stood(tmp_path: Path) -> None:
    seen = "loop=loop=24:size=1:start=0,loop=loop=1:size=1:start=45,setpts=N/25/TB,trim=end_frame=100"
    found = await examined(made(tmp_path / "film.mp4", seen=seen, options=("-fps_mode", "vfr")))
    assert of_kind(found, "repeated") == [(45, 46)]


@pytest.mark.parametrize(("held", "is_fault"), [("loop=loop=8:size=1:start=50", True), ("fps=60/8,fps=60", False)])
async def test_a_short_stop_is_a_fault_once_and_how_it_was_drawn_again_and_again(
    tmp_path: Path, held: str, is_fault: bool
) -> None:
    seen = f"settb=1/60,setpts=N,{held},setpts=N,fps=60,trim=end_frame=100"
    film = made(tmp_path / "film.mp4", seen=seen, options=("-fps_mode", "vfr"))
    encoder = FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())
    found = await encoder.examine(film, Picture(320, 180, (60, 1)))
    stops = [(round(span.start_s * 60), round(span.end_s * 60)) for span in abrupt(found) if span.kind == "frozen"]
    assert stops == ([(49, 58)] if is_fault else [])


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("silence", "volume=0:enable='between(t,1.5,2)'"),
        ("dropout", "pan=stereo|c0=c0|c1=0*c1:enable='between(t,1.5,2)'"),
        ("out-of-phase", "pan=stereo|c0=c0|c1=-1*c0:enable='between(t,1.5,2)'"),
        ("clipped", "volume=12:enable='between(t,1.5,2)',aformat=sample_fmts=s16"),
    ],
)
async def test_a_fault_in_the_sound_is_found_where_it_is(tmp_path: Path, kind: str, heard: str) -> None:
    if "pan=" in heard:  # pan knows no time
        turned = heard.split(":enable")[0]
        keep = "volume=0:enable='between(t,1.5,2)'"
        drop = "volume=0:enable='not(between(t,1.5,2))'"
        heard = f"asplit[a][b];[a]{keep}[x];[b]{turned},{drop}[y];[x][y]amix=normalize=0"
    # Filters are switched between two frames of sound: short ones, so that a fault is where it is said to be.
    found = await examined(made(tmp_path / "film.mp4", heard=f"asetnsamples=240,{heard}"))
    spans = [span for span in found.spans if span.kind == kind and span.end_s - span.start_s >= 0.04]
    assert abs(round(spans[0].start_s * 1000) - 1500) <= 20
    assert abs(round(spans[-1].end_s * 1000) - 2000) <= 20


async def test_sound_in_a_file_of_its_own_is_heard_as_that_of_a_master_is(tmp_path: Path) -> None:
    fault = "asetnsamples=240,volume=0:enable='between(t,1.5,2)'"
    master, alone = made(tmp_path / "film.mp4", heard=fault), tmp_path / "sound.m4a"
    ffmpeg("-i", master, "-vn", "-c", "copy", alone)
    encoder = FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())
    inside, beside = await encoder.examine(master, PICTURE), await encoder.hear(alone, stream_index=0)
    silent = [replace(span, stream=0) for span in inside.spans if span.kind == "silence"]
    assert silent
    assert [span for span in beside.spans if span.kind == "silence"] == silent
    assert beside.heard == replace(inside.sounds[0], stream=0)
    with pytest.raises(NotMedia, match="no sound in stream 1"):
        await encoder.hear(alone, stream_index=1)


async def test_letters_on_black_are_told_from_a_dark_scene(tmp_path: Path) -> None:
    letters, target = rolling(72), tmp_path / "credits.mp4"
    night = "drawbox=t=fill:c=black@0.9,drawbox=x=100:y=60:w=60:h=60:c=0x806040:t=fill"
    raw = tmp_path / "letters.yuv"
    raw.write_bytes(letters.tobytes())
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=s={WIDTH}x{HEIGHT}:r=24:d=3", "-f", "rawvideo", "-pix_fmt", "yuv420p"),
        *("-s", f"{WIDTH}x{HEIGHT}", "-r", "24", "-i", raw),
        *("-filter_complex", f"[0:v]{night},format=yuv420p[a];[a][1:v]concat", "-c:v", "libx264", target),
    )
    found = await FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock()).examine(
        target, Picture(WIDTH, HEIGHT, (24, 1))
    )
    assert [(round(s.start_s * 24), round(s.end_s * 24)) for s in found.spans if s.kind == "lettering"] == [(72, 144)]
    assert found.picture is not None
    assert [round(at_s * 24) for at_s in found.picture.cuts_s] == [72]


async def test_fields_of_two_moments_are_told_from_stripes(tmp_path: Path) -> None:
    woven = await examined(made(tmp_path / "woven.mp4", seen="scroll=h=0.02,tinterlace=interleave_top,setfield=prog"))
    assert woven.picture is not None
    assert woven.picture.woven_share > 0.5
    stripes = "geq=lum='if(mod(Y,2),200,40)*if(between(X,N*2,N*2+60),0.5,1)':cb=128:cr=128"
    still = await examined(film(tmp_path / "stripes.mp4", rate="25", video_filter=stripes))
    assert still.picture is not None
    assert still.picture.woven_share == 0


def test_a_report_is_written_also_where_a_frame_cannot_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = made(tmp_path / "odd.mp4", seen="drawbox=t=fill:c=black:enable='between(n,40,47)'")
    still = FFmpegEncoder.still

    async def damaged(self: FFmpegEncoder, path: Path, target: Path, *, at_s: float, picture: Picture) -> Path:
        if int(at_s * 25) == 40:
            raise NotMedia("There is no picture at 1.6 s.")
        return await still(self, path, target, at_s=at_s, picture=picture)

    monkeypatch.setattr(FFmpegEncoder, "still", damaged)
    page = tmp_path / "report.html"
    assert main(["inspect", str(source), "--html", str(page)]) == 0
    assert page.read_text().count("data:image/jpeg;base64,") == 2


def test_inspect_tells_a_machine_and_a_technician(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = made(tmp_path / "<odd>.mp4", seen="drawbox=t=fill:c=black:enable='between(n,40,47)'")
    text = tmp_path / "en.srt"
    text.write_text("1\n00:00:02,000 --> 00:00:01,000\nBackwards.\n")
    page = tmp_path / "report.html"
    assert main(["inspect", str(source), "--json", "--html", str(page), "--subtitles", str(text)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["format"], document["version"], document["file"]) == ("matinee-inspection", 1, "<odd>.mp4")
    places = {finding["code"]: finding["frame"] for finding in document["findings"] if finding["severity"] != "note"}
    assert places == {"black": 40, "subtitle-backwards": None}
    html = page.read_text()
    assert html.count("data:image/jpeg;base64,") == 3
    assert "&lt;odd&gt;.mp4" in html
    # It works without a network and runs nothing.
    assert not re.search(r"<script|https?://|<odd>", html)
