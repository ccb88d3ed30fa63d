"""Subtitles: four formats in, two out, and nothing lost on the way that both ends can say."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matinee.studio.encoding.model.text import imsc, ttml, webvtt
from matinee.studio.encoding.model.text.cleaning import cleaned
from matinee.studio.encoding.model.text.colors import NAMED
from matinee.studio.encoding.model.text.cue import Span, StyledCue, TextRefused, cue_of
from matinee.studio.encoding.model.text.encodings import decoded
from matinee.studio.encoding.model.text.reading import cues_in, kind_of
from tests import examples

HI = Span("Hi")


def cue(*spans: Span, start_ms: int = 1000, end_ms: int = 2000, **where: object) -> StyledCue:
    return cue_of(start_ms, end_ms, spans, StyledCue(0, 0, (), **where))  # type: ignore[arg-type]  # its own fields


def srt(*bodies: str) -> str:
    return "\n".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{body}\n" for n, body in enumerate(bodies, 1))


def tt(body: str, head: str = "", attributes: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><tt xmlns="http://www.w3.org/ns/ttml" '
        'xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" '
        f'{attributes} xml:lang="en"><head>{head}</head><body>{body}</body></tt>'
    )


spans = st.builds(
    Span,
    st.text(st.characters(codec="utf-8"), max_size=8),
    italic=st.booleans(),
    bold=st.booleans(),
    underline=st.booleans(),
    color=st.none() | st.from_regex(r"#[0-9a-f]{6}", fullmatch=True) | st.sampled_from(sorted(NAMED.values())),
    ruby=st.none() | st.text(st.characters(codec="utf-8"), max_size=5),
)
percents = st.none() | st.floats(-20, 120)
cues = st.builds(
    lambda start, length, words, where: cue_of(start, start + length, words, where),
    st.integers(0, 360_000_000),
    st.integers(1, 600_000),
    st.lists(spans, max_size=3),
    st.builds(
        lambda align, line, position, vertical: StyledCue(0, 0, (), align, line, position, vertical),
        st.sampled_from(("start", "center", "end", "left", "right")),
        percents,
        percents,
        st.sampled_from(("", "rl", "lr")),
    ),
).filter(lambda made: made.spans)


@examples.of(60)
@given(st.lists(cues, max_size=2))
def test_cues_written_as_webvtt_and_read_again_are_the_same(given: list[StyledCue]) -> None:
    assert cues_in(webvtt.write(given)) == given


@examples.of(60)
@given(st.lists(cues, max_size=2))
def test_cues_written_as_imsc_and_read_again_are_the_same(given: list[StyledCue]) -> None:
    assert cues_in(imsc.write(given, "en")) == given


@examples.of(60)
@given(st.text(max_size=100))
def test_no_words_break_a_reader(text: str) -> None:
    for whole in (text, f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}", srt(text), f"[Script Info]\nDialogue: {text}"):
        try:
            found = cues_in(whole)
        except TextRefused:
            continue
        assert cues_in(webvtt.write([c for c in found if c.spans and c.start_ms >= 0])) == [
            c for c in found if c.spans and c.start_ms >= 0
        ]


def test_subrip_keeps_its_looks_its_place_and_what_only_looks_like_a_tag() -> None:
    (first, second, third) = cues_in(srt('<i>Hi</i> <font color="#FF8800">you</font>', "{\\an8}I <3 you", "a\n\nb"))
    assert first.spans == (Span("Hi", italic=True), Span(" "), Span("you", color="#ff8800"))
    assert (second.text, second.line, second.align) == ("I <3 you", 5.0, "center")
    assert (third.start_ms, third.end_ms, third.text) == (3000, 3900, "a\nb")


def test_webvtt_keeps_style_sheet_settings_ruby_and_entities() -> None:
    text = (
        "WEBVTT\n\nSTYLE\n::cue(.loud) { color: rgb(255, 136, 0) }\n\nNOTE no words\n\n"
        "name\n00:01.000 --> 00:02.000 vertical:rl line:10% position:30%,line-left align:start\n"
        "<v Ada><c.loud>A &amp; B</c> <ruby>漢<rt>かん</rt></ruby>&rlm;\n\n"
        "01:00:00.000 --> 01:00:01.000 line:-2\n<b>x</b><00:30:00.000>y\n"
    )
    first, second = cues_in(text)
    assert first.spans == (Span("A & B", color="#ff8800"), Span(" "), Span("漢", ruby="かん"), Span("\u200f"))
    assert (first.align, first.line, first.position, first.vertical) == ("start", 10, 30, "rl")
    assert (second.start_ms, second.spans, second.line) == (3_600_000, (Span("x", bold=True), Span("y")), 89.33)


def test_ass_keeps_styles_overrides_and_places_and_leaves_drawings_out() -> None:
    text = (
        "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, PrimaryColour, Bold, Italic, Underline, Alignment\n"
        "Style: Default,Arial,&H00FFFFFF,0,0,0,2\nStyle: Sign,Arial,&H000088FF,-1,0,0,7\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,One, {\\i1}two{\\i0}\\Nthree{\\p1}m 0 0 l 1 1{\\p0}\n"
        "Comment: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,never said\n"
        "Dialogue: 0,0:00:03.00,0:00:04.00,Sign,,0,0,0,,EXIT{\\an3\\c&H0000FF&\\b0}!\n"
    )
    first, second = cues_in(text)
    assert (first.start_ms, first.end_ms) == (1000, 2500)
    assert first.spans == (Span("One, "), Span("two", italic=True), Span("\nthree"))
    assert second.spans == (Span("EXIT", bold=True, color="#ff8800"), Span("!", color="#ff0000"))
    assert (second.align, second.line) == ("right", None)


def test_ttml_nests_times_inherits_styles_and_knows_frames_and_ticks() -> None:
    head = (
        '<styling><style xml:id="a" tts:fontStyle="italic"/><style xml:id="b" style="a b" tts:color="yellow"/></styling>'
        '<layout><region xml:id="top" tts:origin="5% 10%" tts:extent="90% 20%" tts:displayAlign="before"/></layout>'
    )
    body = (
        '<div begin="10s"><p region="top" style="b" begin="1s" dur="500ms">Hi\n   <span tts:fontStyle="normal">you'
        '</span><br/>there</p><p begin="00:00:02:12" end="75f">x</p></div>'
        '<div><p tts:direction="rtl"><span begin="1s" end="2s">1 </span><span begin="2s" end="4s">2</span></p></div>'
    )
    found = cues_in(tt(body, head, 'ttp:frameRate="25"'))
    assert [(c.start_ms, c.end_ms) for c in found] == [(11_000, 11_500), (12_480, 13_000), (1000, 2000), (2000, 4000)]
    look = Span("Hi ", italic=True, color="#ffff00")
    assert found[0].spans == (look, Span("you", color="#ffff00"), Span("\nthere", italic=True, color="#ffff00"))
    assert (found[0].line, found[0].position) == (10, None)
    assert found[2].text == "\u200f1"
    assert [
        c.start_ms for c in cues_in(tt('<div><p begin="30000000t" end="4s">x</p></div>', "", 'ttp:tickRate="10000000"'))
    ] == [3000]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><tt xmlns="http://www.w3.org/ns/ttml">&b;</tt>', "document type"),
        (tt("<div>" * 100 + "</div>" * 100), "nested deeper"),
        ("<?xml version='1.0'?><tt>", "not well-formed"),
        ("<?xml version='1.0'?><html/>", "not TTML"),
        (tt("<div smpte:backgroundImage='#i' xmlns:smpte='http://www.smpte-ra.org/schemas/2052-1/2010/smpte-tt'/>"), "pictures"),
        ("just words", "neither SRT, WebVTT, ASS nor TTML"),
    ],
)  # fmt: skip
def test_what_is_no_subtitles_is_refused_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(TextRefused, match=why):
        cues_in(text)


def test_styles_that_name_each_other_many_times_are_looked_up_once() -> None:
    chain = "".join(f'<style xml:id="s{n}" style="{f"s{n + 1} " * 50}"/>' for n in range(40))
    (found,) = ttml.read(tt('<div><p style="s0" begin="0s" end="1s">x</p></div>', f"<styling>{chain}</styling>"))
    assert found.text == "x"


def test_styles_are_known_after_those_they_name_however_long_the_chain_or_crossed() -> None:
    chain = "".join(f'<style xml:id="s{n}" style="s{n + 1}"/>' for n in range(3000))
    crossed = '<style xml:id="a" style="b c"/><style xml:id="c" style="b"/><style xml:id="b" tts:color="yellow"/>'
    end = '<style xml:id="s3000" tts:fontStyle="italic" style="s0"/>'
    body = '<div><p style="c s0" begin="0s" end="1s">x</p></div>'
    (found,) = cues_in(tt(body, f"<styling>{chain}{end}{crossed}</styling>"))
    assert found.spans == (Span("x", italic=True, color="#ffff00"),)


LONG = "9" * 5000
pieces = st.lists(
    st.sampled_from(
        (*"<>{}&#;:/-.,% \n\\²٣9", "-->", "00:00:01,000 --> 00:00:02,000", "WEBVTT", "NOTE", "STYLE", "::cue(.a) { color: red }",
         "<i>", "</i>", "<ruby>", "<rt>", "</ruby>", "<c.a>", "<font color='red'>", "&#", "&#x", LONG, "line:", "position:",
         "[Script Info]", "[V4 Styles]", "Format: Name,Bold,Alignment", "Style: a,²,²", "Dialogue: 0,0:00:01.00,0:00:02.00,a,,,,,,",
         "\\an", "\\b", "\\p", "\\r", "\\c&H", "<?xml ", "<tt>", "</tt>", "<body>", "<p begin='", "<!DOCTYPE", "1h", "25f", "'/>")
    )
    | st.text(max_size=3),
    max_size=20,
).map("".join)  # fmt: skip


@examples.of(150)
@given(pieces)
@example(f"WEBVTT\n\n{LONG}:00:00.000 --> 00:00:01.000 line:{LONG}\n&#{LONG};")
@example(f"WEBVTT\n\n00:00.000 --> 00:01.000 line:{LONG[:4000]} position:{LONG}%\nx")
@example("[V4 Styles]\nFormat: Name,Bold,Alignment\nStyle: a,²,²\nDialogue: 0,0:00:01.00,0:00:02.00,a,,0,0,0,,x")
@example(f"[Script Info]\nDialogue: 0,{LONG}:00:01.00,0:00:02.00,a,,0,0,0,,x")
@example(f"[Script Info]\nDialogue: 0,0:00:01.00,0:00:02.00,a,,0,0,0,,{{\\an{LONG}\\b{LONG}\\a{LONG}}}x")
@example(tt(f'<div><p begin="{LONG}s" end="1.{LONG}s">x</p><p begin="{LONG}:00:00" end="00:00:01.{LONG}">x</p></div>'))
@example(tt("", attributes=f'ttp:frameRate="{LONG}" ttp:frameRateMultiplier="² {LONG}"'))
def test_any_words_are_cues_or_are_refused(text: str) -> None:
    try:
        found = cleaned(cues_in(text), None).cues
    except TextRefused:
        return
    webvtt.write(found)
    imsc.write(found, "en")


@examples.of(100)
@given(
    st.binary(max_size=40) | st.text(max_size=20).map(str.encode),
    st.sampled_from(("", "idna", "punycode", "utf-7", "rot13", "hex", "base64", "unicode_escape", "shift_jis", "utf-16", "x"))
    | st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=12),
    st.sampled_from((None, "", "ja", "ru", "en-GB")),
)  # fmt: skip
@example(b"\xff.." + b"a" * 100, "idna", None)
def test_any_bytes_are_words_or_are_refused(data: bytes, codec: str, language: str | None) -> None:
    declared = f'<?xml version="1.0" encoding="{codec}"?>'.encode() if codec else b""
    try:
        decoded(declared + data, language)
    except TextRefused:
        return


def test_an_encoding_that_the_file_names_is_believed() -> None:
    words = '<?xml version="1.0" encoding="Shift_JIS"?><tt>字幕</tt>'
    assert decoded(words.encode("shift_jis"), "en") == words


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (srt("x" * 200_000), "more than 131072 characters"),
        (tt(f"<div><p>{'x' * 20_000}</p></div>"), "16384 characters without a tag"),
        (tt("", attributes="xmlns:a='" + "a" * 300 + "'"), "namespace of 300 characters"),
    ],
    ids=["line", "piece", "namespace"],
)
def test_what_is_larger_than_any_subtitles_is_refused_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(TextRefused, match=why):
        cues_in(text)


@pytest.mark.parametrize(
    ("words", "language", "codec"),
    [
        ("Größe und Weiß", "de", "cp1252"),
        ("字幕はここにあります", "ja", "cp932"),
        ("字幕はここにあります", "ja", "euc_jp"),
        ("Привет, как дела", "ru", "cp1251"),
        ("Привет, как дела", "ru", "koi8_u"),
        ("مرحبا بالعالم", "ar", "cp1256"),
        ("שלום עולם", "he", "cp1255"),
        ("안녕하세요", "ko-KR", "cp949"),
        ("สวัสดี", "th", "cp874"),
        ("字幕 ", "en", "utf-16"),
        ("Größe", None, "utf-16-le"),
        ("Größe", "de", "utf-8-sig"),
    ],
)
def test_old_encodings_are_told_by_the_language(words: str, language: str | None, codec: str) -> None:
    text = srt(words * 3).replace("\n", "\r\n")
    assert decoded(text.encode(codec), language) == srt(words * 3)


def test_bytes_in_the_encoding_of_another_language_are_refused() -> None:
    russian = srt("Привет, как дела").encode("cp1251")
    for language in ("en", None, "ja", "ko"):
        with pytest.raises(TextRefused, match="Save them as UTF-8"):
            decoded(russian, language)


def test_directions_are_kept_and_told() -> None:
    words = "\u200fשלום (abc) \u2066x\u2069 مرحبا"
    (found,) = cues_in(srt(words))
    assert found.text == words
    assert 'tts:direction="rtl"' in imsc.write([found], "he")
    assert "tts:direction" not in imsc.write([cue(HI)], "en")
    assert cues_in(srt("e\u0301\u0302 क्षि"))[0].text == "e\u0301\u0302 क्षि"


def test_cues_nobody_can_see_are_cleaned_away_with_a_note() -> None:
    other = Span("Other")
    given = [
        cue(HI, start_ms=4000, end_ms=9000),
        cue(HI, start_ms=-500, end_ms=500),
        cue(HI, start_ms=-900, end_ms=0),
        cue(HI, start_ms=5000, end_ms=6000),
        cue(HI, start_ms=3000, end_ms=2000),
        cue(start_ms=1000, end_ms=1500),
        *[cue(other, start_ms=1000, end_ms=3000)] * 2,
        cue(HI, start_ms=2000, end_ms=2500),
    ]
    found = cleaned(given, 5000)
    assert [(c.start_ms, c.end_ms) for c in found.cues] == [(0, 500), (1000, 3000), (2000, 2500), (4000, 5000)]
    assert found.notes == (
        "1 cue was left out, without words.",
        "2 cues were left out, outside the film.",
        "2 cues were cut to the film.",
        "1 cue was left out, ending before it begins.",
        "1 cue was left out, there twice.",
    )
    assert cleaned(found.cues, 5000).notes == ()


def test_a_format_is_told_by_what_stands_in_it() -> None:
    assert kind_of("WEBVTT\n\n00:00.000 --> 00:01.000\nHi") == "webvtt"
    assert kind_of("1\n00:00:00,000 --> 00:00:01,000\nHi") == "srt"
    assert kind_of("[Script Info]\nTitle: x") == "ass"
    assert kind_of(tt("")) == "ttml"
    assert kind_of("just words") is None
