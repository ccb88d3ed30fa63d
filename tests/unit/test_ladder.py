"""The ladder: hull, rungs, and what holds for every film."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.studio.encoding.api import Profile, Raster, RatePoint
from matinee.studio.encoding.model.ladder import (
    VMAF_CAP,
    candidates,
    choose_rungs,
    heights_for,
    lines_of,
    probes_for,
    upper_hull,
    width_for,
)
from matinee.studio.encoding.model.surface import Surface
from tests import examples

profiles: st.SearchStrategy[Profile] = st.sampled_from(("fast", "full"))
rasters = st.builds(
    Raster,
    st.integers(8, 2048).map(lambda n: n * 2),
    st.integers(8, 2048).map(lambda n: n * 2),
    st.just((24, 1)),
)


@st.composite
def measured(draw: st.DrawFn) -> tuple[Raster, Profile, list[RatePoint]]:
    """What is inferred from probes: at one height a higher CRF costs less and looks worse."""
    raster, profile = draw(rasters), draw(profiles)
    probes: list[RatePoint] = []
    kbps, vmaf = draw(st.floats(50, 40_000)), draw(st.floats(30, 100))
    for height, crf in probes_for(raster, profile):
        small = height / raster.height
        share = draw(st.floats(0.8, 1.2)) * small * 0.88 ** (crf - 20)
        probes.append(RatePoint(height, crf, kbps * share, vmaf * small**0.3 * draw(st.floats(0.95, 1)) ** (crf - 20)))
    return raster, profile, candidates(Surface(probes, (), raster.height), raster, profile)


@examples.of(40)
@given(measured())
def test_going_down_the_ladder_bitrate_and_quality_fall_and_height_never_rises(
    film: tuple[Raster, Profile, list[RatePoint]],
) -> None:
    raster, profile, points = film
    rungs = choose_rungs(points, raster, profile)
    assert rungs
    for above, below in pairwise(rungs):
        assert below.kbps_expected < above.kbps_expected
        assert below.vmaf_expected <= above.vmaf_expected
        assert below.height <= above.height


@examples.of(40)
@given(measured())
def test_no_rung_is_larger_than_the_source_and_all_are_even(film: tuple[Raster, Profile, list[RatePoint]]) -> None:
    raster, profile, points = film
    for rung in choose_rungs(points, raster, profile):
        assert rung.height <= raster.height
        assert rung.width % 2 == 0
        assert rung.height % 2 == 0 or rung.height == raster.height


@examples.of(40)
@given(measured())
def test_rungs_have_names_of_their_own(film: tuple[Raster, Profile, list[RatePoint]]) -> None:
    raster, profile, points = film
    names = [rung.id for rung in choose_rungs(points, raster, profile)]
    assert len(set(names)) == len(names)


@examples.of(40)
@given(measured())
def test_no_rung_costs_more_than_its_tier_may(film: tuple[Raster, Profile, list[RatePoint]]) -> None:
    raster, profile, points = film
    rungs = choose_rungs(points, raster, profile)
    if len(points) > 1:
        most = {"sd": 4_000, "hd": 9_000, "fhd": 16_000, "uhd": 45_000}
        assert all(rung.kbps_expected <= most[rung.tier] + 0.1 for rung in rungs)
    else:  # a film that no tier has room for is made as small as it can be
        assert len(rungs) == 1


@examples.of(40)
@given(measured())
def test_no_point_lies_above_the_hull(film: tuple[Raster, Profile, list[RatePoint]]) -> None:
    points = film[2]
    hull = upper_hull(points)
    for low, high in pairwise(hull):
        assert high.kbps > low.kbps
        assert high.vmaf > low.vmaf
        for point in points:
            if low.kbps <= point.kbps <= high.kbps:
                share = (point.kbps - low.kbps) / (high.kbps - low.kbps)
                assert point.vmaf <= low.vmaf + share * (high.vmaf - low.vmaf) + 1e-6


@examples.of(40)
@given(measured())
def test_a_film_turned_on_its_side_has_the_same_ladder(film: tuple[Raster, Profile, list[RatePoint]]) -> None:
    lying, profile, points = film
    if lying.height > lying.width:
        lying = Raster(lying.height, lying.width, lying.rate)
    upright = Raster(lying.height, lying.width, lying.rate)
    turned = dict(zip(heights_for(lying, profile), heights_for(upright, profile), strict=True))
    lines = dict(zip(sorted({p.height for p in points}, reverse=True), turned, strict=False))
    flat = [replace(p, height=lines[p.height]) for p in points if p.height in lines]
    one = choose_rungs(flat, lying, profile)
    other = choose_rungs([replace(p, height=turned[p.height]) for p in flat], upright, profile)
    assert [(turned[r.height], r.crf, r.tier) for r in one] == [(r.height, r.crf, r.tier) for r in other]
    assert [lines_of(r.width, r.height) for r in other] == [r.height for r in one]


@pytest.mark.parametrize(("width", "height", "tier"), [(720, 1280, "hd"), (1080, 1920, "fhd"), (540, 960, "sd")])
def test_an_upright_film_belongs_to_the_tier_of_its_shorter_side(width: int, height: int, tier: str) -> None:
    (top, *_) = choose_rungs([RatePoint(height, 24, 2000, 90)], Raster(width, height, (30, 1)), "full")
    assert (top.width, top.height, top.tier) == (width, height, tier)


def test_a_first_release_of_an_upright_film_is_as_sharp_as_that_of_a_lying_one() -> None:
    assert heights_for(Raster(1920, 1080, (30, 1)), "fast") == (720, 432)
    assert heights_for(Raster(1080, 1920, (30, 1)), "fast") == (1280, 768)
    assert width_for(Raster(1080, 1920, (30, 1)), 1280) == 720


@given(rasters, profiles)
def test_heights_worth_trying_never_exceed_the_source(raster: Raster, profile: Profile) -> None:
    heights = heights_for(raster, profile)
    assert all(height <= raster.height for height in heights)
    assert list(heights) == sorted(set(heights), reverse=True)
    assert all(width_for(raster, height) >= 2 for height in heights)


def test_the_best_rung_stops_where_nobody_sees_a_difference() -> None:
    points = [RatePoint(720, 20, 6000, 99), RatePoint(720, 27, 2500, 95.5), RatePoint(720, 34, 900, 84)]
    top = choose_rungs(points, Raster(1280, 720, (24, 1)), "full")[0]
    assert abs(top.vmaf_expected - VMAF_CAP) < 1.5


def test_a_smaller_picture_takes_over_where_it_looks_better_for_the_same_bits() -> None:
    points = [
        RatePoint(720, 22, 2400, 95),
        RatePoint(720, 32, 700, 70),
        RatePoint(360, 22, 600, 80),
        RatePoint(360, 32, 200, 55),
    ]
    rungs = choose_rungs(points, Raster(1280, 720, (24, 1)), "fast")
    assert [rung.height for rung in rungs] == [720, 360]
    assert rungs[0].tier == "hd"
    assert rungs[1].tier == "sd"


def test_full_rungs_stand_about_six_points_apart() -> None:
    kbps = [4000 * math.exp(-0.12 * n) for n in range(25)]
    points = [RatePoint(720, 16 + n, rate, 97 - n * 1.6) for n, rate in enumerate(kbps)]
    rungs = choose_rungs(points, Raster(1280, 720, (24, 1)), "full")
    assert len(rungs) >= 4
    assert all(4 <= a.vmaf_expected - b.vmaf_expected <= 8 for a, b in pairwise(rungs))
