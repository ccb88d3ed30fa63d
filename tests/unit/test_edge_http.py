"""Reading requests for files: what is a range, what is a head, what is neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.media_server.http1 import Malformed, Part, Unsatisfiable, parse_request, part_of, tag_matches


@given(st.integers(0, 1000), st.integers(0, 1200), st.integers(0, 1200))
def test_a_range_from_a_to_b_is_what_a_slice_is(size: int, first: int, last: int) -> None:
    data = bytes(at % 256 for at in range(size))
    try:
        part = part_of(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert first >= size
        return
    if part is None:
        assert last < first
    else:
        assert data[part.start : part.start + part.length] == data[first : last + 1]
        assert part.length > 0


@given(st.integers(0, 1000), st.integers(0, 1200))
def test_a_suffix_is_the_end_of_the_file(size: int, count: int) -> None:
    try:
        part = part_of(f"bytes=-{count}", size)
    except Unsatisfiable:
        assert size == 0 or count == 0
        return
    assert part == Part(size - min(size, count), min(size, count))


@given(st.text(max_size=40), st.integers(0, 1000))
def test_whatever_a_range_says_it_stays_within_the_file(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        try:
            part = part_of(text, size)
        except Unsatisfiable:
            continue
        assert part is None or (0 <= part.start < size and 0 < part.length <= size - part.start)


def test_several_ranges_are_answered_with_the_whole_file() -> None:
    assert part_of("bytes=0-1,5-6", 100) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_are_refused(raw: bytes) -> None:
    try:
        request = parse_request(raw)
    except Malformed:
        return
    assert request.path.startswith("/")
    assert request.path.isascii()
    assert "?" not in request.path


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [("1.1", "", True), ("1.1", "Close", False), ("1.0", "", False), ("1.0", "Keep-Alive", True)],
)
def test_connections_are_kept_as_the_version_says(version: str, connection: str, kept: bool) -> None:
    raw = f"GET /a?b=c HTTP/{version}\r\nHost: edge\r\nConnection: {connection}".encode()
    assert (parse_request(raw).keep_alive, parse_request(raw).path) == (kept, "/a")


def test_tags_compare_weakly_for_copies_and_strongly_for_parts() -> None:
    assert tag_matches('W/"a", "b"', '"a"', weak=True)
    assert not tag_matches('W/"a"', '"a"', weak=False)
    assert tag_matches('"a"', '"a"', weak=False)
    assert not tag_matches("*", '"a"', weak=False)
