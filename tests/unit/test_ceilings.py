"""Chunks are encoded apart and joined: what each may spend, the joined stream may have spent too."""

from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from matinee.studio.encoding.model.ceilings import BUFFER_S, ceiling_of

RATE = 25
BEGINS_FULL = 0.9
ALONE = (4000, 8000)


def greedy(kbps: float, buffer_kbits: float, wishes: Sequence[float]) -> Iterator[float]:
    """The bits of each frame of an encoder that takes what it wishes, as far as its buffer has it."""
    held = BEGINS_FULL * buffer_kbits
    for wish in wishes:
        spent = min(held, wish * buffer_kbits)
        yield spent
        held = min(buffer_kbits, held - spent + kbps / RATE)


def underflow(frames: Sequence[float], kbps: float, buffer_kbits: float) -> float:
    """By how much a player's buffer was too empty at worst, whenever it began to play."""
    held, worst = buffer_kbits, 0.0
    for spent in frames:
        held -= spent
        worst = min(worst, held)
        held = min(buffer_kbits, held + kbps / RATE)
    return -worst


@given(st.lists(st.lists(st.floats(0, 1), min_size=RATE, max_size=RATE * 14), min_size=1, max_size=8))
def test_what_chunks_spend_together_is_within_the_ceiling(film: list[list[float]]) -> None:
    kbps_max, spent = 4000, list[float]()
    for wishes in film:
        kbps, buffer_kbits = ceiling_of(kbps_max, len(wishes) / RATE, is_alone=len(film) == 1)
        spent += greedy(kbps, buffer_kbits, wishes)
    # A frame's worth of slack: bits come between frames.
    assert underflow(spent, kbps_max, kbps_max * BUFFER_S) <= kbps_max / RATE


def test_a_chunk_alone_has_the_whole_and_a_long_one_most_of_it() -> None:
    assert ceiling_of(4000, 5.0, is_alone=True) == ALONE
    kbps, buffer_kbits = ceiling_of(4000, 12.0, is_alone=False)
    assert kbps >= 0.92 * ALONE[0]
    assert buffer_kbits >= 0.5 * ALONE[1]


def test_chunks_that_each_had_the_whole_would_spend_more_together() -> None:
    always = [list(greedy(*ALONE, [1.0] * RATE)) for _ in range(4)]
    assert underflow([bits for chunk in always for bits in chunk], *ALONE) > ALONE[0]
