"""The bound for whoever moves bits between scenes: nothing where scenes are alike, and never a loss."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.bench.hindsight import SceneEncode, hindsight
from tests import examples

HEIGHTS, CRFS = (1080, 540), range(16, 41, 4)


def scene(number: int, *, cost: float = 1.0, coarse_from: float = 26.0, soft: float = 12.0) -> list[SceneEncode]:
    """`cost`: of a pixel. `coarse_from`: the CRF from which it looks bad. `soft`: VMAF lost in the smaller picture."""
    return [
        SceneEncode(
            number,
            height,
            crf,
            kbps=cost * 4000 * (height / 1080) ** 1.5 * math.exp(-0.12 * (crf - 16)),
            vmaf=max(1.0, 99 - soft * (height < 1080) - 60 / (1 + math.exp((coarse_from + 10 - crf) / 4))),
        )
        for height in HEIGHTS
        for crf in CRFS
    ]


def test_of_scenes_that_are_alike_nothing_is_gained() -> None:
    found = hindsight([*scene(0), *scene(1)], [100, 40])
    assert found.crf == pytest.approx(0, abs=0.05)
    assert found.crf_and_height == pytest.approx(0, abs=1.5)  # a mixture of heights fills the gap between two


def test_what_costs_much_and_shows_little_gives_to_what_is_cheap() -> None:
    found = hindsight([*scene(0, cost=4, coarse_from=34), *scene(1, cost=0.5, coarse_from=20)], [100, 100])
    assert found.crf < -3
    assert found.crf_and_height <= found.crf


def test_a_scene_that_is_soft_by_itself_gains_by_a_smaller_picture() -> None:
    found = hindsight([*scene(0, soft=0.5), *scene(1, soft=30)], [100, 100])
    assert found.crf_and_height < found.crf - 5


@examples.of(20)  # each asks for some thousand mixes
@given(st.lists(st.tuples(st.floats(0.2, 5), st.floats(20, 34), st.floats(1, 30)), min_size=2, max_size=4))
def test_who_may_choose_more_never_needs_more(films: list[tuple[float, float, float]]) -> None:
    encodes = [
        e for n, (cost, coarse, soft) in enumerate(films) for e in scene(n, cost=cost, coarse_from=coarse, soft=soft)
    ]
    found = hindsight(encodes, [50] * len(films))
    curves = 1.5  # percent: between hulls of few points they bend differently
    assert found.crf <= curves
    assert found.crf_and_height <= found.crf + curves
