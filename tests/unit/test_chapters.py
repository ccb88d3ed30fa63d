"""Chapter points where a maker named none."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from matinee.studio.encoding.api import Course, Inspection, Outline, Raster, Stretch
from matinee.studio.encoding.model.chapters import chapters_of
from matinee.studio.encoding.model.outline import outline_of

HOUR = 3600.0


def starts(outline: Outline, end_s: float | None = None) -> list[float]:
    return [marker.start_ms / 1000 for marker in chapters_of(outline, end_s)]


def test_points_lie_where_the_film_pauses_and_else_on_cuts() -> None:
    cuts = tuple(float(at) for at in range(7, 3600, 10))
    assert starts(Outline(HOUR, edges_s=cuts)) == [0, 597, 1197, 1797, 2397, 2997]
    assert starts(Outline(HOUR, edges_s=cuts, pauses_s=(700.0, 1500.0)))[:4] == [0, 700, 1197, 1797]


def test_a_short_film_and_one_that_never_cuts_have_none() -> None:
    assert starts(Outline(1100.0, edges_s=(500.0,))) == []
    assert starts(Outline(HOUR)) == []


def test_none_lies_in_the_credits() -> None:
    cuts = tuple(float(at) for at in range(3600))
    assert max(starts(Outline(HOUR, edges_s=cuts), 3000.0)) < 3000
    assert chapters_of(Outline(HOUR, edges_s=cuts), 3000.0)[-1].end_ms == 3_000_000


@given(st.floats(60, 20_000), st.lists(st.floats(0, 20_000), max_size=60), st.lists(st.floats(0, 20_000), max_size=20))
def test_chapters_follow_one_another_and_are_about_ten_minutes(
    duration_s: float, cuts: list[float], pauses: list[float]
) -> None:
    found = chapters_of(Outline(duration_s, edges_s=tuple(cuts), pauses_s=tuple(pauses)))
    assert all(one.end_ms == other.start_ms for one, other in pairwise(found))
    assert all(marker.end_ms - marker.start_ms >= 0.3 * 600_000 * 0.8 for marker in found)
    if found:
        assert (found[0].start_ms, found[-1].end_ms) == (0, round(duration_s * 1000))


def test_an_outline_knows_pauses_from_cuts() -> None:
    stretches = (Stretch("black", 600, 602), Stretch("silence", 1200, 1203), Stretch("lettering", 10, 20))
    inspection = Inspection(Raster(64, 36, (25, 1)), 90_000, (), (), stretches, (), course=Course(cuts_s=(5.0,)))
    outline = outline_of(inspection, b"")
    assert outline.pauses_s == (602, 1203)
    assert set(outline.edges_s) == {5.0, 10, 20, 600, 602, 1200, 1203}
