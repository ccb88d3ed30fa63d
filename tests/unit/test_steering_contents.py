"""What an appliance holds, whether its report names it or leaves it out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.api import ContentsUnknown
from matinee.control.steering.model.contents import completed
from matinee.kernel.errors import InvalidInput
from matinee.wire.health import HealthReport, contents_digest
from tests.builders import make_report

names = st.lists(st.text(max_size=4), unique=True, max_size=6)


def full(*releases: str) -> HealthReport:
    return replace(make_report(releases=releases), digest=contents_digest(releases))


def short(*releases: str) -> HealthReport:
    return replace(full(*releases), releases=(), releases_told=False)


def test_what_a_report_leaves_out_is_what_was_last_said() -> None:
    assert completed(short("a", "b"), full("a", "b")) == full("a", "b")
    assert completed(short(), full()) == full()


@pytest.mark.parametrize("before", [None, full("a"), make_report(releases=("a", "b"))])
def test_where_that_is_not_known_all_is_asked_for(before: HealthReport | None) -> None:
    with pytest.raises(ContentsUnknown, match="all releases"):
        completed(short("a", "b"), before)
    with pytest.raises(ContentsUnknown):
        completed(replace(short("a", "b"), digest=""), before)


def test_a_report_that_names_other_releases_than_its_digest_is_refused_whatever_was_known() -> None:
    lying = replace(full("a", "b"), releases=("a", "c"))
    for before in (None, full("a", "b"), full("a", "c")):
        with pytest.raises(InvalidInput, match="its digest is not theirs"):
            completed(lying, before)
    with pytest.raises(ContentsUnknown):
        completed(replace(lying, releases_told=False), full("a", "b"))


def test_agents_that_were_never_told_of_digests_are_believed_as_ever() -> None:
    assert completed(make_report(releases=("a",)), full("b")) == make_report(releases=("a",))


@given(names, names)
def test_contents_have_the_same_digest_only_where_they_are_the_same(one: list[str], other: list[str]) -> None:
    assert (contents_digest(one) == contents_digest(other)) == (set(one) == set(other))
    assert contents_digest(one) == contents_digest(reversed(one))
