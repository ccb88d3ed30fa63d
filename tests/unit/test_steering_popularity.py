"""What a site will be asked for: its own counts, its region's, and what was said of a launch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.popularity import (
    Numbers,
    Seen,
    Shelf,
    as_rows,
    forecast,
    from_rows,
    nothing_seen,
    observe,
    shelf_of,
)

TITLES = 4
ONE_FILE_EACH = Shelf(np.arange(TITLES), np.zeros(TITLES, dtype=np.int64))
NO_LAUNCH = np.zeros(TITLES)
ON_AIR = np.ones(TITLES, dtype=np.bool_)


def after(days: int, own: list[float], region: list[float], seen: Seen | None = None) -> Seen:
    seen = seen or nothing_seen(len(own))
    on_air = np.ones(len(own), dtype=np.bool_)
    for _ in range(days):
        seen = observe(seen, own=np.array(own), region=np.array(region), on_air=on_air)
    return seen


def test_a_site_that_is_like_its_region_is_forecast_its_share_of_it() -> None:
    seen = after(60, own=[40, 30, 20, 10], region=[4000, 3000, 2000, 1000])
    assert forecast(seen, ONE_FILE_EACH, NO_LAUNCH) == pytest.approx([40, 30, 20, 10], rel=1e-6)


def test_a_small_site_leans_on_its_region_and_a_large_one_on_itself() -> None:
    # Both play the first title twice as often as their region does.
    region = [1000.0, 1000, 1000, 1000]
    small = forecast(after(3, [0.2, 0.1, 0.1, 0.1], region), ONE_FILE_EACH, NO_LAUNCH)
    large = forecast(after(3, [200, 100, 100, 100], region), ONE_FILE_EACH, NO_LAUNCH)
    assert small[0] / small[1] < 1.1
    assert large[0] / large[1] > 1.8


def test_a_site_without_a_region_is_forecast_what_it_sees() -> None:
    seen = after(30, own=[8, 4, 2, 1], region=[8, 4, 2, 1])
    assert forecast(seen, ONE_FILE_EACH, NO_LAUNCH) == pytest.approx([8, 4, 2, 1], rel=1e-6)


def test_a_title_nobody_has_played_yet_is_forecast_what_was_said_of_its_launch() -> None:
    on_air = np.array([True, True, True, False])
    seen = nothing_seen(TITLES)
    for _ in range(30):
        seen = observe(seen, own=np.array([4.0, 3, 3, 0]), region=np.array([400.0, 300, 300, 0]), on_air=on_air)
    launches = np.array([0.0, 0, 0, 5000])
    assert forecast(seen, ONE_FILE_EACH, launches)[3] == pytest.approx(50)


def test_counts_soon_outweigh_what_was_said_of_a_launch() -> None:
    seen = nothing_seen(TITLES)
    quiet = np.array([True, True, True, False])
    for _ in range(30):
        seen = observe(seen, own=np.array([4.0, 3, 3, 0]), region=np.array([400.0, 300, 300, 0]), on_air=quiet)
    launches = np.array([0.0, 0, 0, 5000])
    errors = []
    for _ in range(4):
        seen = observe(seen, own=np.array([4.0, 3, 3, 10]), region=np.array([400.0, 300, 300, 1000]), on_air=ON_AIR)
        errors.append(abs(forecast(seen, ONE_FILE_EACH, launches)[3] - 10))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 5


def test_a_file_without_history_gets_the_usual_part_of_its_title() -> None:
    shelf = Shelf(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    # The first title is played three times in its first rendition for once in its second; the second has just appeared.
    seen = after(60, own=[30, 10, 0, 0], region=[3000, 1000, 0, 0])
    expected = forecast(seen, shelf, np.array([0.0, 4000]))
    assert expected[2] / expected[3] == pytest.approx(3, rel=0.05)


def test_a_site_whose_lines_are_slow_is_forecast_small_renditions_of_every_title() -> None:
    shelf = Shelf(np.repeat(np.arange(50), 2), np.tile([0, 1], 50))
    region = np.tile([1000.0, 1000.0], 50)
    seen = nothing_seen(100)
    own = np.tile([15.0, 5.0], 50)
    own[:2] = 0
    for _ in range(10):
        seen = observe(seen, own=own, region=region, on_air=np.ones(100, dtype=np.bool_))
    unseen = forecast(seen, shelf, np.zeros(50))[:2]
    assert unseen[0] > 1.5 * unseen[1]


def test_what_is_remembered_is_the_same_after_it_was_stored() -> None:
    seen = after(3, own=[4, 3, 2, 1], region=[40, 30, 20, 10])
    again = from_rows(as_rows(seen))
    assert as_rows(again) == as_rows(seen)
    assert forecast(again, ONE_FILE_EACH, NO_LAUNCH).tolist() == forecast(seen, ONE_FILE_EACH, NO_LAUNCH).tolist()
    assert as_rows(from_rows([])) == []


def test_a_shelf_is_made_from_names() -> None:
    shelf, titles = shelf_of([("dune", "h264"), ("alien", "h264"), ("dune", "av1")])
    assert (shelf.title.tolist(), shelf.kind.tolist(), titles) == ([0, 1, 0], [0, 0, 1], ["dune", "alien"])


counts = st.lists(st.floats(0, 1e6), min_size=6, max_size=6).map(np.array)


@given(own=st.lists(counts, min_size=1, max_size=4), region=counts, launches=counts, seed=st.integers(0, 99))
def test_a_forecast_is_finite_and_never_negative(
    own: list[Numbers], region: Numbers, launches: Numbers, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    shelf = Shelf(chance.integers(0, 6, 6), chance.integers(0, 3, 6))
    seen = nothing_seen(6)
    for day in own:
        seen = observe(seen, own=day, region=day + region, on_air=chance.random(6) < 0.8)
    expected = forecast(seen, shelf, launches)
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()


@given(own=counts, region=counts, factor=st.floats(0.01, 100))
def test_what_is_not_played_in_the_region_nor_launched_is_not_expected(
    own: Numbers, region: Numbers, factor: float
) -> None:
    on_air = np.ones(6, dtype=np.bool_)
    region = region * factor + own
    region[0] = own[0] = 0
    seen = observe(nothing_seen(6), own=own, region=region, on_air=on_air)
    assert forecast(seen, Shelf(np.arange(6), np.zeros(6, dtype=np.int64)), np.zeros(6))[0] == 0
