"""The studio's pure decisions: rasters, findings, cutting, the gate, tracks, and reading what programs print."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.encoder.audio import gain_for
from matinee.engines.encoder.probe import looks_like
from matinee.engines.encoder.subtitles import decoded, kind_of
from matinee.studio.encoding.api import (
    Chunk,
    GateVerdict,
    Inspection,
    LadderPlan,
    Raster,
    Rung,
    RungResult,
    Sound,
    SourceFacts,
    SourceRefused,
    Stretch,
)
from matinee.studio.encoding.model.findings import check, findings_of
from matinee.studio.encoding.model.gate import judge, keep_monotone, per_segment, score_every, suspects, wrong_pictures
from matinee.studio.encoding.model.groups import chunks_of, groups_of, scenes_of
from matinee.studio.encoding.model.raster import raster_of
from matinee.studio.encoding.model.sampling import samples_of_film, samples_of_scenes
from matinee.studio.packaging.model import bandwidths
from matinee.studio.production.api import BadSidecar, Metadata, SidecarSound, SidecarText
from matinee.studio.production.model import (
    check_sidecar,
    edition_of,
    markers_within,
    remaining_s,
    sounds_for,
    whole_progress,
)
from matinee.wire.releases import Marker, Segment

FACTS = SourceFacts(
    duration_s=60,
    width=1280,
    height=720,
    rotation=0,
    sample_aspect=(1, 1),
    rate=(24, 1),
    rate_nominal=(24, 1),
    bit_depth=8,
    interlaced=False,
    hdr=False,
    full_range=False,
    sound=(Sound(1, "en", None, 2),),
    text=(),
)
RUNG = Rung("video-720p-22", 1280, 720, "hd", 22, 2000, 3500, 92)
PLAN = LadderPlan("full", Raster(1280, 720, (24, 1)), 200, (0, 72, 144), "medium", 5, (RUNG,), (), ())


@pytest.mark.parametrize(
    ("facts", "size"),
    [
        (FACTS, (1280, 720)),
        (replace(FACTS, rotation=90), (720, 1280)),
        (replace(FACTS, width=854, height=480, sample_aspect=(1281, 1280)), (854, 480)),
        (replace(FACTS, width=720, height=576, sample_aspect=(64, 45)), (1024, 576)),
        (replace(FACTS, width=321, height=181), (320, 180)),
        (replace(FACTS, sample_aspect=(9999, 1)), (1280, 720)),
    ],
)
def test_a_picture_becomes_upright_square_and_even(facts: SourceFacts, size: tuple[int, int]) -> None:
    raster = raster_of(facts)
    assert (raster.width, raster.height) == size


@pytest.mark.parametrize(
    ("average", "nominal", "rate"),
    [
        ((24000, 1001), (24000, 1001), (24000, 1001)),
        ((2997, 100), (30, 1), (30000, 1001)),
        ((27, 1), (30, 1), (30, 1)),
        ((27, 1), (90000, 1), (30000, 1001)),
        ((25, 2), (25, 2), (25, 2)),
        ((120, 1), (120, 1), (60, 1)),
        ((0, 1), (0, 1), (25, 1)),
    ],
)
def test_a_rate_is_one_that_players_know(
    average: tuple[int, int], nominal: tuple[int, int], rate: tuple[int, int]
) -> None:
    assert raster_of(replace(FACTS, rate=average, rate_nominal=nominal)).rate == rate


@given(
    st.integers(16, 8000),
    st.integers(16, 8000),
    st.sampled_from([0, 90, 180, 270]),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.tuples(st.integers(0, 200_000), st.integers(1, 2000)),
)
def test_every_raster_is_even_and_within_sixty_frames(
    width: int, height: int, rotation: int, aspect: tuple[int, int], rate: tuple[int, int]
) -> None:
    raster = raster_of(replace(FACTS, width=width, height=height, rotation=rotation, sample_aspect=aspect, rate=rate))
    assert raster.width % 2 == raster.height % 2 == 0
    assert 0 < raster.frames_per_second <= 60.06


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (replace(FACTS, width=1, height=1), "16×16"),
        (replace(FACTS, width=20_000), "8192"),
        (replace(FACTS, duration_s=0.1), "lasts"),
        (replace(FACTS, duration_s=1e6), "12 hours"),
    ],
)
def test_what_cannot_become_a_title_is_refused_with_the_number_that_is_wrong(facts: SourceFacts, word: str) -> None:
    with pytest.raises(SourceRefused, match=word):
        check(facts)


def test_everything_that_is_changed_is_said() -> None:
    facts = replace(
        FACTS, rotation=90, sample_aspect=(4, 3), width=321, rate=(27, 1), rate_nominal=(30, 1), interlaced=True,
        hdr=True, bit_depth=10, full_range=True, sound=(), pictures_of_text=1,
    )  # fmt: skip
    codes = {finding.code for finding in findings_of(facts)}
    assert codes == {
        "rotated", "square-pixels", "even-size", "constant-rate", "deinterlaced", "tone-mapped", "eight-bit",
        "limited-range", "no-sound", "picture-subtitles",
    }  # fmt: skip


@given(
    st.integers(1, 50_000),
    st.sampled_from([(24, 1), (24000, 1001), (25, 1), (60, 1), (25, 2)]),
    st.lists(st.integers(1, 50_000), max_size=60),
)
def test_groups_begin_where_shots_do_and_chunks_are_whole_groups(
    frames: int, rate: tuple[int, int], cuts: list[int]
) -> None:
    raster, shots = Raster(320, 180, rate), sorted({0, *(cut for cut in cuts if cut < frames)})
    second = rate[0] / rate[1]
    groups = groups_of(frames, raster, shots)
    lengths = [end - start for start, end in pairwise([*groups, frames])]
    assert groups[0] == 0
    assert all(second - 1 <= length <= 4.5 * second + 1 for length in lengths) or frames < second
    for cut, following in pairwise([*shots, frames]):
        before = max((group for group in groups if group <= cut), default=0)
        assert cut in groups or cut - before < second or following - cut < second or frames - cut < second
    for profile in ("fast", "full"):
        chunks = chunks_of(frames, raster, profile, groups, shots)
        assert [c.start_frame for c in chunks] == [sum(c.frames for c in chunks[:n]) for n in range(len(chunks))]
        assert sum(c.frames for c in chunks) == frames
        assert {c.start_frame for c in chunks} <= {*groups}


def test_a_shot_is_not_cut_in_two_jobs_where_it_fits_in_one() -> None:
    raster = Raster(320, 180, (24, 1))
    shots = [0, 120, 240, 480]
    groups = groups_of(2000, raster, shots)
    starts = [chunk.start_frame for chunk in chunks_of(2000, raster, "full", groups, shots)]
    assert starts[:3] == [0, 240, 480]
    assert {120, 240, 480} <= {*groups}


@given(st.integers(1, 20_000), st.lists(st.integers(1, 20_000), max_size=30))
def test_stretches_are_equally_long_apart_in_order_and_inside_the_film(frames: int, cuts: list[int]) -> None:
    film = Inspection(Raster(1280, 720, (24, 1)), frames, (), (), (Stretch("black", 1, 4),), ())
    samples = samples_of_film(film, sorted({0, *cuts}))
    assert len({sample.frames for sample in samples}) == 1
    assert all(a.start_frame + a.frames <= b.start_frame for a, b in pairwise(samples))
    assert samples[-1].start_frame + samples[-1].frames <= frames


def test_a_short_film_is_looked_at_in_more_than_one_place() -> None:
    film = Inspection(Raster(1280, 720, (24, 1)), 684, (), (), (), ())
    assert [(s.start_frame, s.frames) for s in samples_of_film(film)] == [(165, 24), (495, 24)]


@given(st.integers(1, 20_000), st.lists(st.integers(1, 20_000), max_size=30))
def test_every_scene_is_looked_at_and_about_a_fifth_of_it(frames: int, cuts: list[int]) -> None:
    raster = Raster(1280, 720, (24, 1))
    film = Inspection(raster, frames, (), (), (Stretch("black", 1, 4),), ())
    scenes = scenes_of(frames, raster, sorted({0, *cuts}))
    samples = samples_of_scenes(film, scenes)
    assert {sample.scene for sample in samples} == set(range(len(scenes)))
    for sample in samples:
        end = [*scenes[1:], frames][sample.scene]
        assert scenes[sample.scene] <= sample.start_frame
        assert sample.start_frame + sample.frames <= end
    assert all(a.start_frame + a.frames <= b.start_frame for a, b in pairwise(samples))
    assert sum(sample.frames for sample in samples) <= 0.25 * frames + 15 * len(scenes)


def test_the_gate_stops_a_dull_best_rung_a_broken_promise_and_wrong_pictures() -> None:
    assert judge(PLAN, RUNG, vmaf=93, segment_vmaf=(94, 92, 91)).passed
    assert "needs 80" in judge(PLAN, RUNG, vmaf=75, segment_vmaf=()).reasons[0]
    assert "promised" in judge(PLAN, replace(RUNG, height=360), vmaf=60, segment_vmaf=()).reasons[0]
    verdict = judge(PLAN, RUNG, vmaf=93, segment_vmaf=(94, 3.0, None))
    assert verdict.reasons == ("Segment 2 of video-720p-22 has VMAF 3.0: its pictures are wrong.",)


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


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"#EXTM3U\n#EXT-X-VERSION:3", "HLS playlist"),
        (b"\xef\xbb\xbf#EXTM3U", "HLS playlist"),
        (b"ffconcat version 1.0", "concat script"),
        (b"<MPD xmlns=", "DASH manifest"),
        (b"\x89PNG\r\n", "still picture"),
        (b"", "empty"),
        (b"\0" * 99, "zero bytes"),
        (b"Dear diary,", "plain text"),
    ],
)
def test_a_file_that_is_no_film_is_called_what_it_is(head: bytes, what: str) -> None:
    assert what in (looks_like(head) or "")


def test_a_film_looks_like_nothing_else() -> None:
    assert looks_like(b"\0\0\0\x20ftypisom\0\0\2\0") is None


def test_loudness_is_one_gain_that_spares_the_peaks() -> None:
    printed = "  Integrated loudness:\n    I:         -30.0 LUFS\n\n  True peak:\n    Peak:      -12.0 dBFS\n"
    assert gain_for(printed, -23) == pytest.approx(7)
    assert gain_for(printed.replace("-12.0", "-4.0"), -23) == pytest.approx(3)
    assert gain_for(printed.replace("-12.0", "-inf"), -23) == 0
    assert gain_for("nothing", -23) == 0


def test_subtitles_are_told_by_what_stands_in_them() -> None:
    assert kind_of("WEBVTT\n\n00:00.000 --> 00:01.000\nHi") == "webvtt"
    assert kind_of("1\n00:00:00,000 --> 00:00:01,000\nHi") == "srt"
    assert kind_of("[Script Info]\nTitle: x") == "ass"
    assert kind_of("just words") is None
    assert decoded("Größe".encode("cp1252")) == "Größe"
    assert decoded("字幕".encode("utf-16")) == "字幕"


def test_a_file_beside_the_master_takes_the_place_of_its_sound_in_that_language() -> None:
    metadata = Metadata(names={"en": "Boat"}, audio=(SidecarSound("a.wav", "en", "English"),))
    assert [s.file for s in sounds_for((Sound(1, None, None, 2),), metadata)] == ["a.wav"]
    kept = sounds_for((Sound(1, "de", "Deutsch", 2),), metadata)
    assert [(s.track, s.language, s.stream) for s in kept] == [("audio-0", "de", 1), ("audio-1", "en", None)]


def test_a_sidecar_that_names_what_is_not_there_is_refused() -> None:
    with pytest.raises(BadSidecar, match="no such file"):
        check_sidecar(Metadata(audio=(SidecarSound("a.wav", "en", "English"),)), {})
    with pytest.raises(BadSidecar, match="language tag"):
        check_sidecar(Metadata(subtitles=(SidecarText("a.srt", "en,drm_label=x", "?"),)), {"a.srt": 1})
    with pytest.raises(BadSidecar, match="ends before"):
        check_sidecar(Metadata(markers=(Marker("intro", 5, 5),)), {})
    with pytest.raises(BadSidecar, match="Two markers chapter begin at 5 ms"):
        check_sidecar(Metadata(markers=(Marker("chapter", 5, 9), Marker("intro", 5, 9), Marker("chapter", 5, 7))), {})


def test_the_same_master_with_another_sidecar_is_another_edition() -> None:
    one = edition_of("a", Metadata(names={"en": "Boat"}), {})
    assert one == edition_of("a", Metadata(names={"en": "Ship"}), {})
    assert one != edition_of("a", Metadata(markers=(Marker("intro", 0, 9),)), {})
    assert one != edition_of("b", Metadata(), {})


def test_markers_are_cut_to_the_film() -> None:
    markers = (Marker("intro", 0, 900), Marker("credits", 4000, 9000), Marker("chapter", 6000, 7000))
    assert markers_within(markers, 5000) == (Marker("intro", 0, 900), Marker("credits", 4000, 5000))


def test_progress_grows_through_the_stages_and_gives_an_estimate() -> None:
    stages = ("inspect", "plan", "encode", "measure", "artwork", "package", "announce", "tidy")
    points = [whole_progress(stage, share) for stage in stages for share in (0.0, 0.5, 1.0)]
    assert points == sorted(points)
    assert points[-1] == pytest.approx(1)
    assert remaining_s(0.5, 10) == 10
    assert remaining_s(0.0, 10) is None


def test_a_last_sliver_of_a_segment_does_not_set_the_peak() -> None:
    segments = [Segment("1", 0, 3000, 3000, ""), Segment("2", 3000, 100, 1000, "")]
    peak, average = bandwidths(segments, 1000)
    assert average == round(4000 * 8 / 3.1)
    assert peak == average
