"""Counts in shared memory are the same counts."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.media_server.core_counts import REASONS, SharedBoard
from matinee.engines.media_server.counters import Counting, Counts, exposition, total

VECTORS = Path(__file__).parents[2] / "vectors" / "tickets.json"
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.one_of(
            st.sampled_from(REASONS), st.sampled_from((200, 206, 304, 403, 404, 431, 500, 503)), st.just("bytes")
        ),
    ),
    max_size=60,
)


def count(counts: Counting, what: str | int) -> None:
    if isinstance(what, int):
        counts.answered(what)
    elif what == "bytes":
        counts.bytes += 5_000_000_000
        counts.connections += 1
    else:
        counts.not_admitted(what)


@given(EVENTS)
def test_they_sum_up_and_are_told_as_counts_in_a_process_s_own_memory_are(events: list[tuple[int, str | int]]) -> None:
    board, own = SharedBoard.made(workers=2), [Counts(), Counts(), Counts()]
    for row, what in events:
        count(board.rows[row], what)
        count(own[row], what)
    assert total(board.rows) == total(own)
    assert exposition(board.rows) == exposition(own)
    board.close()


def test_another_process_s_board_shows_the_same_numbers() -> None:
    board = SharedBoard.made(workers=4)
    other = SharedBoard(board.handle)
    board.rows[3].answered(503)
    other.rows[4].bytes += 7
    assert len(other.rows) == 5
    assert (other.rows[3].errors, board.rows[4].bytes) == (1, 7)
    board.close()


def test_a_reason_that_is_not_known_is_counted_as_another() -> None:
    board = SharedBoard.made(workers=1)
    board.rows[0].not_admitted("a new one")
    assert board.rows[0].by_reason == {"other": 1}
    board.close()


def test_every_reason_of_the_ticket_vectors_has_its_place() -> None:
    cases = json.loads(VECTORS.read_text())["cases"]
    refused = {case["refused"] for case in cases if "refused" in case}
    assert refused
    assert refused <= set(REASONS)
