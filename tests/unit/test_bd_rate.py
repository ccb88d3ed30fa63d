"""How two sets of encodes are compared."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.bench.bd import bd_rate
from matinee.kernel.errors import InvalidInput

LADDER = [(300.0, 60.0), (700.0, 75.0), (1500.0, 85.0), (3000.0, 92.0), (6000.0, 96.0)]


@given(st.floats(0.2, 5))
def test_the_same_curve_at_another_price_differs_by_that_price(factor: float) -> None:
    assert bd_rate(LADDER, [(rate * factor, quality) for rate, quality in LADDER]) == pytest.approx((factor - 1) * 100)


def test_other_points_of_the_same_curve_differ_by_nothing() -> None:
    def points(*rates: float) -> list[tuple[float, float]]:
        return [(rate, 10 * math.log(rate)) for rate in rates]

    assert bd_rate(points(300, 800, 2000, 5000), points(400, 1100, 3000, 4500)) == pytest.approx(0, abs=1e-6)


def test_a_dearer_encode_that_is_worse_is_no_part_of_the_curve() -> None:
    assert bd_rate(LADDER, [*LADDER, (8000.0, 80.0)]) == pytest.approx(0)


def test_the_other_way_round_is_the_inverse() -> None:
    cheaper = [(rate * 0.8, quality + 0.5) for rate, quality in LADDER]
    there, back = bd_rate(LADDER, cheaper), bd_rate(cheaper, LADDER)
    assert (1 + there / 100) * (1 + back / 100) == pytest.approx(1)


def test_what_reaches_no_quality_in_common_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no quality in common"):
        bd_rate(LADDER, [(100.0, 20.0), (200.0, 40.0)])
    with pytest.raises(InvalidInput, match="at least two"):
        bd_rate(LADDER, [(100.0, 70.0)])
