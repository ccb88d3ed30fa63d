"""What `matinee inspect` and `matinee ladder` refuse before their minutes of work, and where things stand in the report."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.cli import inspecting, main
from matinee.cli.quality_page import quality_page
from matinee.studio.encoding.api import Examination, Finding, Inspection, Raster
from tests.unit.test_quality_control import PICTURE, SOUND


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film nobody may look into: what is refused is refused before."""

    def look(*_: object) -> None:
        raise AssertionError("the work began")

    monkeypatch.setattr(inspecting, "open_encoding", look)
    path = tmp_path / "film.mov"
    path.write_bytes(b"frames")
    return path


def refusal(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    assert main([str(word) for word in words]) == 2
    return capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_refused_before_the_film_is_inspected(
    film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = film.parent / "nowhere"
    assert refusal(capsys, "inspect", film, "--html", missing / "x.html") == (
        f"matinee: There is no folder {str(missing)!r} to write the report to.\n"
    )
    assert "is a folder. Name a file for the report." in refusal(capsys, "inspect", film, "--html", film.parent)


def test_a_plot_is_a_png_and_goes_by_no_other_name(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("p.pdf", "p", "p.png.svg"):
        assert f"ends in .png, not {name!r}" in refusal(capsys, "ladder", film, "--plot", film.parent / name)
    assert "There is no folder" in refusal(capsys, "ladder", film, "--plot", film.parent / "nowhere" / "p.PNG")


@pytest.mark.parametrize("command", [["inspect"], ["ladder"], ["publish", "--title", "T"]])
def test_a_folder_is_called_one(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, *command, tmp_path) == f"matinee: {str(tmp_path)!r} is a folder, not a file.\n"


def test_in_the_report_bars_begin_right_of_their_names_and_curves_have_a_scale() -> None:
    finding = Finding("warning", "black", "It begins in black.", start_s=0.0, end_s=60.0)
    raster = Raster(1280, 720, (25, 1))
    inspection = Inspection(raster, 1500, (), (), (), (finding,))
    picture = replace(PICTURE, light=(16.0, 235.0))
    examined = Examination("mov", 1, picture, (replace(SOUND, course_dbfs=(-70.0, 0.0)),), (), inspection)
    page = quality_page("film.mov", examined, {})
    bar = re.search(r'<rect x="([\d.]+)" y="\d+" width="([\d.]+)"', page)
    assert bar is not None
    assert float(bar[1]) == 84
    assert float(bar[1]) + float(bar[2]) == 960
    for curve in re.findall(r'<polyline .*?points="([^"]+)"', page):
        assert [float(spot.split(",")[0]) for spot in curve.split()] == [84, 960]
    for words in ("0 %", "100 %", "−70 dBFS", "0 dBFS"):
        assert f">{words}</text>" in page
