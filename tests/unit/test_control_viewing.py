"""Resume points: not from the first glance, not into the credits."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.viewing.api import Watched
from matinee.control.viewing.model.resume import REWIND_MS, is_begun, is_finished, resume_at
from matinee.kernel.ids import TitleId
from tests.builders import NOON, an_id

durations = st.integers(0, 10_000_000)
positions = st.integers(-1000, 12_000_000)


@given(positions, durations)
def test_a_resume_point_lies_inside_the_film_and_a_little_before_where_it_stopped(position: int, duration: int) -> None:
    at = resume_at(position, duration)
    assert at == 0 or at == position - REWIND_MS
    assert at >= 0
    assert duration == 0 or at < duration


@given(positions, durations)
def test_what_is_finished_or_not_begun_starts_over(position: int, duration: int) -> None:
    if is_finished(position, duration) or not is_begun(position, duration):
        assert resume_at(position, duration) == 0


@given(durations, positions, positions)
def test_watching_on_never_undoes_a_beginning_or_an_end(duration: int, one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    assert is_begun(later, duration) or not is_begun(earlier, duration)
    assert is_finished(later, duration) or not is_finished(earlier, duration)


def test_a_look_is_not_a_viewing_and_credits_are_the_end() -> None:
    hour = 3_600_000
    assert [resume_at(p, hour) for p in (4_999, 5_000, 1_800_000)] == [0, 3_000, 1_798_000]
    assert [resume_at(p, hour) for p in (int(0.95 * hour) - 1, int(0.95 * hour))] == [int(0.95 * hour) - 2001, 0]


def test_short_films_begin_sooner() -> None:
    assert is_begun(1_500, 30_000)
    assert not is_begun(1_499, 30_000)


@given(positions, durations)
def test_progress_is_a_share(position: int, duration: int) -> None:
    assert 0.0 <= Watched(TitleId(an_id(1)), position, duration, NOON).progress <= 1.0
