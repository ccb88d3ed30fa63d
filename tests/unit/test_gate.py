"""The gate: what is stopped, what is not, and how often frames are scored."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from matinee.studio.encoding.api import Chunk, GateVerdict, LadderPlan, Raster, Rung, RungResult
from matinee.studio.encoding.model.gate import (
    held_together,
    judge,
    keep_monotone,
    not_as_planned,
    per_segment,
    score_every,
    suspects,
    wrong_pictures,
)
from matinee.studio.encoding.model.ladder import with_more_bits
from matinee.studio.encoding.model.surface import vmaf_of
from matinee.wire.releases import VideoCodec

RUNG = Rung("video-720p-22", 1280, 720, "hd", 22, 2000, 3500, 92)
PLAN = LadderPlan("full", Raster(1280, 720, (24, 1)), 200, (0, 72, 144), "medium", 5, (RUNG,), (), ())


def test_the_gate_stops_a_dull_best_rung_a_broken_promise_and_wrong_pictures() -> None:
    assert judge(PLAN, RUNG, vmaf=93, segment_vmaf=(94, 92, 91)).passed
    assert "needs 80" in judge(PLAN, RUNG, vmaf=75, segment_vmaf=()).reasons[0]
    assert "promised" in judge(PLAN, replace(RUNG, id="video-360p-22", height=360), vmaf=60, segment_vmaf=()).reasons[0]
    low = replace(RUNG, id="video-180p-38", height=180, vmaf_expected=50)
    assert judge(PLAN, low, vmaf=26, segment_vmaf=()).passed, "no probe stood near"
    assert "promised" in judge(PLAN, low, vmaf=24, segment_vmaf=()).reasons[0]
    verdict = judge(PLAN, RUNG, vmaf=93, segment_vmaf=(94, 3.0, None))
    assert verdict.reasons == ("Segment 2 of video-720p-22 has VMAF 3.0: its pictures are wrong.",)


def test_the_gate_stops_what_players_could_not_take_as_it_is_announced() -> None:
    assert not_as_planned(PLAN, RUNG, size=(1280, 720), keys={0, 24, 72, 144}) == []
    assert not_as_planned(PLAN, RUNG, size=(640, 720), keys={0, 72, 144}) == [
        "video-720p-22 has pictures of 640×720; 1280×720 was planned."
    ]
    assert not_as_planned(PLAN, RUNG, size=(1280, 720), keys={0, 71}) == [
        "Without a key frame at its beginning: segment 2 and 1 more of video-720p-22."
    ]


def test_more_bits_do_not_make_another_rung_of_the_best() -> None:
    for rung in (RUNG, with_more_bits(RUNG), with_more_bits(with_more_bits(RUNG))):
        assert "needs 80" in judge(PLAN, rung, vmaf=75, segment_vmaf=()).reasons[0]


def test_the_gate_stops_what_is_bad_for_a_hundredth_of_its_frames() -> None:
    assert judge(PLAN, RUNG, vmaf=93, first_percentile=55, segment_vmaf=()).passed
    low = replace(RUNG, id="video-180p-38", height=180, vmaf_expected=29)
    assert judge(PLAN, low, vmaf=28.3, first_percentile=13.7, segment_vmaf=(9.3,)).passed, "a harder scene"
    assert not judge(PLAN, low, vmaf=28.3, first_percentile=13.7, segment_vmaf=(2.0,)).passed
    (reason,) = judge(PLAN, RUNG, vmaf=93, first_percentile=32, segment_vmaf=()).reasons
    assert reason == "One frame in a hundred of video-720p-22 has VMAF 32.0 or less, beside 93.0."


def measured(rung_id: str, vmaf: float, *segments: float | None, codec: VideoCodec = "h264") -> RungResult:
    rung = replace(RUNG, id=rung_id, codec=codec)
    return RungResult(rung, "", 0, 0, vmaf, vmaf, 0, segments, GateVerdict(True))


def test_a_segment_that_is_bad_in_one_rung_alone_is_made_again_and_a_hard_scene_is_not() -> None:
    low, high = measured("low", 70, 74, 38, 72, 75), measured("high", 94, 95, 82, 94, 95)
    broken = measured("middle", 85, 88, 60, 50, 88)
    found = held_together([low, broken, high])
    assert [result.verdict.passed for result in found] == [True, False, True]
    (reason,) = found[1].verdict.reasons
    assert reason.startswith("Segment 3 of middle has VMAF 50.0; by the other rungs it should have 8")
    assert held_together([low, high]) == [low, high]
    assert held_together([measured("short", 90, 20), low]) == [measured("short", 90, 20), low]
    assert held_together([measured("other", 90, 30, 30, 30, None, codec="av1"), low])[0].verdict.passed


def test_a_still_that_is_perfect_at_many_bits_may_be_as_good_as_the_rest_at_few() -> None:
    """A drawn film's credits at 90p, one rung of twelve times the bits of the other."""
    low, high = measured("low", 79.69, 65.67, 79.52, 78.19, 84.38), measured("high", 90.75, 79.56, 89.45, 96.98, 99.67)
    assert held_together([low, high]) == [low, high]


@given(
    st.lists(st.floats(-1, 3), min_size=1, max_size=40),
    st.lists(st.floats(-0.5, 2), min_size=2, max_size=6, unique=True),
    st.data(),
)
def test_of_rungs_that_agree_none_is_suspected_and_a_spoiled_one_is(
    scenes: list[float], rungs: list[float], data: st.DataObject
) -> None:
    results = [
        measured(str(n), vmaf_of(-rung), *(vmaf_of(-rung - scene) for scene in scenes)) for n, rung in enumerate(rungs)
    ]
    assert held_together(results) == results
    which = data.draw(st.integers(0, len(rungs) - 1))
    segment = data.draw(st.integers(0, len(scenes) - 1))
    whole = results[which].segment_vmaf
    assume((whole[segment] or 0) > 60)
    spoiled = replace(results[which], segment_vmaf=(*whole[:segment], 20.0, *whole[segment + 1 :]))
    found = held_together([*results[:which], spoiled, *results[which + 1 :]])
    assert [n for n, result in enumerate(found) if not result.verdict.passed] == [which]


def test_frames_far_from_the_masters_are_suspects_and_a_hard_scene_is_none() -> None:
    assert suspects([20.0] * 100, 24) == []
    assert suspects([*[4.0] * 60, *[140.0] * 120], 24) == []
    film = [20.0] * 200
    film[40:43] = [3000.0, 2500.0, 4000.0]
    film[150] = 900.0
    assert suspects(film, 24) == [Chunk(40, 3), Chunk(150, 1)]


@given(st.integers(0, 900), st.integers(1, 900), st.floats(1, 90), st.floats(1500, 9000))
def test_other_pictures_are_suspects_wherever_they_stand_and_however_many(
    start: int, count: int, usual: float, wrong: float
) -> None:
    film = [usual] * 2000
    film[start : start + count] = [wrong] * count
    found = suspects(film, 24)
    assert found[0].start_frame == start
    assert all(start <= each.start_frame and each.frames <= 48 for each in found)
    assert found[-1].start_frame + found[-1].frames == min(start + count, start + 20 * 48)


def test_a_suspect_is_judged_by_all_of_its_frames() -> None:
    far = [10.0] * 40 + [2000.0] * 2
    hard = [(0, 60.0), (1, 41.0), (2, 70.0)]
    assert wrong_pictures(RUNG, 39, frames=hard, differences=far, vmaf=93) is None
    flash = [(0, 90.0), (1, 2.0), (2, 4.0)]
    assert wrong_pictures(RUNG, 39, frames=flash, differences=[90.0] * 42, vmaf=93) is None
    said = wrong_pictures(RUNG, 39, frames=flash, differences=far, vmaf=93)
    assert said == "Frames 40 to 41 of video-720p-22 show other pictures than the master."
    assert judge(PLAN, RUNG, vmaf=93, segment_vmaf=(), wrong=[said]).reasons == (said,)


@given(st.integers(1, 400))
def test_every_segment_is_scored_and_its_key_frame_counts_for_no_more_than_others(gop: int) -> None:
    for profile in ("fast", "full"):
        every = score_every([0, gop], 2 * gop, profile)
        scored = range(0, gop * every, every)
        assert {frame // gop for frame in scored} == set(range(every))
        assert sorted(frame % gop for frame in scored) == list(range(gop))


def test_scores_fall_into_their_segments() -> None:
    assert per_segment(((0, 90.0), (36, 80.0), (72, 70.0)), PLAN) == (85.0, 70.0, None)


def test_a_rung_that_came_out_no_better_than_a_cheaper_one_is_dropped() -> None:
    def result(name: str, kbps: float, vmaf: float) -> RungResult:
        return RungResult(replace(RUNG, id=name), "", 200, 1, kbps, vmaf, vmaf, (), GateVerdict(True))

    kept = keep_monotone([result("dear", 900, 80), result("cheap", 300, 85), result("best", 2000, 95)])
    assert [r.rung.id for r in kept] == ["cheap", "best"]
