"""Which changes from frame to frame are borders of shots."""

from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.encoder.cuts import SKETCH_BYTES, SKETCH_HEIGHT, SKETCH_WIDTH, Cut, ShotFinder, cuts_in
from tests import examples

Film = npt.NDArray[np.float64]
_LUMA = SKETCH_WIDTH * SKETCH_HEIGHT


def picture(seed: int) -> npt.NDArray[np.float64]:
    """Some scene: patches of light and of color."""
    chance = np.random.default_rng(seed)
    luma = chance.uniform(30, 220, (6, 8)).repeat(3, 0).repeat(4, 1).reshape(-1)
    return np.concatenate([luma, chance.uniform(80, 176, SKETCH_BYTES - _LUMA)])


def still(seed: int, frames: int) -> Film:
    return np.repeat(picture(seed)[None], frames, 0)


def black(frames: int) -> Film:
    return np.repeat(np.concatenate([np.full(_LUMA, 16.0), np.full(SKETCH_BYTES - _LUMA, 128.0)])[None], frames, 0)


def between(before: Film, after: Film, frames: int) -> Film:
    share = np.linspace(0, 1, frames)[:, None]
    mixed: Film = before[-1] * (1 - share) + after[0] * share
    return mixed


def shot_on_film(*pieces: Film) -> npt.NDArray[np.uint8]:
    """With a camera's noise."""
    film = np.concatenate(pieces)
    noise = np.random.default_rng(1).normal(0, 1.5, film.shape)
    return np.clip(np.round(film + noise), 0, 255).astype(np.uint8)


def found(*pieces: Film) -> list[Cut]:
    return cuts_in(shot_on_film(*pieces))


@given(st.lists(st.integers(6, 60), min_size=1, max_size=8))
@examples.of(20)
def test_hard_cuts_are_found_to_the_frame(lengths: list[int]) -> None:
    film = [still(seed, frames) for seed, frames in enumerate(lengths)]
    assert found(*film) == [Cut(frame) for frame in accumulate(lengths[:-1])]


@pytest.mark.parametrize("frames", [8, 16, 36])
def test_a_dissolve_is_one_border_near_its_middle(frames: int) -> None:
    one, other = still(1, 40), still(2, 40)
    (cut,) = found(one, between(one, other, frames), other)
    assert 40 <= cut.frame <= 40 + frames
    assert cut.half > 0


def test_a_fade_out_and_in_is_one_border_in_the_black() -> None:
    one, other, dark = still(1, 40), still(2, 40), black(12)
    (cut,) = found(one, between(one, dark, 16), dark, between(dark, other, 16), other)
    assert 56 <= cut.frame < 68


def test_a_fade_at_either_end_of_a_film_is_no_border() -> None:
    only, dark = still(1, 60), black(30)
    assert found(dark, between(dark, only, 16), only, between(only, dark, 16), dark) == []


def test_a_light_that_is_dimmed_is_no_border() -> None:
    bright = still(1, 40)
    dim = bright.copy()
    dim[:, :_LUMA] *= 0.6
    assert found(bright, between(bright, dim, 24), dim) == []


def test_a_flash_is_no_border() -> None:
    room, flash = still(1, 40), still(1, 1) + 60
    assert found(room, flash, room) == []


def test_a_quick_pan_is_no_border() -> None:
    wide = np.random.default_rng(3).uniform(30, 220, (SKETCH_HEIGHT // 3, 40)).repeat(3, 0).repeat(8, 1)
    film = []
    for frame in range(120):
        luma = wide[:, 2 * frame : 2 * frame + SKETCH_WIDTH].reshape(-1)
        film.append(np.concatenate([luma, np.full(SKETCH_BYTES - _LUMA, 128.0)]))
    assert found(np.stack(film)) == []


def test_somebody_who_walks_into_the_picture_is_no_border() -> None:
    room = still(1, 120).reshape(120, -1)
    luma = room[:, :_LUMA].reshape(120, SKETCH_HEIGHT, SKETCH_WIDTH)
    for frame in range(30, 60):
        luma[frame, 4:, : (frame - 30) // 3] = 235
    luma[60:, 4:, :10] = 235
    assert found(room) == []


@pytest.fixture(scope="module")
def more_than_one_block() -> npt.NDArray[np.uint8]:
    return shot_on_film(*(still(seed, 50) for seed in range(90)))


@given(size=st.integers(1, 100_000))
@examples.of(10)
def test_it_is_the_same_however_the_film_arrives(more_than_one_block: npt.NDArray[np.uint8], size: int) -> None:
    finder, data = ShotFinder(), more_than_one_block.tobytes()
    for start in range(0, len(data), max(size, 10_000)):
        finder.add(data[start : start + max(size, 10_000)])
    assert finder.finish() == list(range(0, 4500, 50))


def test_a_film_of_one_frame_is_one_shot() -> None:
    finder = ShotFinder()
    finder.add(shot_on_film(still(1, 1)).tobytes())
    assert finder.finish() == [0]
