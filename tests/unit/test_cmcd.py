"""What players say of themselves: what is meant is heard, and whatever else comes is no trouble."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matinee.wire.accounts import Said
from matinee.wire.cmcd import NOTHING, merged, said_in, said_in_argument, said_with

numbers = st.none() | st.integers(0, 999_999_999)
contents = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=64)
words = st.builds(Said, numbers, numbers, numbers, st.integers(0, 9), contents.filter(str.isprintable))


def spelled(said: Said) -> str:
    """As a player would say it that follows the standard."""
    items = [f"{key}={value}" for key, value in numbers_of(said).items() if value is not None]
    if said.starved:
        items.append("bs")
    if said.content:
        escaped = said.content.replace("\\", "\\\\").replace('"', '\\"')
        items.append(f'cid="{escaped}"')
    return ",".join(sorted(items))


def numbers_of(said: Said) -> dict[str, int | None]:
    return {"mtp": said.throughput_kbps, "br": said.bitrate_kbps, "bl": said.buffer_ms}


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("", NOTHING),
        ('bl=21300,br=3200,bs,cid="faec5fc2-ac30-11ea-bb37-0242ac130002",d=4004,mtp=25400,ot=v,sf=d,sid="6e2f",st=v',
         Said(25400, 3200, 21300, 1, "faec5fc2-ac30-11ea-bb37-0242ac130002")),
        ("mtp=100,mtp=200", Said(200)),
        ("br=3200.7 , bl = 0", Said(bitrate_kbps=3200, buffer_ms=0)),
        ("bs=true", Said(starved=1)),
        ("bs=false", NOTHING),
        ("br=(1;v 2;a),bl=-1,mtp=1e3", NOTHING),
        ("mtp=9999999999999999999999,br=800", Said(bitrate_kbps=800)),
        ("mtp=٣٠٠", NOTHING),
        ('cid="a,b=\\"c\\",mtp=1",br=5', Said(bitrate_kbps=5, content='a,b="c",mtp=1')),
        ('cid="never ends,br=5', NOTHING),
        ("cid=plain", Said(content="plain")),
        (f'cid="{"x" * 65}",br=5', Said(bitrate_kbps=5)),
        ('cid="two\nlines",br=5', Said(bitrate_kbps=5)),
        (",,=,==,=5,\x00,br=5,,", Said(bitrate_kbps=5)),
    ],
)  # fmt: skip
def test_what_is_meant_is_heard_and_what_is_not_is_left_out(text: str, heard: Said) -> None:
    assert said_in(text) == heard


def test_the_query_is_heard_before_the_headers_and_among_other_arguments() -> None:
    headers = {"cmcd-request": "mtp=900", "cmcd-status": "bs", "range": "bytes=0-"}
    assert said_with("a=1&CMCD=mtp%3D500%2Cbs&b", headers) == Said(500, starved=1)
    assert said_with("a=1&XCMCD=mtp%3D500", headers) == Said(900, starved=1)
    assert said_with("", {"range": "bytes=0-"}) is NOTHING


@given(words)
def test_who_follows_the_standard_is_heard_whole(said: Said) -> None:
    heard = Said(said.throughput_kbps, said.bitrate_kbps, said.buffer_ms, min(1, said.starved), said.content)
    assert said_in(spelled(said)) == heard
    assert said_in_argument(quote(spelled(said), safe="")) == heard


@given(st.text(max_size=5000))
@example('"' * 3000)
@example('"\\' * 1500)
@example("%" * 3000)
def test_whatever_comes_is_answered_within_bounds(text: str) -> None:
    for said in (said_in(text), said_in_argument(text), said_with(f"CMCD={text}", {"cmcd-object": text})):
        assert all(0 <= each < 10**9 for each in numbers_of(said).values() if each is not None)
        assert said.starved in (0, 1)
        assert len(said.content) <= 64


@given(words, st.text(st.characters(exclude_characters=',"'), max_size=30))
def test_a_word_that_means_nothing_hides_no_other(said: Said, garbage: str) -> None:
    if garbage.partition("=")[0].strip() not in ("mtp", "br", "bl", "bs", "cid"):
        assert said_in(f"{garbage},{spelled(said)}") == said_in(spelled(said))


@given(words, words, words)
def test_words_are_gathered_alike_whatever_is_gathered_first(one: Said, two: Said, three: Said) -> None:
    assert merged(merged(one, two), three) == merged(one, merged(two, three))
    assert merged(one, NOTHING) == one
    assert merged(NOTHING, one) == one


def test_of_two_words_the_last_throughput_the_highest_bitrate_and_the_least_buffer_are_kept() -> None:
    assert merged(Said(900, 3000, 400, 1, "a"), Said(500, 1000, 9000, 2)) == Said(500, 3000, 400, 3, "a")


@given(st.text(st.sampled_from('%2Cc3Dd5" ,=abrmtpl1é\\'), max_size=60))
def test_the_short_way_to_decode_comes_to_the_same(text: str) -> None:
    assert said_in_argument(text) == said_in(unquote(text, errors="replace"))
