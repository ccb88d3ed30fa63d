"""Ranking: who is healthy and holds it, near before far, and nobody else."""

from hypothesis import given

from matinee.control.steering.model.ranking import LOAD_MAX, SILENCE_MAX, is_healthy, rank
from matinee.wire.health import HealthReport
from tests.builders import NOON, SECOND, make_report
from tests.strategies import few, reports

RELEASE = "release-1"


@few
@given(reports(RELEASE))
def test_only_healthy_holders_are_ranked_each_once(fleet: list[HealthReport]) -> None:
    ranked = rank(fleet, RELEASE, at=NOON)
    able = [r for r in fleet if NOON - r.at <= SILENCE_MAX and (r.kind == "origin" or RELEASE in r.releases)]
    assert sorted(map(id, ranked)) == sorted(map(id, able))


@few
@given(reports(RELEASE))
def test_the_overloaded_come_last_and_the_origin_after_its_equals(fleet: list[HealthReport]) -> None:
    ranked = rank(fleet, RELEASE, at=NOON)
    busy = [r.load >= LOAD_MAX for r in ranked]
    assert busy == sorted(busy)
    for overloaded in (False, True):
        kinds = [r.kind for r in ranked if (r.load >= LOAD_MAX) is overloaded]
        assert kinds == sorted(kinds, key=("flash", "storage", "origin").index)


@few
@given(reports(RELEASE))
def test_the_order_does_not_depend_on_who_reported_first(fleet: list[HealthReport]) -> None:
    assert rank(fleet, RELEASE, at=NOON) == rank(fleet[::-1], RELEASE, at=NOON)


def test_five_seconds_of_silence_are_borne_and_not_a_moment_more() -> None:
    assert is_healthy(make_report(at=NOON - SILENCE_MAX), at=NOON)
    assert not is_healthy(make_report(at=NOON - SILENCE_MAX - SECOND), at=NOON)
