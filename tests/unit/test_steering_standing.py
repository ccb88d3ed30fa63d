"""Who is sent viewers: from what an appliance said, and when it was heard."""

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.standing import (
    CLOCK_OFF_MAX,
    SILENCE_MAX,
    Heard,
    clock_fault,
    heard,
    is_well,
    share,
)
from matinee.kernel.quantities import seconds
from tests.builders import NOON, SECOND, make_report


def test_three_missed_reports_are_borne_and_not_a_moment_more() -> None:
    said = heard(make_report(), None, at=NOON)
    assert is_well(said, at=NOON + SILENCE_MAX)
    assert not is_well(said, at=NOON + SILENCE_MAX + SECOND)


def test_one_that_was_never_missed_has_its_whole_share() -> None:
    said = heard(make_report(), None, at=NOON)
    for second in range(1, 30):
        said = heard(make_report(), said, at=NOON + seconds(second))
        assert share(said, at=NOON + seconds(second)) == 1.0


def test_one_that_comes_back_has_a_tenth_and_then_more_each_second() -> None:
    for again in (make_report(), replace(make_report(), boot_id="boot-2")):
        silent = seconds(60) if again.boot_id == "boot-1" else seconds(1)
        back = NOON + silent
        said = heard(again, heard(make_report(), None, at=NOON), at=back)
        assert share(said, at=back) == 0.1
        shares = [share(said, at=back + seconds(second)) for second in range(70)]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        assert heard(again, said, at=back + seconds(1)).back_at == back


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_load_is_less_than_none_or_more_than_all(load: float) -> None:
    said = heard(make_report(load=load), None, at=NOON)
    assert 0.0 <= said.report.load <= 1.0
    if math.isnan(load):
        assert said.report.load == 1.0


def test_the_time_of_a_report_is_when_it_was_heard() -> None:
    said = heard(make_report(at=NOON - seconds(9_000)), None, at=NOON)
    assert said == Heard(make_report(at=NOON), clock_off_s=-9_000)
    assert "9,000 s behind" in clock_fault(said)


@given(st.floats(-100_000, 100_000))
def test_a_clock_may_be_off_by_minutes_and_no_more(off_s: float) -> None:
    said = heard(make_report(at=NOON + seconds(off_s)), None, at=NOON)
    assert bool(clock_fault(said)) == (abs(said.clock_off_s) > CLOCK_OFF_MAX.total_seconds())
    assert not clock_fault(heard(make_report(at=NOON), said, at=NOON))
