"""The rivals of placement, on requests whose outcome can be told by hand, and their bounds on any."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.bench.demand import QUANTILES, REAL_TITLES, Popularity, draw_world, quantile_hours, read_popularity
from matinee.bench.policies import Belady, ExactCounts, Lru, Policy, S3Fifo, Sketch, WTinyLfu
from matinee.kernel.errors import InvalidInput

NAMES = ("lru", "s3-fifo", "w-tinylfu", "belady")


def opened(name: str, capacity: float, sizes: list[float], future: list[int]) -> Policy:
    if name == "lru":
        return Lru(capacity, sizes)
    if name == "s3-fifo":
        return S3Fifo(capacity, sizes)
    return WTinyLfu(capacity, sizes) if name == "w-tinylfu" else Belady(capacity, sizes, future)


def test_lru_forgets_what_was_asked_for_longest_ago() -> None:
    lru = Lru(2, [1.0] * 3)
    assert lru.serve([0, 1, 0, 2, 0, 1]).hit_bytes == 2


def test_s3_fifo_keeps_what_was_asked_for_again_through_a_scan() -> None:
    sizes = [1.0] * 300
    again, scan = [0, 1, 0, 1, 0, 1], list(range(2, 202))
    s3, lru = S3Fifo(20, sizes), Lru(20, sizes)
    s3.serve([*again, *scan])
    lru.serve([*again, *scan])
    assert (s3.serve([0, 1]).hit_bytes, lru.serve([0, 1]).hit_bytes) == (2, 0)


def test_s3_fifo_takes_what_it_remembers_straight_into_its_main_queue() -> None:
    s3 = S3Fifo(20, [1.0] * 100)
    s3.serve([0, *range(1, 30)])
    s3.serve([0, *range(30, 47)])
    assert s3.serve([0]).hit_bytes == 1


def test_w_tinylfu_keeps_what_was_asked_for_often_through_a_scan() -> None:
    sizes = [1.0] * 1000
    cache = WTinyLfu(100, sizes)
    popular = list(range(99))
    cache.serve(popular * 5)
    cache.serve(list(range(100, 1000)))
    # All but the few that fell out before anything was known of them, or whose counters others share.
    assert cache.serve(popular).hit_bytes >= 90


def test_a_sketch_counts_to_fifteen_and_forgets_by_halves() -> None:
    sketch = Sketch(100, 10, additions_per_entry=1)
    for _ in range(40):
        sketch.add(3)
    assert (sketch.often(3), sketch.often(4)) == (15, 0)
    for _ in range(60):
        sketch.add(5)
    assert sketch.often(3) == 7


def test_exact_counts_go_as_high_as_they_get_and_fade_by_halves() -> None:
    counts = ExactCounts(50, 10, additions_per_entry=2)
    for _ in range(99):
        counts.add(3)
    assert counts.often(3) == 99
    counts.add(4)
    assert (counts.often(3), counts.often(4)) == (49.5, 0.5)


def test_belady_takes_nothing_in_that_comes_later_than_what_it_holds() -> None:
    stream = [0, 1, 2, 0, 1, 0, 1, 2]
    # Room for two: 0 and 1 stay throughout, and 2 is never let in.
    account = Belady(2, [1.0] * 3, stream).serve(stream)
    assert (account.hit_bytes, account.inserted_bytes) == (4, 2)


def test_what_an_appliance_comes_filled_with_is_served_from_the_first_request_on() -> None:
    for name in NAMES:
        stream = [0, 1, 2, 3]
        policy = opened(name, 100, [10.0] * 8, stream)
        policy.fill([3, 2, 1, 0])
        assert policy.serve(stream).hit_bytes == 40, name


@given(st.integers(0, 10_000), st.sampled_from(NAMES), st.integers(1, 120))
def test_every_byte_is_asked_for_and_a_hit_was_once_brought_in(seed: int, name: str, capacity: int) -> None:
    chance = random.Random(seed)
    sizes = [float(chance.randint(1, 20)) for _ in range(30)]
    stream = [min(29, int(chance.expovariate(0.15))) for _ in range(300)]
    account = opened(name, capacity, sizes, stream).serve(stream)
    assert account.asked_bytes == sum(sizes[one] for one in stream)
    assert account.hit_bytes + sum(sizes[one] for one in set(stream)) <= account.asked_bytes + 1e-6
    if capacity >= sum(sizes) * 11:
        assert account.hit_bytes + account.inserted_bytes == account.asked_bytes


@given(st.integers(0, 10_000))
def test_with_equal_sizes_nobody_beats_the_one_that_knows_the_future(seed: int) -> None:
    chance = random.Random(seed)
    stream = [min(39, int(chance.expovariate(0.1))) for _ in range(400)]
    sizes = [1.0] * 40
    best = Belady(12, sizes, stream).serve(stream).hit_bytes
    assert all(opened(name, 12, sizes, stream).serve(stream).hit_bytes <= best for name in NAMES)


def test_hours_keep_to_the_quantiles_of_real_viewing() -> None:
    hours = np.cumsum(quantile_hours(REAL_TITLES))
    for share, expected in QUANTILES:
        assert hours[round(share * REAL_TITLES) - 1] == pytest.approx(expected, abs=0.001)
    assert (np.diff(np.diff(hours)) <= 1e-12).all()


def test_a_world_is_told_again_from_its_seed_and_nothing_is_played_before_it_is_out() -> None:
    def days(seed: int) -> list[list[int]]:
        world = draw_world(
            Popularity(quantile_hours(400)), days=4, plays=300, region_plays=9_000, by_file=True, seed=seed
        )
        told = []
        for number, day in enumerate(world.days):
            out = world.catalog.released[world.catalog.title] <= number
            assert not day.region[~out].any()
            assert (day.region >= day.own).all()
            told.append(day.requests.tolist())
        return told

    assert days(1) == days(1) != days(2)


def test_other_popularity_is_read_with_its_dates(tmp_path: Path) -> None:
    rows = [f'Film {n},"{1000 - n},000",{"2023-05-01" if n == 3 else ""}' for n in range(120)]
    table = tmp_path / "hours.csv"
    table.write_text("\n".join(["title,hours,released", *reversed(rows)]))
    found = read_popularity(table)
    assert found.hours[0] == pytest.approx(1000 / sum(1000 - n for n in range(120)))
    assert found.released is not None
    assert [at for at, day in enumerate(found.released) if day is not None] == [3]


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "title,hours\nx,many", "title,hours\nx,5", "title,hours\nx"])
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(InvalidInput):
        read_popularity(tmp_path / "bad.csv")
