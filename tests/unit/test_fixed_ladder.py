"""The ladder that everybody gets elsewhere, cut to a film's size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.studio.encoding.api import Raster
from matinee.studio.encoding.model.fixed import FIXED, fixed_rungs


@pytest.mark.parametrize(
    ("width", "height", "ends"),
    [
        (1280, 720, [(540, 2000), (720, 3000), (720, 4500)]),
        (854, 480, [(432, 730), (432, 1100), (480, 2000)]),
        (480, 854, [(768, 730), (768, 1100), (854, 2000)]),
        (160, 90, [(90, 145), (90, 365)]),
        (416, 234, [(234, 145), (234, 365)]),
        (3840, 2160, [(720, 4500), (1080, 6000), (1080, 7800)]),
    ],
)
def test_it_ends_at_the_films_own_size(width: int, height: int, ends: list[tuple[int, int]]) -> None:
    assert fixed_rungs(Raster(width, height, (24, 1)))[-len(ends) :] == ends


@given(st.integers(60, 1200).map(lambda half: 2 * half))
def test_it_is_a_ladder_whatever_the_size(height: int) -> None:
    rungs = fixed_rungs(Raster(2 * height, height, (24, 1)))
    assert len(rungs) >= 2
    assert rungs == sorted(rungs)
    assert {kbps for _, kbps in rungs} <= {kbps for _, kbps in FIXED}
    assert max(lines for lines, _ in rungs) <= height
