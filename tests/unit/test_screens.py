"""Which screen decides which rung: a television those of up to 1080 lines, a 4K screen those above, and what a phone needs."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.studio.encoding.api import GateVerdict, LadderPlan, Raster, RatePoint, Rung, RungResult
from matinee.studio.encoding.model.gate import judge, keep_monotone
from matinee.studio.encoding.model.ladder import (
    VMAF_CAP,
    candidates,
    choose_rungs,
    heights_for,
    probes_for,
    worth_trying,
)
from matinee.studio.encoding.model.phone import PhoneCurve
from matinee.studio.encoding.model.surface import Surface, loss_of, vmaf_of
from matinee.wire.releases import TRANSPARENT_VMAF, tier_of_height
from tests import examples

UHD = Raster(3840, 2160, (24, 1))
SHARP, SOFT = 1.3, 0.1
"""How much more a step down in height costs on a 4K screen: of a film that has details for it, and of one that has none."""


def encode(height: int, crf: float, *, hard: float = 0.0, details: float = SHARP) -> RatePoint:
    """A film of 2160 lines as each screen shows it."""
    size, coarse = math.log2(height / 2160), (crf - 28) / 8
    rate = 8.2 + 1.05 * size - 0.92 * coarse
    tv = -2.2 + hard + 1.1 * coarse - (0.4 if height >= 1080 else 1.5) * min(0.0, size + 1)
    near = -1.5 + hard + 1.1 * coarse - details * size
    return RatePoint(height, crf, math.exp(rate), vmaf_of(tv), vmaf_phone=vmaf_of(tv - 1.5), vmaf_4k=vmaf_of(near))


def ladder(*, hard: float = 0.0, details: float = SHARP) -> tuple[list[RatePoint], tuple[Rung, ...]]:
    probes = [encode(h, crf, hard=hard, details=details) for h, crf in probes_for(UHD, "full")]
    points = candidates(Surface(probes, (), UHD.height), UHD, "full")
    return points, choose_rungs(points, UHD, "full")


def plan(rungs: Sequence[Rung]) -> LadderPlan:
    return LadderPlan("full", UHD, 48, (0,), "medium", 1, tuple(rungs), (), ())


def test_what_is_above_1080_lines_is_transparent_on_a_4k_screen_and_the_rest_on_a_television() -> None:
    _, rungs = ladder()
    above, below = [r for r in rungs if r.tier == "uhd"], [r for r in rungs if r.tier != "uhd"]
    assert above[0].height == 2160
    assert above[0].vmaf_4k_expected == pytest.approx(VMAF_CAP, abs=1)
    assert above[0].vmaf_expected > VMAF_CAP + 1  # a television alone would have stopped far below
    assert below[0].vmaf_expected == pytest.approx(VMAF_CAP, abs=1)
    assert all(rung.vmaf_4k_expected is None for rung in below)
    assert all(rung.vmaf_phone_expected is not None for rung in rungs)


@examples.of(40)
@given(st.floats(-1.5, 1.5), st.floats(0, 2))
def test_a_ladder_for_three_screens_falls_from_step_to_step(hard: float, details: float) -> None:
    points, rungs = ladder(hard=hard, details=details)
    for above, below in pairwise(rungs):
        assert below.kbps_expected < above.kbps_expected
        assert below.height <= above.height
        assert below.vmaf_expected <= above.vmaf_expected or below.tier == "uhd"
        if below.vmaf_4k_expected is not None and above.vmaf_4k_expected is not None:
            assert below.vmaf_4k_expected < above.vmaf_4k_expected
    without = [p for p in points if tier_of_height(p.height) != "uhd"]
    alone = choose_rungs([replace(p, vmaf_4k=None) for p in without], UHD, "full")
    # Whoever may see 1080 lines has the ladder that a film of 1080 lines has.
    assert [r.id for r in rungs if r.tier != "uhd"] == [r.id for r in alone]


def test_a_film_that_has_no_details_for_a_4k_screen_gets_no_rung_for_one() -> None:
    points, rungs = ladder(hard=-2, details=SOFT)
    assert max(p.vmaf_4k or 0 for p in points if p.height == 1080) > VMAF_CAP
    assert {rung.tier for rung in rungs} <= {"sd", "hd", "fhd"}


def test_probes_that_no_4k_screen_saw_are_judged_by_the_television_as_before() -> None:
    points, _ = ladder()
    rungs = choose_rungs([replace(p, vmaf_4k=None) for p in points], UHD, "full")
    assert all(rung.vmaf_4k_expected is None for rung in rungs)


def test_of_a_film_for_4k_screens_the_best_of_both_kinds_are_tried() -> None:
    points, rungs = ladder()
    tried = worth_trying(rungs, "full")
    assert [rung.tier for rung in tried[:2]] == ["uhd", "fhd"]
    seen = [(r, encode(r.height, r.crf)) for r in tried]
    again = choose_rungs(
        points, UHD, "full", [(r, replace(p, vmaf_4k=p.vmaf_4k if r.tier == "uhd" else None)) for r, p in seen]
    )
    assert tried[0].id in [rung.id for rung in again]


def test_a_film_of_more_lines_is_tried_at_more_heights() -> None:
    assert heights_for(UHD, "full") == (2160, 1440, 1080, 720, 540, 432)
    assert heights_for(Raster(1920, 1080, (24, 1)), "full") == (1080, 720, 540, 432)
    assert {height for height, _ in probes_for(UHD, "full")} == {2160, 1080, 540}


@given(st.lists(st.tuples(st.floats(1, 99), st.floats(0, 4)), min_size=1, max_size=8), st.floats(0.5, 99.5))
def test_a_phone_shows_no_more_of_what_a_television_shows_less_of(
    pairs: list[tuple[float, float]], vmaf: float
) -> None:
    curve = PhoneCurve([(loss_of(tv), loss_of(tv) - better) for tv, better in pairs])
    assert curve.loss_at(loss_of(vmaf)) <= curve.loss_at(loss_of(vmaf) + 0.5) + 1e-9


def test_a_phone_needs_the_cheapest_rung_that_is_transparent_on_it() -> None:
    _, rungs = ladder()
    enough = plan(rungs).enough_for_a_phone
    assert enough is not None
    assert (enough.vmaf_phone_expected or 0) >= TRANSPARENT_VMAF
    assert enough.vmaf_expected < TRANSPARENT_VMAF - 3
    cheaper = [rung for rung in rungs if rung.kbps_expected < enough.kbps_expected]
    assert cheaper
    assert all((rung.vmaf_phone_expected or 0) < TRANSPARENT_VMAF for rung in cheaper)
    assert plan(cheaper).enough_for_a_phone is None
    assert plan([replace(rung, vmaf_phone_expected=None) for rung in rungs]).enough_for_a_phone is None


def test_the_gate_holds_a_rung_against_the_screen_it_was_chosen_for() -> None:
    _, (top, *others) = ladder()
    made = plan([top, *others])
    assert judge(made, top, vmaf=99, vmaf_4k=94, segment_vmaf=()).passed
    (dull, broken) = judge(made, top, vmaf=99, vmaf_4k=70, segment_vmaf=()).reasons
    assert "70.0 on a 4K screen; the best rung needs 80" in dull
    assert "promised" in broken


def test_rungs_for_4k_screens_are_compared_with_one_another_as_these_show_them() -> None:
    _, (top, *_) = ladder()

    def result(name: str, kbps: float, vmaf: float, vmaf_4k: float | None) -> RungResult:
        rung = replace(top, id=name)
        return RungResult(rung, "", 48, 1, kbps, vmaf, vmaf, (), GateVerdict(True), vmaf_4k=vmaf_4k)

    fhd = result("fhd", 4000, 97.9, None)
    kept = keep_monotone(
        [fhd, result("low", 9000, 97.8, 88), result("no better", 12_000, 99, 87.5), result("top", 15_000, 98, 95)]
    )
    assert [each.rung.id for each in kept] == ["fhd", "low", "top"]
