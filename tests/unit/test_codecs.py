"""Codecs beside H.264: their scales, their jobs, grain, and which of them a film is made in."""

import math
from dataclasses import replace
from itertools import pairwise
from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.cli.options import codecs_named
from matinee.engines.encoder.noise import noise_of
from matinee.studio.encoding.api import Chunk, LadderPlan, Raster, RatePoint, Rung, chunk_tasks
from matinee.studio.encoding.model.grain import grain_strength
from matinee.studio.encoding.model.hulls import HULLS
from matinee.studio.encoding.model.ladder import candidates, choose_rungs, probes_for, with_more_bits
from matinee.studio.encoding.model.raster import raster_in
from matinee.studio.encoding.model.surface import Surface, vmaf_of
from matinee.studio.production.api import Metadata
from matinee.studio.production.model.orders import JourneyOrder, codecs_for, codecs_of, edition_of
from matinee.wire.encoding import from_json, to_json
from matinee.wire.releases import VideoCodec

FILM = Raster(1280, 720, (24, 1))
CODECS: tuple[VideoCodec, ...] = get_args(VideoCodec)
every_codec = pytest.mark.parametrize("codec", CODECS)


def as_usual(codec: VideoCodec, height: int, crf: float, *, hard: float = 0.0) -> RatePoint:
    """What is usual of this codec, and by how much this film looks worse at each CRF."""
    hull = HULLS[codec]
    size, coarse = math.log2(height / 720), hull.coarseness(crf)
    row = (1.0, size, coarse, size * coarse, size * size, coarse * coarse)
    loss, rate = (sum(a * b for a, b in zip(row, six, strict=True)) for six in (hull.loss, hull.rate))
    return RatePoint(height, crf, math.exp(rate), vmaf_of(loss + hard))


@given(st.sampled_from(CODECS), st.floats(-0.7, 0.7))
def test_each_codec_gets_a_ladder_from_its_own_probes(codec: VideoCodec, hard: float) -> None:
    wanted = probes_for(FILM, "full", codec)
    surface = Surface([as_usual(codec, h, crf, hard=hard) for h, crf in wanted], (), 720, codec)
    rungs = choose_rungs(candidates(surface, FILM, "full", codec), FILM, "full", codec=codec)
    assert all(HULLS[codec].crf_min <= rung.crf <= HULLS[codec].crf_max for rung in rungs)
    assert len(rungs) >= 3
    for above, below in pairwise(rungs):
        assert below.vmaf_expected < above.vmaf_expected
        assert below.kbps_expected < above.kbps_expected
    assert {rung.codec for rung in rungs} == {codec}


@every_codec
def test_probes_stand_at_the_same_coarseness_in_every_codec(codec: VideoCodec) -> None:
    ours = [(h, HULLS[codec].coarseness(crf)) for h, crf in probes_for(FILM, "full", codec)]
    measure = [(h, HULLS["h264"].coarseness(crf)) for h, crf in probes_for(FILM, "full")]
    for (height, coarse), (same, wanted) in zip(ours, measure, strict=True):
        assert height == same
        assert coarse == pytest.approx(wanted, abs=0.07)
    assert all(crf == round(crf) for _, crf in probes_for(FILM, "full", codec))


@every_codec
def test_a_prior_that_was_learned_from_less_is_less_sure(codec: VideoCodec) -> None:
    at = [(h, crf) for h, crf in probes_for(FILM, "full", codec)]
    surface = Surface([as_usual(codec, h, crf) for h, crf in at], (), 720, codec)
    h264 = Surface([as_usual("h264", h, crf) for h, crf in probes_for(FILM, "full")], (), 720)
    middle, its = surface.at(720, HULLS[codec].middle), h264.at(720, HULLS["h264"].middle)
    doubt, least = (point.vmaf_sd / (point.vmaf * (100 - point.vmaf)) for point in (middle, its))
    assert doubt >= least * 0.999


def test_rungs_of_all_codecs_and_ranges_have_names_of_their_own() -> None:
    point = [RatePoint(720, 30, 1000, 90)]
    ids = [choose_rungs(point, FILM, "full", codec=codec)[0].id for codec in CODECS]
    ids += [choose_rungs(point, replace(FILM, video_range="PQ"), "full", codec="av1")[0].id]
    assert ids == [
        "video-720p-30",
        "video-hevc-720p-30",
        "video-av1-720p-30",
        "video-vp9-720p-30",
        "video-av1-pq-720p-30",
    ]


@every_codec
def test_a_second_try_is_finer_by_the_same_share_of_the_scale(codec: VideoCodec) -> None:
    rung = Rung("r", 1280, 720, "hd", 36, 1000, 1750, 90, codec=codec)
    again = with_more_bits(rung)
    assert HULLS[codec].coarseness(rung.crf - again.crf + HULLS[codec].middle) == pytest.approx(0.625, abs=0.05)
    assert again.kbps_max == 3500


@pytest.mark.parametrize(("codec", "first"), [("h264", ((0, 1.0), (100, -2.0))), ("av1", ((0, 0.0),))])
def test_only_x264_moves_its_crf_within_a_chunk(codec: VideoCodec, first: tuple[tuple[int, float], ...]) -> None:
    rung = Rung("r", 1280, 720, "hd", 30, 1000, 1750, 90, codec=codec)
    plan = LadderPlan(
        *("full", FILM, 300, (0, 100, 200), "medium", 7, (rung,), (Chunk(0, 150), Chunk(150, 150)), ()),
        scenes=(0, 100, 200),
        shifts={"r": (1.0, -2.0, 6.0)},
        codec=codec,
    )
    one, other = chunk_tasks("", "", plan, rung)
    assert one.shifts == first
    assert other.shifts == (((0, -2.0), (50, 6.0)) if codec == "h264" else ((0, 3.0),))
    assert from_json(to_json(one), type(one)) == one


def test_hevc_and_av1_keep_the_light_of_a_master_and_others_get_it_mapped() -> None:
    mapped = replace(FILM, tone_map=True)
    assert raster_in("av1", mapped, "PQ") == replace(FILM, video_range="PQ")
    assert raster_in("hevc", mapped, "HLG") == replace(FILM, video_range="HLG")
    assert raster_in("h264", mapped, "PQ") == raster_in("vp9", mapped, "PQ") == mapped
    assert raster_in("av1", FILM, "SDR") == FILM


@pytest.mark.parametrize(
    ("noise", "codec", "strength"),
    [(0.3, "av1", 0), (1.9, "av1", 0), (2.0, "av1", 8), (4.0, "av1", 16), (30.0, "av1", 40), (8.0, "h264", 0)],
)
def test_only_strong_grain_is_drawn_anew_and_only_by_av1(noise: float, codec: VideoCodec, strength: int) -> None:
    assert grain_strength(noise, codec) == strength


def pictures(seed: int, noise: float) -> npt.NDArray[np.uint8]:
    """Four frames of a slope that moves, grain over all."""
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:96, 0:128]
    film = [80 + columns * 0.5 + rows * 0.3 + 3 * n + chance.normal(0, noise, (96, 128)) for n in range(4)]
    return np.clip(np.round(film), 0, 255).astype(np.uint8)


@given(st.integers(0, 1000), st.floats(1.5, 12))
def test_grain_is_measured_as_it_is(seed: int, noise: float) -> None:
    assert noise_of(pictures(seed, noise)) == pytest.approx(noise, rel=0.2)


def test_texture_motion_and_black_are_no_grain() -> None:
    still = np.repeat(pictures(1, 8)[:1], 4, axis=0)  # grain that stands still is a wall
    assert noise_of(still) == 0
    assert noise_of(pictures(1, 0)) < 0.5
    assert noise_of(np.zeros((4, 96, 128), np.uint8)) == 0
    assert noise_of(np.zeros((0, 96, 128), np.uint8)) == 0


@given(st.lists(st.sampled_from(CODECS)))
def test_h264_is_always_made_and_first(wanted: list[VideoCodec]) -> None:
    found = codecs_for(wanted)
    assert found[0] == "h264"
    assert {*found} == {*wanted, "h264"}
    assert found == codecs_for(tuple(reversed(wanted)))


def test_a_first_release_is_h264_alone_and_codecs_make_another_edition() -> None:
    order = JourneyOrder("t", "r", "fast", "s", 0, Metadata(), {}, codecs=("h264", "av1"))
    assert codecs_of(order) == ("h264",)
    assert codecs_of(replace(order, profile="full")) == ("h264", "av1")
    plain = edition_of("s", Metadata(), {})
    assert edition_of("s", Metadata(), {}, codecs=("h264",)) == plain
    assert edition_of("s", Metadata(), {}, codecs=("h264", "av1")) != plain


def test_codecs_are_named_in_a_list_and_a_strange_one_is_refused() -> None:
    assert codecs_named("av1, H264") == codecs_named("av1") == ["h264", "av1"]
    with pytest.raises(Exception, match="there is no codec 'av2': choose from h264, hevc, av1, vp9"):
        codecs_named("av2")
