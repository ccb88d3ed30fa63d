"""What few probes say of encodes nobody made, and which scenes deserve more bits than others."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.studio.encoding.api import Chunk, LadderPlan, Raster, RatePoint, Rung, chunk_tasks
from matinee.studio.encoding.model.ladder import (
    VMAF_CAP,
    candidates,
    choose_rungs,
    heights_for,
    probes_for,
    worth_trying,
)
from matinee.studio.encoding.model.slope import SceneProbes, Scenes
from matinee.studio.encoding.model.surface import Surface, loss_of, vmaf_of
from matinee.studio.encoding.model.trials import trial_tasks
from matinee.wire.encoding import from_json, to_json
from tests import examples

FILM = Raster(1280, 720, (24, 1))
PROBES = probes_for(FILM, "full")


def encode(height: int, crf: float, *, hard: float = 0.0, grain: float = 0.0) -> RatePoint:
    """A film as they are: `hard` looks worse at the same CRF, `grain` costs more bits."""
    size, coarse = math.log2(height / 720), (crf - 28) / 8
    loss = -1.4 + hard - 1.6 * size + 1.1 * coarse + 0.2 * size * coarse + 0.08 * coarse**2
    rate = 6.3 + grain + 1.1 * size - 0.92 * coarse
    return RatePoint(height, crf, math.exp(rate), vmaf_of(loss))


@given(st.floats(0.5, 99.5))
def test_a_vmaf_is_what_its_loss_says(vmaf: float) -> None:
    assert vmaf_of(loss_of(vmaf)) == pytest.approx(vmaf)


@given(st.floats(-1, 1), st.floats(-1.5, 1.5), st.sampled_from(heights_for(FILM, "full")), st.integers(18, 36))
def test_four_probes_tell_all_others(hard: float, grain: float, height: int, crf: int) -> None:
    surface = Surface([encode(h, c, hard=hard, grain=grain) for h, c in PROBES], (), 720)
    told, real = surface.at(height, crf, is_probe=True), encode(height, crf, hard=hard, grain=grain)
    assert told.vmaf == pytest.approx(real.vmaf, abs=2)
    assert told.kbps == pytest.approx(real.kbps, rel=0.1)


def test_what_is_tried_corrects_what_probes_say_and_makes_it_surer() -> None:
    probes = [encode(h, c) for h, c in PROBES]
    real = [encode(720, 18, hard=-0.3), encode(540, 30, hard=-0.3)]
    before, after = Surface(probes, (), 720).at(720, 24), Surface(probes, real, 720).at(720, 24)
    truth = encode(720, 24, hard=-0.3).vmaf
    assert abs(after.vmaf - truth) < abs(before.vmaf - truth) / 2
    assert after.vmaf_sd < before.vmaf_sd


def test_what_was_tried_stays_if_it_is_good_enough_and_is_expected_as_measured() -> None:
    surface = Surface([encode(h, c) for h, c in PROBES], (), 720)
    points = candidates(surface, FILM, "full")
    rungs = choose_rungs(points, FILM, "full")
    top = worth_trying(rungs, "full")[0]
    good = replace(encode(top.height, top.crf), vmaf=top.vmaf_expected - 1)
    (kept, *_) = choose_rungs(points, FILM, "full", [(top, good)])
    assert (kept.crf, kept.kbps_max, kept.vmaf_expected) == (top.crf, top.kbps_max, round(good.vmaf, 2))
    lavish = replace(good, vmaf=VMAF_CAP + 2)
    assert choose_rungs(points, FILM, "full", [(top, lavish)])[0].vmaf_expected <= VMAF_CAP + 1
    bad = replace(good, vmaf=top.vmaf_expected - 9)
    (other, *_) = choose_rungs(points, FILM, "full", [(top, bad)])
    assert other.vmaf_expected == top.vmaf_expected


@given(st.floats(-0.3, 0.3), st.floats(-1.5, 1.5))
def test_the_steps_lead_to_what_was_tried_further_down(harder: float, grain: float) -> None:
    probes = [encode(h, c, grain=grain) for h, c in PROBES]
    planned = choose_rungs(candidates(Surface(probes, (), 720), FILM, "full"), FILM, "full")
    top, low = worth_trying(planned, "full")
    tried = [
        (top, encode(top.height, top.crf, grain=grain)),
        (low, encode(low.height, low.crf, hard=harder, grain=grain)),
    ]
    points = candidates(Surface(probes, [point for _, point in tried], 720), FILM, "full")
    rungs = choose_rungs(points, FILM, "full", tried)
    assert low.id in [rung.id for rung in rungs]
    steps = [above.vmaf_expected - below.vmaf_expected for above, below in pairwise(rungs)]
    assert all(3 < step < 10 for step in steps)


def test_a_height_that_a_film_looks_best_at_nowhere_near_is_not_kept_for_what_was_tried() -> None:
    surface = Surface([encode(h, c) for h, c in PROBES], (), 720)
    points = candidates(surface, FILM, "full")
    planned = choose_rungs(points, FILM, "full")
    top, low = worth_trying(planned, "full")
    small = min(heights_for(FILM, "full"))
    shrunk = replace(low, id="shrunk", height=small, width=small * 16 // 9)
    tried = [
        (top, RatePoint(top.height, top.crf, top.kbps_expected, top.vmaf_expected)),
        (shrunk, RatePoint(small, low.crf, low.kbps_expected, low.vmaf_expected - 1)),
    ]
    assert choose_rungs(points, FILM, "full", tried)[1:] == planned[1:]


def scenes(*kinds: tuple[float, float]) -> Scenes:
    """Of a hundred frames each, so hard and with so much grain."""
    found = [SceneProbes(100, tuple(encode(h, c, hard=hard, grain=grain) for h, c in PROBES)) for hard, grain in kinds]
    film = [
        RatePoint(
            points[0].height,
            points[0].crf,
            sum(p.kbps for p in points) / len(points),
            sum(p.vmaf for p in points) / len(points),
        )
        for points in zip(*(scene.points for scene in found), strict=True)
    ]
    return Scenes(found, Surface(film, (), 720))


def test_a_film_of_one_kind_of_scene_is_left_alone() -> None:
    assert scenes((0, 0)).shifts(720, 26) == ()
    assert scenes((0.2, 0.3), (0.2, 0.3), (0.2, 0.3)).shifts(720, 26) == ()


@examples.of(40)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1.5, 1.5)), min_size=2, max_size=6), st.integers(20, 34))
def test_bits_move_between_scenes_and_none_are_added(kinds: list[tuple[float, float]], crf: int) -> None:
    shifts = scenes(*kinds).shifts(720, crf)
    moved = shifts or (0.0,) * len(kinds)
    even = sum(encode(720, crf, hard=h, grain=g).kbps for h, g in kinds)
    spent = sum(encode(720, crf + s, hard=h, grain=g).kbps for (h, g), s in zip(kinds, moved, strict=True))
    assert spent <= even * 1.12
    assert all(abs(shift) <= 4 for shift in moved)


def test_grain_that_no_bit_saves_gives_to_what_gains_more() -> None:
    grainy, plain = scenes((0, 1.5), (0, 0)).shifts(720, 28)
    assert grainy > plain


def test_a_plan_that_came_through_the_journal_names_the_same_jobs() -> None:
    surface = Surface([encode(h, c) for h, c in PROBES], (), 720)
    rungs = choose_rungs(candidates(surface, FILM, "full"), FILM, "full")
    plan = LadderPlan(
        "full",
        FILM,
        300,
        (0, 100),
        "medium",
        7,
        rungs,
        (Chunk(0, 300),),
        (),
        scenes=(0, 100),
        shifts={rungs[0].id: (0.5, -1.0)},
    )
    again = from_json(to_json(plan), LadderPlan)
    assert [to_json(task) for task in trial_tasks("", "", again, again.rungs[0])] == [
        to_json(task) for task in trial_tasks("", "", plan, rungs[0])
    ]


def test_shifts_reach_the_chunks_they_belong_to() -> None:
    rung = Rung("video-720p-24", 1280, 720, "hd", 24, 1000, 1750, 90)
    plan = LadderPlan(
        "full",
        FILM,
        300,
        (0, 100, 200),
        "medium",
        7,
        (rung,),
        (Chunk(0, 150), Chunk(150, 150)),
        (),
        scenes=(0, 100, 200),
        shifts={rung.id: (1.0, -2.0, 0.5)},
    )
    first, second = chunk_tasks("", "", plan, rung)
    assert first.shifts == ((0, 1.0), (100, -2.0))
    assert second.shifts == ((0, -2.0), (50, 0.5))
    assert trial_tasks("", "", plan, rung) == [first, second]
