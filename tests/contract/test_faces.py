"""The faces port on dlib's detector."""

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from matinee.engines.faces.dlib_hog import DlibFaces
from matinee.engines.faces.port import Gray
from tests.faces import crowd
from tests.media import film, pictures


def gray(picture: Image.Image) -> Gray:
    return np.asarray(picture.convert("L"))


@pytest.fixture
def faces() -> DlibFaces:
    pytest.importorskip("dlib", reason="this machine has no dlib-bin (requirements/run.txt)")
    return DlibFaces()


@pytest.mark.parametrize("height", [80, 120, 200, 340])
async def test_a_face_is_found_where_it_is(faces: DlibFaces, height: int) -> None:
    picture = crowd((300, 10, height))
    (found,) = await faces.find(gray(picture)) or ()
    middle = (found.left + found.width / 2, found.top + found.height / 2)
    assert middle[0] * 640 == pytest.approx(300 + height * 400 / 520 / 2, abs=height / 8)
    assert middle[1] * 360 == pytest.approx(10 + height * 0.58, abs=height / 8)
    assert 0.4 * height < found.height * 360 < 0.9 * height


async def test_the_largest_comes_first_and_every_picture_is_made_small_enough(faces: DlibFaces) -> None:
    picture = crowd((40, 40, 100), (260, 20, 300), (540, 100, 80))
    found = await faces.find(gray(picture)) or ()
    assert [round(face.left * 10) for face in found] == [4, 1, 8]
    large = await faces.find(gray(picture.resize((2560, 1440)))) or ()
    for small, same in zip(found, large, strict=True):
        assert same.left == pytest.approx(small.left, abs=0.02)
        assert same.height == pytest.approx(small.height, abs=0.04)


async def test_the_same_picture_gives_the_same_faces_also_side_by_side(faces: DlibFaces) -> None:
    picture = gray(crowd((40, 40, 100), (260, 20, 300)))
    several = await asyncio.gather(*(faces.find(picture) for _ in range(4)))
    assert len(set(several)) == 1
    assert len(several[0] or ()) == 2


async def test_what_touches_the_rim_stays_in_the_picture(faces: DlibFaces) -> None:
    for found in await faces.find(gray(crowd((250, -40, 300)))) or ():
        assert 0 <= found.left < found.left + found.width <= 1
        assert 0 <= found.top < found.top + found.height <= 1


@pytest.mark.ffmpeg
@pytest.mark.parametrize("source", ["testsrc2", "smptebars", "rgbtestsrc"])
async def test_nobody_is_seen_in_made_films(faces: DlibFaces, tmp_path: Path, source: str) -> None:
    for picture in pictures(film(tmp_path / "film.mp4", seconds=2, source=source, sound=False), tmp_path):
        assert await faces.find(gray(Image.open(picture))) == ()


async def test_nobody_is_seen_in_noise_and_in_pictures_of_any_size(faces: DlibFaces) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (360, 640)).astype(np.uint8)
    assert await faces.find(noise) == ()
    for size in ((1, 1), (2, 900), (31, 17)):
        assert await faces.find(np.zeros(size, np.uint8)) == ()


async def test_without_the_library_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    found = DlibFaces()
    assert await found.find(gray(crowd((300, 10, 300)))) is None
    assert await found.find(gray(crowd((300, 10, 300)))) is None
