"""The studio's pure decisions: rasters, findings, cutting, the gate, tracks, and reading what programs print."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.app.stages import IN_WORDS
from matinee.engines.encoder.audio import gain_for, loudness_of
from matinee.engines.encoder.port import Loudness
from matinee.engines.encoder.probe import looks_like, parse
from matinee.studio.encoding.api import (
    Inspection,
    Raster,
    Sound,
    SoundMade,
    SourceFacts,
    SourceRefused,
    Stretch,
    Text,
    TextMade,
    TextTask,
)
from matinee.studio.encoding.model.findings import check, findings_of
from matinee.studio.encoding.model.groups import chunks_of, groups_of, scenes_of
from matinee.studio.encoding.model.raster import raster_of
from matinee.studio.encoding.model.sampling import samples_of_film, samples_of_scenes
from matinee.studio.packaging.model.tracks import bandwidths
from matinee.studio.production.api import BadSidecar, Metadata, SidecarSound, SidecarText
from matinee.studio.production.model.orders import (
    JourneyOrder,
    check_sidecar,
    edition_of,
    markers_within,
    sounds_for,
    texts_for,
)
from matinee.studio.production.model.progress import STAGES, whole_progress
from matinee.studio.production.model.reviewing import frames_to_compare, review_reason
from matinee.studio.production.service.tracks import changes, text_input, text_task
from matinee.wire.encoding import to_plain
from matinee.wire.releases import Marker, Segment, SoundCodec

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
    full_range=False,
    sound=(Sound(1, "en", None, 2),),
    text=(),
)


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
        video_range="PQ", bit_depth=10, full_range=True, sound=(), pictures_of_text=1,
    )  # fmt: skip
    codes = {finding.code for finding in findings_of(facts, raster_of(facts))}
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
    printed = (
        "  Integrated loudness:\n    I:         -30.0 LUFS\n\n  Loudness range:\n    LRA:         7.5 LU\n\n"
        "  True peak:\n    Peak:      -12.0 dBFS\n"
    )
    assert loudness_of(printed) == Loudness(-30, 7.5, -12)
    assert gain_for(Loudness(-30, 7.5, -12), -23) == pytest.approx(7)
    assert gain_for(Loudness(-30, 7.5, -4), -23) == pytest.approx(3)
    assert gain_for(Loudness(-30, 7.5, -4), None) == 0
    assert loudness_of(printed.replace("-12.0", "-inf")) is None
    assert loudness_of(printed.replace("-30.0", "-70.0")) is None
    assert loudness_of("nothing") is None
    assert gain_for(None, -23) == 0


def test_a_file_beside_the_master_takes_the_place_of_its_sound_in_that_language() -> None:
    metadata = Metadata(names={"en": "Boat"}, audio=(SidecarSound("a.wav", "en", "English"),))
    assert [s.file for s in sounds_for((Sound(1, None, None, 2),), metadata)] == ["a.wav"]
    kept = sounds_for((Sound(1, "de", "Deutsch", 2),), metadata)
    assert [(s.track, s.language, s.stream) for s in kept] == [("audio-0", "de", 1), ("audio-1", "en", None)]


def test_sound_is_made_in_what_its_channels_deserve() -> None:
    def tracks(sound: Sound, *codecs: SoundCodec, profile: str = "full") -> list[tuple[str, str, int, bool]]:
        found = sounds_for((sound,), Metadata(), codecs=codecs, profile=profile)
        assert [s.rendition_of for s in found] == [None] + ["audio-0"] * (len(found) - 1)
        return [(s.track, s.codec, s.channels, s.is_copy) for s in found]

    stereo, surround = ("audio-0", "aac", 2, False), ("audio-0-eac3", "eac3", 6, False)
    atmos = Sound(1, "en", None, 6, has_objects=True)
    assert tracks(Sound(1, "en", None, 2), "aac", "eac3") == [stereo]
    assert tracks(Sound(1, "en", None, 8), "aac", "eac3") == [stereo, surround]
    assert tracks(Sound(1, "en", None, 8), "aac") == [stereo]
    assert tracks(Sound(1, "en", None, 8), "eac3", profile="fast") == [stereo]
    assert tracks(atmos, "eac3") == [stereo, ("audio-0-atmos", "eac3", 6, True)]
    assert tracks(replace(atmos, late_s=0.5), "eac3") == [stereo, surround]
    assert tracks(Sound(1, "en", None, 2), "opus") == [stereo, ("audio-0-opus", "opus", 2, False)]


def test_what_was_changed_in_a_track_is_told_and_old_journals_tell_nothing() -> None:
    order = JourneyOrder("t", "r", "full", "a" * 64, 0, Metadata(), {})
    sounds = sounds_for((Sound(1, "en", "English", 6),), Metadata())
    texts = texts_for((Text(2, "fr", "Français"),), Metadata())
    notes = ("it stays at -30.0 LUFS.",), ("1 cue was cut to the film.",)
    made = {
        "audio-0": to_plain(SoundMade("a.mp4")),
        "audio-0-eac3": to_plain(SoundMade("b.mp4", -30, 5, -1, notes[0])),
        "text-0": to_plain(TextMade(3, notes[1])),
    }
    assert changes(sounds, texts, made, "") == [
        "Sound English (eac3): it stays at -30.0 LUFS.",
        "Subtitles Français: 1 cue was cut to the film.",
    ]
    assert changes(sounds, texts, {"audio-0": "a.mp4", "audio-0-eac3": "b.mp4", "text-0": 3}, "") == []
    work = Path("/made")
    assert text_input(texts[0], made["text-0"], work).imsc_path == "/made/text-0.ttml"
    assert text_input(texts[0], 3, work).imsc_path is None
    assert text_task(order, texts[0], 5.0, work) == TextTask("a" * 64, 2, "/made/text-0.vtt", "fr", 5.0)


def test_a_description_beside_the_master_does_not_take_the_place_of_its_sound() -> None:
    words = Metadata(
        audio=(SidecarSound("d.wav", "en", "English", "description"),),
        subtitles=(SidecarText("c.srt", "en", "English", "captions"),),
    )
    beside = {"d.wav": Sound(0, None, None, 6)}
    sounds = sounds_for((Sound(1, "en", None, 2),), words, beside=beside)
    assert [(s.track, s.role, s.file) for s in sounds] == [
        ("audio-0", "main", None),
        ("audio-1", "description", "d.wav"),
        ("audio-1-eac3", "description", "d.wav"),
    ]
    texts = texts_for((Text(2, "en", None), Text(3, "en", None, "caption")), words)
    assert [(t.track, t.role, t.stream) for t in texts] == [("text-0", "subtitle", 2), ("text-1", "caption", None)]


def test_flags_of_a_container_say_what_a_stream_is_for_and_atmos_is_known_by_its_profile() -> None:
    def stream(kind: str, codec: str, profile: str = "", **flags: int) -> dict[str, object]:
        return {
            "index": 0, "codec_type": kind, "codec_name": codec, "profile": profile, "channels": 6, "disposition": flags
        }  # fmt: skip

    told = [
        stream("audio", "eac3", "Dolby Digital Plus + Dolby Atmos", default=1) | {"tags": {"language": "fre"}},
        stream("audio", "eac3", "Dolby Digital Plus", visual_impaired=1),
        stream("audio", "truehd", "Dolby TrueHD + Dolby Atmos", comment=1),
        stream("subtitle", "subrip", forced=1),
        stream("subtitle", "subrip", hearing_impaired=1),
    ]
    info = parse(json.dumps({"format": {"duration": "2"}, "streams": told}).encode())
    assert [(s.has_objects, s.role) for s in info.audio] == [
        (True, "main"),
        (False, "description"),
        (False, "commentary"),
    ]
    assert [s.role for s in info.text] == ["forced-subtitle", "caption"]
    assert info.audio[0].language == "fr"


def test_a_sidecar_that_names_what_is_not_there_is_refused() -> None:
    with pytest.raises(BadSidecar, match="no such file"):
        check_sidecar(Metadata(audio=(SidecarSound("a.wav", "en", "English"),)), {})
    with pytest.raises(BadSidecar, match="no tag of a language"):
        check_sidecar(Metadata(subtitles=(SidecarText("a.srt", "en,drm_label=x", "?"),)), {"a.srt": 1})
    with pytest.raises(BadSidecar, match="'singing' is no role of sound"):
        check_sidecar(Metadata(audio=(SidecarSound("a.wav", "en", "English", "singing"),)), {"a.wav": 1})
    with pytest.raises(BadSidecar, match="'caption' is no kind of subtitles"):
        check_sidecar(Metadata(subtitles=(SidecarText("a.srt", "en", "English", "caption"),)), {"a.srt": 1})
    with pytest.raises(BadSidecar, match="ends before"):
        check_sidecar(Metadata(markers=(Marker("intro", 5, 5),)), {})
    with pytest.raises(BadSidecar, match="Two markers chapter begin at 5 ms"):
        check_sidecar(Metadata(markers=(Marker("chapter", 5, 9), Marker("intro", 5, 9), Marker("chapter", 5, 7))), {})


def test_the_same_master_with_another_sidecar_is_another_edition() -> None:
    one = edition_of("a", Metadata(names={"en": "Boat"}), {})
    assert one == edition_of("a", Metadata(names={"en": "Ship"}), {})
    assert one != edition_of("a", Metadata(markers=(Marker("intro", 0, 9),)), {})
    assert one != edition_of("b", Metadata(), {})
    assert one == edition_of("a", Metadata(), {}, sound_codecs=("eac3", "aac"))
    assert one != edition_of("a", Metadata(), {}, sound_codecs=("aac", "opus"))


def test_markers_are_cut_to_the_film() -> None:
    markers = (Marker("intro", 0, 900), Marker("credits", 4000, 9000), Marker("chapter", 6000, 7000))
    assert markers_within(markers, 5000) == (Marker("intro", 0, 900), Marker("credits", 4000, 5000))


def test_progress_grows_through_the_stages_and_each_has_words() -> None:
    points = [whole_progress(stage, share) for stage in STAGES for share in (0.0, 0.5, 1.0)]
    assert ["", *STAGES] == list(IN_WORDS)
    assert points == sorted(points)
    assert points[-1] == pytest.approx(1)


def test_a_last_sliver_of_a_segment_does_not_set_the_peak() -> None:
    segments = [Segment("1", 0, 3000, 3000, ""), Segment("2", 3000, 100, 1000, "")]
    peak, average = bandwidths(segments, 1000)
    assert average == round(4000 * 8 / 3.1)
    assert peak == average


@given(
    st.integers(1, 100_000),
    st.integers(1, 120),
    st.lists(st.tuples(st.integers(0, 99_999), st.floats(0, 100)), min_size=1, max_size=40),
)
def test_frames_to_compare_are_few_of_the_film_and_among_them_the_worst(
    frames: int, rate: int, found: list[tuple[int, float]]
) -> None:
    scores = {start % frames: score for start, score in found} | {0: found[0][1]}
    segments = sorted(scores)
    vmaf = [scores[start] for start in segments]
    chosen = frames_to_compare(frames, rate, segments, vmaf)
    assert chosen == sorted(set(chosen))
    assert 1 <= len(chosen) <= 6
    assert all(0 <= frame < frames for frame in chosen)
    worst = vmaf.index(min(vmaf))
    assert any(segments[worst] <= frame < [*segments[1:], frames][worst] for frame in chosen)


@given(st.lists(st.uuids().map(str), min_size=1), st.integers(1, 50))
def test_what_was_found_is_always_reviewed_and_of_the_clean_a_sample_that_does_not_depend_on_chance(
    editions: list[str], one_in: int
) -> None:
    for edition in editions:
        assert review_reason(edition, ["note", "warning"], one_in=one_in) == "found"
        assert review_reason(edition, ["note"], one_in=1) == "sampled"
        assert review_reason(edition, [], one_in=one_in) == review_reason(edition, ["note"], one_in=one_in)


_hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(_hashes, st.uuids().map(str), st.sampled_from((("fast", "full"), ("full",))), st.integers(1, 50))
def test_however_often_a_master_is_made_into_releases_it_is_drawn_once(
    source: str, title: str, profiles: tuple[str, ...], one_in: int
) -> None:
    words = Metadata(names={"en": title}, year=2031)
    orders = [
        JourneyOrder(title, f"release-{number}", profile, source, number, replace(words, names={"en": str(number)}), {})
        for number, profile in enumerate(profiles * 3)
    ]
    assert len({review_reason(order.edition, [], one_in=one_in) for order in orders}) == 1


def test_one_in_ten_of_the_clean_masters_is_reviewed() -> None:
    editions = [
        JourneyOrder("t", f"{profile}-{number}", profile, f"{number:064x}", 0, Metadata(), {}).edition
        for number in range(2000)
        for profile in ("fast", "full")
    ]
    sampled = {edition for edition in editions if review_reason(edition, [], one_in=10) == "sampled"}
    assert 150 < len(sampled) < 250
