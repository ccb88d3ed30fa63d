"""Rights as tags: what search filters by says what the policy says, at every second."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.catalog.api import EVERYWHERE, Rights, Viewer, Window
from matinee.control.catalog.model.opening_tags import viewer_tags, window_tags
from matinee.control.catalog.model.visibility import judge
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant
from tests.strategies import few

_BASE = datetime(2026, 3, 1, tzinfo=UTC)
_moments = st.integers(-400_000_000, 400_000_000).map(lambda s: Instant.fromtimestamp(_BASE.timestamp() + s, UTC))
_windows = st.builds(
    Window,
    st.sampled_from([EVERYWHERE, "DE", "US"]),
    st.none() | _moments,
    st.none() | _moments,
    st.integers(0, 2),
)
_viewers = st.builds(Viewer, st.sampled_from(["DE", "US", "FR"]), st.just(18), st.integers(0, 2))


@few
@given(st.lists(_windows, max_size=4), _viewers, st.data())
def test_a_tag_in_common_is_the_policy(windows: list[Window], viewer: Viewer, data: st.DataObject) -> None:
    edges = [edge for window in windows for edge in (window.start, window.end) if edge is not None]
    near = [edge + timedelta(seconds=off) for edge in edges for off in (-1, 0, 1)]
    at = data.draw(st.sampled_from(near) | _moments if near else _moments)
    rights = Rights(TitleId("t"), "available", 0, tuple(windows))
    has_one = not set(window_tags(windows)).isdisjoint(viewer_tags(viewer, at=at))
    assert has_one is judge(viewer, rights, at=at).visible


@few
@given(_windows, _viewers, _moments, st.integers(1, 999_999))
def test_within_a_second_nothing_that_is_open_is_missed(
    window: Window, viewer: Viewer, at: Instant, micros: int
) -> None:
    moment = at + timedelta(microseconds=micros)
    if judge(viewer, Rights(TitleId("t"), "available", 0, (window,)), at=moment).visible:
        assert not set(window_tags([window])).isdisjoint(viewer_tags(viewer, at=moment))


def test_a_window_of_years_is_a_few_dozen_tags() -> None:
    window = Window("DE", datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2031, 11, 30, 22, tzinfo=UTC))
    assert len(window_tags([window])) < 40
