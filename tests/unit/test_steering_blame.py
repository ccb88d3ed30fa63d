"""Who is left since clients blame it, for how long, and whose word counts for how much."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.blame import Sentence, are_enough, left, sentenced, share_of
from matinee.kernel.quantities import minutes, seconds
from tests.builders import NOON

EDGES = ("edge-1", "edge-2", "edge-3", "edge-4")
ORIGINS = ("origin-1", "origin-2")


def sentence(pathway: str, witnesses: int = 3) -> Sentence:
    return sentenced(pathway, None, witnesses, at=NOON)


def test_three_members_are_enough_at_a_small_edge_and_two_are_not() -> None:
    assert are_enough([1, 1, 1], serves=0)
    assert not are_enough([1, 1], serves=0)


def test_at_a_busy_edge_it_takes_a_tenth_of_those_it_serves_and_thirty_at_most() -> None:
    assert not are_enough([1] * 9, serves=100)
    assert are_enough([1] * 10, serves=100)
    assert are_enough([1] * 30, serves=1_000_000)


def test_two_edges_of_a_site_may_fail_together() -> None:
    assert are_enough([2, 2, 2], serves=0)


@given(st.integers(3, 20), st.integers(3, 8))
def test_who_blames_everybody_counts_little(edges_blamed: int, members: int) -> None:
    weight = members / edges_blamed
    assert are_enough([edges_blamed] * members, serves=0) == (weight >= 3)


@given(st.integers(1, 1_000), st.integers(0, 10**6))
def test_one_member_takes_no_edge_out_whatever_it_says(edges_blamed: int, serves: int) -> None:
    assert not are_enough([edges_blamed], serves=serves)


@given(st.lists(st.integers(1, 10), max_size=60), st.integers(0, 10_000), st.integers(1, 10))
def test_more_who_blame_it_never_make_an_edge_better(blamed: list[int], serves: int, one_more: int) -> None:
    if are_enough(blamed, serves=serves):
        assert are_enough([*blamed, one_more], serves=serves)


def test_it_is_left_for_a_minute_and_has_its_clients_back_by_and_by() -> None:
    found = sentence("edge-1")
    assert share_of(found, at=NOON) == 0.0
    assert share_of(found, at=NOON + seconds(59)) == 0.0
    shares = [share_of(found, at=NOON + seconds(60 + past)) for past in range(0, 70, 10)]
    assert shares[0] == 0.1
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_it_is_left_for_longer_each_time_until_it_did_well_for_a_while() -> None:
    first = sentence("edge-1")
    again = sentenced("edge-1", first, 3, at=first.until + seconds(5))
    assert again.until - again.since == minutes(2)
    assert again.times == 2
    later = sentenced("edge-1", again, 3, at=again.until + minutes(11))
    assert (later.times, later.until - later.since) == (1, minutes(1))


@given(st.integers(1, 40))
def test_however_often_it_is_left_it_is_tried_again_within_sixteen_minutes(times: int) -> None:
    found = sentence("edge-1")
    for _ in range(times):
        found = sentenced("edge-1", found, 3, at=found.until)
    assert found.until - found.since <= minutes(16)


def test_of_many_blamed_the_worst_half_is_left() -> None:
    blamed = [sentence(name, witnesses) for name, witnesses in zip(EDGES, (3, 9, 4, 5), strict=True)]
    assert left(blamed, edges=EDGES, origins=ORIGINS, at=NOON) == {"edge-2", "edge-4"}


@given(
    st.sets(st.sampled_from(EDGES)),
    st.sets(st.sampled_from(ORIGINS)),
    st.lists(st.tuples(st.sampled_from((*EDGES, *ORIGINS)), st.integers(3, 30)), unique_by=lambda pair: pair[0]),
)
def test_whoever_is_blamed_somebody_is_left_to_serve(
    edges: set[str], origins: set[str], blamed: list[tuple[str, int]]
) -> None:
    out = left([sentence(*each) for each in blamed], edges=edges, origins=origins, at=NOON)
    assert out <= {name for name, _ in blamed} & (edges | origins)
    if edges | origins:
        assert (edges | origins) - out


def test_the_only_edge_of_a_house_is_left_where_there_is_an_origin() -> None:
    assert left([sentence("edge-1")], edges=["edge-1"], origins=["origin-1"], at=NOON) == {"edge-1"}
    assert left([sentence("edge-1")], edges=["edge-1"], origins=[], at=NOON) == frozenset()
