"""Which measured stretches are worth a word, and what subtitles and tracks say against themselves."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.encoder.blocks import BlockReader
from matinee.engines.encoder.port import SpanKind
from matinee.studio.encoding.api import Cue, PictureTrack, Raster, SoundTrack, Stretch, StretchKind, TextTrack
from matinee.studio.encoding.model.cues import as_written, has_words_to_show, text_findings
from matinee.studio.encoding.model.defects import Film, defects_of
from matinee.studio.encoding.model.raster import woven_raster
from matinee.studio.encoding.model.text.scripts import contradiction
from matinee.studio.encoding.model.tracks import sound_findings, track_findings

FILM = Film(60.0, 25.0)
PICTURE = PictureTrack(
    codec="h264", pixel_format="yuv420p", width=1280, height=720, sample_aspect=(1, 1), rotation=0, rate=(25, 1),
    rate_nominal=(25, 1), marked_interlaced=False, primaries="bt709", transfer="bt709", matrix="bt709", range="tv",
    has_mastering_display=False, has_light_level=False, start_s=0.0, duration_s=60.0,
)  # fmt: skip
SOUND = SoundTrack(
    stream=1, codec="aac", language="en", channels=2, layout="stereo", sample_rate=48_000, start_s=0.0,
    duration_s=60.0, loudness_lufs=-23.0, range_lu=8.0, peak_dbtp=-2.0, channels_dbfs=(-25.0, -26.0),
)  # fmt: skip
KINDS = get_args(StretchKind)


def codes(*stretches: Stretch) -> list[str]:
    return [finding.code for finding in defects_of(stretches, FILM)]


def cue_codes(*cues: Cue) -> list[str]:
    return [finding.code for finding in text_findings(TextTrack("en", cues), 60.0)]


def sound_codes(sound: SoundTrack) -> list[str]:
    return [finding.code for finding in track_findings(PICTURE, [sound], 60.0)]


def test_the_engine_and_the_studio_know_the_same_kinds() -> None:
    assert get_args(SpanKind) == KINDS


def test_black_between_two_frames_of_a_shot_is_a_fault_and_black_that_is_faded_to_is_not() -> None:
    assert codes(Stretch("black", 10, 10.2, is_abrupt=True)) == ["black"]
    assert codes(Stretch("black", 10, 11.5)) == []
    assert codes(Stretch("black", 10, 14)) == ["black"]


def test_how_long_fields_are_woven_is_counted_in_frames() -> None:
    for rate in (24.0, 60.0):
        at_rate = [Stretch("woven", 1, 1 + frames / rate, strength=0.5) for frames in (4, 8)]
        assert [len(defects_of([stretch], Film(60.0, rate))) for stretch in at_rate] == [0, 1]


def test_a_picture_that_stops_in_motion_is_a_fault_and_a_title_that_is_held_is_not() -> None:
    assert codes(Stretch("frozen", 10, 10.5, strength=12, is_abrupt=True)) == ["frozen"]
    assert codes(Stretch("frozen", 10, 15)) == []
    assert codes(Stretch("frozen", 10, 25)) == ["frozen"]


def test_one_fault_is_one_finding() -> None:
    green = Stretch("flat", 10, 10.2, strength=0.5, is_abrupt=True)
    assert codes(green, Stretch("blocks", 10, 10.2, strength=5, is_abrupt=True)) == ["undecoded"]
    assert codes(green, Stretch("blocks", 30, 31, strength=5, is_abrupt=True)) == ["undecoded", "blocking"]


def test_a_sound_that_breaks_off_is_a_fault_and_a_pause_is_not() -> None:
    assert codes(Stretch("silence", 10, 10.3, strength=50, is_abrupt=True, stream=1)) == ["silence"]
    assert codes(Stretch("silence", 10, 12, strength=20, stream=1)) == []
    assert codes(Stretch("silence", 0, 60, stream=1)) == ["silence"]


def test_sound_in_a_file_beside_the_master_goes_by_its_name_and_is_judged_alike() -> None:
    beside = Film(60.0, 1.0, sound_file="fr.wav")
    gone = Stretch("silence", 0, 60, stream=0)
    clipped = Stretch("clipped", 10, 11, strength=0.5, stream=0)
    found = [*defects_of([gone], beside), *defects_of([clipped], beside)]
    assert [finding.sentence for finding in found] == [
        "There is no sound in fr.wav.",
        "The sound is clipped from 10.00 s to 11.00 s (fr.wav).",
    ]
    short = sound_findings(replace(SOUND, duration_s=50.0, loudness_lufs=-3.0), "fr.wav", 60.0)
    assert [finding.sentence for finding in short] == [
        "The sound of fr.wav is 10.00 s shorter than the picture.",
        "The sound of fr.wav is too loud: -3.0 LUFS, where EBU R128 asks for -23.",
    ]
    assert all(finding.stream is None and finding.frame is None for finding in (*found, *short))
    assert sound_findings(SOUND, "fr.wav", 60.0) == ()


def test_what_happens_all_the_time_is_said_a_few_times() -> None:
    found = codes(*(Stretch("repeated", at, at + 0.04, is_abrupt=True) for at in range(50)))
    assert len(found) == 26


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    start = draw(st.floats(0, 59))
    kind: StretchKind = draw(st.sampled_from(KINDS))
    return Stretch(
        kind,
        start,
        draw(st.floats(start + 0.001, 60)),
        draw(st.floats(0, 100)),
        draw(st.booleans()),
        stream=1 if kind in ("silence", "dropout", "clipped", "out-of-phase") else None,
        channel=0 if kind == "dropout" else None,
        sides=(0.1, 0.1, 0.0, 0.0) if kind == "bars" else (),
    )


@given(st.lists(stretches(), max_size=12))
def test_every_finding_lies_where_something_was_measured(measured: list[Stretch]) -> None:
    for finding in defects_of(measured, FILM):
        assert finding.start_s is not None
        assert any(abs(finding.start_s - stretch.start_s) <= 0.001 for stretch in measured)
        assert (finding.frame is None) == (finding.stream is not None)
        assert finding.sentence.endswith(".")


def test_cues_are_read_as_they_were_written() -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i>\nthere\n\n2\n00:00:03,000 --> 00:00:02,000\n\n"
    assert as_written("a.srt", srt).cues == (Cue(1.0, 2.5, "Hello\nthere"), Cue(3.0, 2.0, ""))
    vtt = "WEBVTT\n\nname\n00:01.000 --> 00:02.000 line:0\nHi\n"
    assert as_written("a.vtt", vtt).cues == (Cue(1.0, 2.0, "Hi"),)


def test_times_that_nobody_can_read_are_told_by_their_line_and_their_words_are_shown_to_nobody() -> None:
    srt = (
        "1\n00:00:01,000 --> 00:00:02,000\nOne: 3 -> 4\n\n2\n00:00:0x,000 --> 00:00:04,000\nTwo\n\n"
        "3\n00:00:05,000 -> 00:00:06,000\nThree\n\n4\n00:00:07,000 --> 00:00:08,000\nFour\n"
    )
    track = as_written("a.srt", srt)
    assert [cue.text for cue in track.cues] == ["One: 3 -> 4", "Four"]
    assert track.unread_lines == (6, 10)
    found = text_findings(track, 60.0)
    assert [(f.severity, f.code) for f in found] == [("error", "subtitle-unreadable")] * 2
    assert "line 6" in found[0].sentence


def test_subtitles_that_show_nothing_during_the_film_are_known() -> None:
    def shows(*cues: Cue) -> bool:
        return has_words_to_show(TextTrack("a.srt", cues), 60.0)

    assert shows(Cue(70, 72, "Late"), Cue(59, 72, "Just"))
    assert not shows(Cue(70, 72, "Late"), Cue(5, 4, "Backwards"), Cue(1, 2, ""), Cue(-3, -1, "Before"))


def test_cues_that_nobody_can_read_are_named() -> None:
    assert cue_codes(Cue(1, 3, "Good."), Cue(4, 6, "Better.")) == []
    assert cue_codes(Cue(1, 3, "One."), Cue(2, 4, "Other.")) == ["subtitle-overlap"]
    assert cue_codes(Cue(1, 1.5, "x" * 60)) == ["subtitle-too-fast"]
    assert cue_codes(Cue(3, 2, "Backwards.")) == ["subtitle-backwards"]
    assert cue_codes(Cue(1, 2, "")) == ["subtitle-empty"]
    assert cue_codes(Cue(61, 62, "Late.")) == ["subtitle-outside"]
    assert cue_codes(Cue(1, 3, "Two lines"), Cue(1, 3, "at once")) == []


HELLO = {
    "he": "שלום, מה שלומך היום? הכול בסדר אצלי, תודה.", "ru": "Здравствуй, как твои дела сегодня?",
    "ar": "مرحبا، كيف حالك اليوم؟ كل شيء بخير.", "ja": "こんにちは、今日はお元気ですか。とても良い天気ですね。",
    "zh": "你好，今天过得怎么样？天气真好，我们出去走走吧，晚上再回来。", "ko": "안녕하세요, 오늘은 어떻게 지내세요? 날씨가 참 좋네요.",
    "hi": "नमस्ते, आज आप कैसे हैं? मौसम बहुत अच्छा है।", "el": "Γεια σου, πώς είσαι σήμερα;", "th": "สวัสดีวันนี้คุณเป็นอย่างไรบ้าง",
    "ta": "வணக்கம், இன்று எப்படி இருக்கிறீர்கள்?", "ka": "გამარჯობა, როგორ ხარ დღეს?", "hy": "Բարեւ, ինչպե՞ս ես այսօր։",
    "en": "Hello, how are you today?", "de": "Grüß dich, wie geht es dir heute?",
}  # fmt: skip
CHINESE_TOO = {("ja", "zh"), ("zh", "ja")}
ALIKE = {("en", "de"), ("de", "en")}


@pytest.mark.parametrize("language", HELLO)
def test_subtitles_in_another_script_than_their_language_s_are_named(language: str) -> None:
    assert contradiction(language, HELLO[language] * 3) is None
    for other, text in HELLO.items():
        if other != language and (language, other) not in CHINESE_TOO | ALIKE:
            assert contradiction(language, text * 3) is not None, other


def test_a_script_is_only_doubted_where_it_is_certain() -> None:
    russian = HELLO["ru"]
    assert contradiction("he-IL", russian) == "it says Hebrew (he-IL), and is written in Cyrillic"
    for language in ("sr", "und", "", None, "tlh", "en-Cyrl"):
        assert contradiction(language, russian) is None
    assert contradiction("he", "Да. Нет.") is None  # too few letters to say
    assert contradiction("en", f"Boris: {russian}") is None
    assert contradiction("ru", f"{russian} Moscow") is None
    track = TextTrack("stream 2", (Cue(1, 5, russian),), "he")
    (finding,) = text_findings(track, 60.0)
    assert (finding.severity, finding.code) == ("note", "subtitle-script")
    assert finding.sentence == "stream 2: it says Hebrew (he), and is written in Cyrillic."


@given(st.sampled_from(sorted(HELLO)), st.text(max_size=200))
def test_words_of_its_own_script_are_never_doubted_whatever_stands_between(language: str, more: str) -> None:
    assert contradiction(language, HELLO[language] * 20 + more) is None


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.text(max_size=80)), max_size=40))
def test_no_subtitles_fill_the_report(cues: list[tuple[float, float, str]]) -> None:
    assert len(text_findings(TextTrack("en", tuple(Cue(*cue) for cue in cues)), 60.0)) <= 11


def test_tracks_that_disagree_are_named() -> None:
    assert sound_codes(SOUND) == []
    assert sound_codes(replace(SOUND, start_s=0.3)) == ["sound-offset"]
    assert sound_codes(replace(SOUND, duration_s=57)) == ["sound-length"]
    assert sound_codes(replace(SOUND, loudness_lufs=-55)) == ["loudness"]
    assert sound_codes(replace(SOUND, channels_dbfs=(-25.0, -120.0))) == ["dead-channel"]
    hdr = replace(PICTURE, transfer="smpte2084", primaries="bt2020")
    assert [f.code for f in track_findings(hdr, [], 60.0)] == ["hdr-metadata"]
    assert track_findings(replace(hdr, has_mastering_display=True), [], 60.0) == ()


def test_a_container_that_no_track_reaches_the_end_of_was_cut_and_one_that_outlasts_its_picture_is_whole() -> None:
    picture = replace(PICTURE, duration_s=None)

    def found(seconds: float, sounds: list[SoundTrack], text_s: float = 0.0) -> list[str]:
        return [f.code for f in track_findings(picture, sounds, seconds, said_s=60.0, text_s=text_s)]

    assert found(60.0, []) == []
    assert found(59.6, []) == []
    assert found(59.4, []) == ["picture-length"]
    assert found(58.4, [replace(SOUND, duration_s=58.4)]) == ["picture-length"]
    assert found(30.0, [SOUND]) == ["sound-length"]
    assert found(30.0, [], text_s=60.0) == []
    # Frames are counted from where the film begins, also where its picture begins later.
    late = replace(picture, start_s=2.0)
    assert [f.code for f in track_findings(late, [SOUND], 60.0, said_s=60.0)] == ["sound-offset"]


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=300)), max_size=12), st.integers(1, 50))
def test_frames_come_out_of_a_stream_however_it_is_cut(frames: list[tuple[int, bytes]], piece: int) -> None:
    blocks = b"".join(_element(0xA3, bytes([0x80 | track]) + (7).to_bytes(2) + b"\0" + data) for track, data in frames)
    stream = b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + _element(0x1F43B675, _element(0xE7, (1000).to_bytes(2)) + blocks)
    stream += _element(0xEC, bytes(40))
    seen: list[tuple[int, int, bytes]] = []
    reader = BlockReader(lambda track, at_ms, data: seen.append((track, at_ms, bytes(data))))
    for at in range(0, len(stream), piece):
        reader.add(stream[at : at + piece])
    assert seen == [(track, 1007, data) for track, data in frames]


def _element(name: int, data: bytes) -> bytes:
    return name.to_bytes((name.bit_length() + 7) // 8) + (1 << 56 | len(data)).to_bytes(8) + data


@pytest.mark.parametrize(
    ("rate", "woven_share", "change", "by_field", "deinterlace"),
    [
        ((30000, 1001), 0.9, 8.0, True, True),  # a camera
        ((25, 1), 0.7, 8.0, True, True),
        ((30000, 1001), 0.4, 8.0, False, True),  # a film in 3:2 pulldown
        ((30000, 1001), 0.0, 8.0, False, False),  # a film that was only sent in fields
        ((30000, 1001), 0.0, 0.5, False, True),  # nothing moved: nobody knows
        ((60, 1), 0.9, 8.0, False, True),  # more than players know
    ],
)
def test_fields_become_frames_where_they_are_moments_of_their_own(
    rate: tuple[int, int], woven_share: float, change: float, by_field: bool, deinterlace: bool
) -> None:
    seen = replace(PICTURE, woven_share=woven_share, change=(0.1, change))
    made = woven_raster(Raster(720, 480, rate, deinterlace=True), seen)
    assert (made.by_field, made.deinterlace) == (by_field, deinterlace)
    assert made.rate == ((rate[0] * 2, rate[1]) if by_field else rate)


def test_what_is_not_marked_as_interlaced_stays_as_it_is() -> None:
    raster = Raster(720, 480, (25, 1))
    assert woven_raster(raster, replace(PICTURE, woven_share=0.9, change=(8.0,))) == raster
