"""One tiny render of a demo film, through the command, with the real ffmpeg."""

import io
import json
import wave
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from PIL import Image

from matinee.demo.films.render import main
from tests.srt import read_srt

pytestmark = pytest.mark.ffmpeg


def _render(out: Path) -> list[dict[str, int]]:
    said = io.StringIO()
    tiny = ["--seconds-max", "2", "--width", "320", "--height", "180"]
    with redirect_stdout(said):
        assert main(["paper-boat", "--out", str(out), *tiny]) == 0
    return [json.loads(line) for line in said.getvalue().splitlines()]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawing") / "films" / "paper-boat"


@pytest.fixture(scope="module")
def progress(out: Path) -> list[dict[str, int]]:
    """Of the one render that both tests look at."""
    return _render(out)


def test_a_film_is_rendered_whole_and_a_second_request_finds_it_done(out: Path, progress: list[dict[str, int]]) -> None:
    assert progress[-1] == {"done": 48, "total": 48}

    sidecar = json.loads((out / "film.json").read_text(encoding="utf-8"))
    named = [entry["file"] for part in ("audio", "subtitles", "artwork") for entry in sidecar[part]]
    assert {*named, "master.mkv", "film.json"} == {path.name for path in out.iterdir()}
    assert [path.name for path in out.parent.iterdir()] == ["paper-boat"]

    with wave.open(str(out / "audio.es.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (48_000, 2, 96_000)
    assert read_srt((out / "subtitles.ar.srt").read_text(encoding="utf-8"))[0].end_ms == 2000
    assert Image.open(out / "poster.jpg").size == (600, 900)
    assert Image.open(out / "backdrop.jpg").size == (1280, 720)

    before = (out / "master.mkv").stat().st_mtime_ns
    _render(out)
    assert (out / "master.mkv").stat().st_mtime_ns == before


@pytest.mark.usefixtures("progress")
def test_the_same_arguments_make_the_same_picture_and_sound(out: Path, tmp_path: Path) -> None:
    _render(tmp_path / "again")
    for file in ("master.mkv", "audio.en.wav", "art-1.jpg"):
        assert (out / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
