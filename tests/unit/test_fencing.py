"""Who is fenced, and what an operator may order."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.api import PurgeOrder
from matinee.control.steering.model.fencing import FENCED_AFTER, Ordered, believed, fenced_by, next_after
from matinee.control.steering.model.ordering import check
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import ApplianceId, ReleaseId, TitleId
from matinee.kernel.quantities import Span, seconds

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = NOON + FENCED_AFTER + seconds(0.001)


def test_an_appliance_has_half_a_minute() -> None:
    ordered = [Ordered(17, NOON)]
    assert fenced_by(ordered, 16, at=NOON + FENCED_AFTER) is None
    assert fenced_by(ordered, 16, at=LATER) == 17
    assert fenced_by(ordered, 17, at=LATER) is None
    assert fenced_by([], 0, at=LATER) is None


def test_the_first_that_is_overdue_is_named() -> None:
    ordered = [Ordered(1, NOON), Ordered(2, NOON), Ordered(3, LATER)]
    assert fenced_by(ordered, 1, at=LATER) == 2
    assert fenced_by(ordered, 2, at=LATER) is None


def test_who_acknowledges_everything_that_will_ever_be_is_not_believed() -> None:
    assert fenced_by([Ordered(17, NOON)], 1 << 53, at=LATER) == 17


def test_after_a_restore_no_number_is_given_that_an_appliance_has_seen() -> None:
    ordered = [Ordered(15, NOON)]
    assert next_after(ordered, [15, 17, 3]) == 18
    assert next_after(ordered, [1 << 53]) == 16
    assert next_after([], []) == 1


stones = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 90)), unique_by=lambda each: each[0], max_size=12).map(
    lambda found: [Ordered(number, NOON + Span(seconds=s)) for number, s in sorted(found)]
)


@given(stones, st.integers(0, 60), st.integers(0, 200))
def test_fenced_is_exactly_who_has_not_done_in_time_what_was_ordered(
    ordered: list[Ordered], done: int, now_s: int
) -> None:
    at = NOON + Span(seconds=now_s)
    overdue = [each.sequence for each in ordered if each.sequence > done and at - each.at > FENCED_AFTER]
    assert fenced_by(ordered, done, at=at) == (overdue[0] if overdue else None)


@given(stones, st.integers(0, 60), st.integers(0, 60), st.integers(0, 200))
def test_doing_more_never_fences(ordered: list[Ordered], done: int, more: int, now_s: int) -> None:
    at = NOON + Span(seconds=now_s)
    if fenced_by(ordered, done, at=at) is None:
        assert fenced_by(ordered, done + more, at=at) is None


@given(stones, st.lists(st.integers(0, 1 << 53), max_size=5))
def test_the_next_number_is_new_to_everybody_who_is_believed(ordered: list[Ordered], acknowledged: list[int]) -> None:
    number = next_after(ordered, acknowledged)
    assert all(number > each.sequence for each in ordered)
    assert all(number > believed(ordered, each) for each in acknowledged)


TITLE, RELEASE = TitleId("t"), ReleaseId("r")


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (PurgeOrder("", "op", TITLE), "Say why"),
        (PurgeOrder("  ", "op", TITLE), "Say why"),
        (PurgeOrder("x" * 501, "op", TITLE), "Say why"),
        (PurgeOrder("x", "op"), "Name a title"),
        (PurgeOrder("x", "op", TITLE, RELEASE), "Name a title"),
        (PurgeOrder("x", "op", TITLE, path="hd/v1/0.m4s"), "of a release"),
        (PurgeOrder("x", "op", None, RELEASE, "release.json"), "all of it"),
        (PurgeOrder("x", "op", None, RELEASE, "../../../etc/passwd"), "tier/track/file"),
        (PurgeOrder("x", "op", None, RELEASE, "hd/../0.m4s"), "tier/track/file"),
        (PurgeOrder("x", "op", None, RELEASE, "/hd/v1/0.m4s"), "tier/track/file"),
        (PurgeOrder("x", "op", None, RELEASE, "hd/v1/0.m4s\n"), "tier/track/file"),
        (PurgeOrder("x", "op", None, RELEASE, refetch=True), "single file"),
        (PurgeOrder("x", "op", None, RELEASE, "hd/v1/0.m4s", appliance_id=ApplianceId("a")), "everywhere"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused_with_what_is_wrong(order: PurgeOrder, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        check(order)


def test_what_can_be_ordered() -> None:
    check(PurgeOrder("x", "op", TITLE))
    check(PurgeOrder("x", "op", None, RELEASE))
    check(PurgeOrder("x", "op", None, RELEASE, "hd/v1/0.m4s"))
    check(PurgeOrder("x", "op", None, RELEASE, "hd/v1/0.m4s", refetch=True, appliance_id=ApplianceId("a")))
