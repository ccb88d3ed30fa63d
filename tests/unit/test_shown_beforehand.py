"""What a film shows of itself: previews and artwork, chosen by pure models."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.studio.encoding.api import Course, Inspection, Raster, Stretch
from matinee.studio.encoding.model.pictures import SHAPES, Face, Seen, best_and_diverse, score, see
from matinee.studio.encoding.model.places import places_of
from matinee.studio.encoding.model.previews import NO_SPOILERS, preview_of
from tests import examples

FILM = Inspection(Raster(320, 180, (24, 1)), 24 * 300, (), (), (), ())


def film(
    seconds: int, cuts_s: tuple[float, ...] = (), lively: tuple[int, int] = (0, 0), **further: object
) -> Inspection:
    change = tuple(8.0 if lively[0] <= second < lively[1] else 1.0 + second % 2 / 10 for second in range(seconds))
    course = Course(cuts_s, (), change, tuple(-20.0 if c > 2 else -30.0 for c in change))
    return replace(FILM, frames=24 * seconds, course=course, **further)  # type: ignore[arg-type]  # fields of Inspection, by name


def test_the_liveliest_stretch_between_cuts_becomes_the_preview() -> None:
    cuts = tuple(float(at) for at in range(7, 300, 7))
    assert preview_of(film(300, cuts, lively=(120, 150))) == pytest.approx((119, 147), abs=7.1)


def test_nothing_of_the_last_third_is_shown_however_lively() -> None:
    start_s, end_s = preview_of(film(300, lively=(230, 290))) or (0, 0)
    assert 0 <= start_s < end_s <= 200


def test_a_short_film_has_no_preview_and_neither_has_a_dark_one() -> None:
    assert preview_of(film(29)) is None
    assert preview_of(film(300, stretches=(Stretch("black", 0, 300),))) is None


seconds = st.integers(1, 400)
cuts = st.lists(st.floats(0, 400), max_size=60).map(lambda found: tuple(sorted(found)))
dark = st.lists(st.tuples(st.floats(0, 400), st.floats(0, 60)), max_size=4).map(
    lambda found: tuple(Stretch("black", first, first + length) for first, length in found)
)


@examples.of(60)
@given(seconds, cuts, dark)
def test_a_preview_is_of_its_length_before_the_last_third_and_never_dark(
    length: int, cuts_s: tuple[float, ...], black: tuple[Stretch, ...]
) -> None:
    window = preview_of(film(length, cuts_s, stretches=black))
    if window is not None:
        start_s, end_s = window
        assert end_s - start_s + 1e-9 >= 20
        assert end_s - start_s <= 30 + 1e-9
        assert 0 <= start_s < end_s <= length * NO_SPOILERS + 1e-9
        assert not any(s.start_s < end_s and start_s < s.end_s for s in black)


@examples.of(60)
@given(seconds, cuts, dark)
def test_places_lie_in_order_inside_what_may_be_shown_and_never_in_the_dark(
    length: int, cuts_s: tuple[float, ...], black: tuple[Stretch, ...]
) -> None:
    places = places_of(film(length, cuts_s, stretches=black))
    assert places == sorted(places)
    assert len(places) <= 18
    for at_s in places:
        assert 0 <= at_s <= length * NO_SPOILERS
        assert not any(s.start_s < at_s < s.end_s for s in black)


def test_places_keep_away_from_cuts() -> None:
    cuts_s = tuple(float(at) for at in range(10, 300, 10))
    assert all(min(abs(at - cut) for cut in cuts_s) >= 1.0 for at in places_of(film(300, cuts_s)))


def scene(seed: int) -> np.ndarray:
    """Something bright and detailed on a soft ground, to the right."""
    chance = np.random.default_rng(seed)
    picture = np.full((90, 160, 3), 90.0)
    picture += np.linspace(0, 60, 160)[None, :, None] * chance.random(3)
    picture[30:70, 110:135] = chance.integers(0, 255, (40, 25, 3))
    made: np.ndarray = np.clip(picture, 0, 255).astype(np.uint8)
    return made


def blurred(picture: np.ndarray) -> np.ndarray:
    soft: np.ndarray = picture.astype(np.float32)
    for axis in (0, 1):
        for _ in range(3):
            soft = np.stack([np.roll(soft, shift, axis) for shift in (-3, -2, -1, 0, 1, 2, 3)]).mean(0)
    made: np.ndarray = np.clip(soft, 0, 255).astype(np.uint8)
    return made


def test_sharp_beats_blurred_and_lit_beats_dark() -> None:
    picture = scene(1)
    sharp, soft, night = (see(p, 160, 90).looks for p in (picture, blurred(picture), picture // 8))
    assert sharp.sharpness > soft.sharpness
    assert sharp.light > night.light
    assert score(sharp) > max(score(soft), score(night))
    assert sharp.faces is None, "nobody counted them"


def test_every_crop_has_its_shape_and_keeps_what_the_eye_is_drawn_to() -> None:
    seen = see(scene(2), 1600, 900)
    assert [crop.shape for crop in seen.crops] == list(SHAPES)
    for crop in seen.crops:
        across, down = SHAPES[crop.shape]
        assert crop.width / crop.height == pytest.approx(across / down, rel=0.01)
        assert crop.left <= 1100
        assert crop.left + crop.width >= 1350


@examples.of(30)
@given(st.integers(8, 60), st.integers(8, 60), st.integers(1, 30), st.integers(0, 99))
def test_crops_lie_inside_any_picture_and_scores_between_0_and_1(
    rows: int, columns: int, times: int, seed: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3)).astype(np.uint8)
    width, height = columns * times, rows * times
    seen = see(pixels, width, height)
    assert 0 <= score(seen.looks) <= 1
    for crop in seen.crops:
        assert 0 <= crop.left <= crop.left + crop.width <= width
        assert 0 <= crop.top <= crop.top + crop.height <= height


def test_of_two_equal_frames_the_one_with_a_few_faces_is_better_and_a_crowd_is_between() -> None:
    looks = see(scene(1), 160, 90).looks
    nobody, one, three, crowd = (score(replace(looks, faces=count)) for count in (0, 1, 3, 12))
    assert one == three > crowd > nobody
    assert score(looks) == score(replace(looks, faces=None)), "where nobody counted, nobody is missed"
    empty, shown = see(scene(1), 160, 90, []), see(scene(1), 160, 90, [Face(0.1, 0.3, 0.1, 0.2)])
    assert (empty.looks.faces, shown.looks.faces) == (0, 1)
    assert best_and_diverse([empty, shown], 1) == [1]


shares = st.floats(0, 1)
faces = st.builds(Face, shares, shares, st.floats(0.02, 0.3), st.floats(0.02, 0.5)).map(
    lambda face: replace(face, left=face.left * (1 - face.width), top=face.top * (1 - face.height))
)


@examples.of(25)
@given(st.lists(faces, min_size=1, max_size=3), st.sampled_from(((1600, 900), (900, 1600), (1280, 536))))
def test_no_window_cuts_through_the_largest_face_if_it_fits(people: list[Face], size: tuple[int, int]) -> None:
    width, height = size
    largest = max(people, key=lambda face: face.width * face.height)
    for crop in see(scene(4), width, height, people).crops:
        if largest.width * width <= crop.width:
            assert crop.left - 2 <= largest.left * width
            assert (largest.left + largest.width) * width <= crop.left + crop.width + 2
        if largest.height * height <= crop.height:
            assert crop.top - 2 <= largest.top * height
            assert (largest.top + largest.height) * height <= crop.top + crop.height + 2


def test_a_poster_shows_the_person_and_not_what_is_loud_beside() -> None:
    loud = next(crop for crop in see(scene(2), 1600, 900, []).crops if crop.shape == "2:3")
    kept = next(crop for crop in see(scene(2), 1600, 900, [Face(0.1, 0.3, 0.12, 0.3)]).crops if crop.shape == "2:3")
    assert loud.left > 700
    assert kept.left <= 160
    assert kept.left + kept.width >= 352


def test_two_who_fit_together_are_both_shown() -> None:
    pair = [Face(0.15, 0.3, 0.1, 0.2), Face(0.42, 0.3, 0.1, 0.2)]
    square = next(crop for crop in see(scene(2), 1600, 900, pair).crops if crop.shape == "1:1")
    assert square.left <= 240
    assert square.left + square.width >= 832


def test_the_best_comes_first_and_the_next_is_another_scene() -> None:
    one, again, other = (see(scene(seed), 160, 90) for seed in (1, 1, 1))
    other = Seen(replace(other.looks, light=other.looks.light * 0.8), other.signature + 60, other.crops)
    order = best_and_diverse([one, again, other], 3)
    assert order[0] in (0, 1)
    assert order[1] == 2
    assert sorted(best_and_diverse([one, again, other], 9)) == [0, 1, 2]
