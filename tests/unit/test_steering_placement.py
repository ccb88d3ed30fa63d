"""What a site holds, and which of its appliances holds it."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.placement import (
    FileGroup,
    Plan,
    Premiere,
    Rules,
    Shelves,
    pinned_releases,
    plan,
)
from matinee.control.steering.model.rendezvous import preference
from matinee.control.steering.model.shelving import Marks, Numbers, choose
from tests.builders import NOON
from tests.strategies import few

# No night's limit, for tests that are about something else.
AT_ONCE = Rules(ingest_share_max=1.0)


def films(count: int, size: int = 10) -> list[FileGroup]:
    return [FileGroup(f"f{n:03}", f"r{n:03}", size) for n in range(count)]


def all_of(catalog: list[FileGroup]) -> set[str]:
    return {group.release_id for group in catalog}


def falling(catalog: list[FileGroup]) -> dict[str, float]:
    return {group.id: 100.0 / (n + 1) for n, group in enumerate(catalog)}


def carried_out(cluster: list[Shelves], plans: list[Plan]) -> list[Shelves]:
    return [replace(s, holds=p.hold) for s, p in zip(cluster, plans, strict=True)]


def test_the_most_demand_for_its_bytes_is_held() -> None:
    nothing = np.zeros(4, dtype=np.bool_)
    chosen = choose(np.array([9.0, 5, 7, 1]), np.array([4.0, 4, 4, 4]), capacity=9, held=nothing, pinned=nothing)
    assert chosen.tolist() == [True, False, True, False]


def test_what_is_held_is_not_replaced_for_a_little_gain() -> None:
    held, nothing = np.array([True, False]), np.zeros(2, dtype=np.bool_)
    size = np.ones(2)
    little = choose(np.array([10.0, 11.0]), size, capacity=1, held=held, pinned=nothing)
    much = choose(np.array([10.0, 12.0]), size, capacity=1, held=held, pinned=nothing)
    assert (little.tolist(), much.tolist()) == ([True, False], [False, True])


def test_a_file_larger_than_a_night_comes_alone() -> None:
    nothing = np.zeros(3, dtype=np.bool_)
    chosen = choose(
        np.array([3.0, 2, 1]), np.array([8.0, 1, 1]), capacity=20, held=nothing, pinned=nothing, ingest_bytes_max=5
    )
    assert chosen.tolist() == [True, False, False]


@dataclass(frozen=True, slots=True)
class Shelf:
    demand: Numbers
    size: Numbers
    held: Marks
    pinned: Marks
    capacity: float

    def choose(self, *, night: float = np.inf) -> Marks:
        return choose(
            self.demand,
            self.size,
            capacity=self.capacity,
            held=self.held,
            pinned=self.pinned,
            ingest_bytes_max=night,
        )


@st.composite
def filled_shelves(draw: st.DrawFn) -> Shelf:
    files = draw(st.integers(1, 40))
    chance = np.random.default_rng(draw(st.integers(0, 10_000)))
    size = chance.integers(1, 30, files).astype(np.float64)
    held = chance.random(files) < draw(st.sampled_from((0.0, 0.3, 0.7)))
    pinned = chance.random(files) < draw(st.sampled_from((0.0, 0.2)))
    demand = np.round(chance.exponential(5, files)) * (chance.random(files) < 0.9)
    return Shelf(demand, size, held, pinned, float(size[held].sum() + draw(st.integers(0, 200))))


@given(filled_shelves(), st.integers(30, 300))
def test_neither_capacity_nor_the_night_is_exceeded_and_nothing_pinned_is_dropped(shelf: Shelf, night: int) -> None:
    chosen = shelf.choose(night=night)
    assert shelf.size[chosen].sum() <= shelf.capacity
    assert shelf.size[chosen & ~shelf.held].sum() <= night
    assert not (shelf.held & shelf.pinned & ~chosen).any()


@given(filled_shelves())
def test_with_the_same_forecast_nothing_is_fetched_a_second_time(shelf: Shelf) -> None:
    first = shelf.choose()
    assert replace(shelf, held=first).choose().tolist() == first.tolist()


def test_lots_fall_by_weight() -> None:
    weights = {"a": 1.0, "b": 1.0, "c": 2.0, "gone": 0.0}
    firsts = Counter(preference(f"file {n}", weights)[0] for n in range(8000))
    assert set(firsts) == {"a", "b", "c"}
    assert firsts["c"] / 8000 == pytest.approx(0.5, abs=0.03)
    assert firsts["a"] / 8000 == pytest.approx(0.25, abs=0.03)


@given(st.integers(2, 12), st.integers(0, 1000))
def test_an_appliance_that_comes_takes_only_what_is_its_own(count: int, salt: int) -> None:
    weights = {f"a{n}": 1.0 for n in range(count)}
    more = {**weights, "new": 1.0}
    before = {key: preference(key, weights)[0] for key in (f"{salt}/{n}" for n in range(60))}
    moved = {key for key, first in before.items() if preference(key, more)[0] != first}
    assert all(preference(key, more)[0] == "new" for key in moved)


def test_a_new_appliance_moves_about_its_part() -> None:
    catalog = films(600)
    demand = dict.fromkeys((g.id for g in catalog), 1.0)
    nine = [Shelves(f"a{n}", 1200) for n in range(9)]
    nine = carried_out(nine, plan(nine, catalog, demand, kind="flash", allowed=all_of(catalog), rules=AT_ONCE))
    ten = [*nine, Shelves("new", 1200)]
    plans = plan(ten, catalog, demand, kind="flash", allowed=all_of(catalog), rules=AT_ONCE)
    added = {p.appliance_id: len(p.add) for p in plans}
    copies = sum(len(p.hold) for p in plans)
    assert added["new"] / copies == pytest.approx(0.1, abs=0.04)
    assert sum(added.values()) - added["new"] < copies * 0.03


def test_the_head_is_held_twice_and_the_tail_once() -> None:
    catalog = films(40)
    cluster = [Shelves(f"a{n}", 300) for n in range(3)]
    plans = plan(cluster, catalog, falling(catalog), kind="flash", allowed=all_of(catalog), rules=AT_ONCE)
    copies = Counter(group for p in plans for group in p.hold)
    assert copies["f000"] == 2
    assert copies["f030"] == 1
    assert all(len([p for p in plans if g in p.hold]) == n for g, n in copies.items())


def test_what_is_in_the_way_goes_by_how_much_it_would_be_missed() -> None:
    catalog = films(5)
    held = frozenset({"f002", "f003", "f004"})
    cluster = [Shelves("a", 30, holds=held)]
    # The new one is worth more than what is asked for least, and no more than that is given up for it.
    demand = {"f000": 50.0, "f001": 0.0, "f002": 5.0, "f003": 3.0, "f004": 4.0}
    plans = plan(cluster, catalog, demand, kind="flash", allowed=all_of(catalog), rules=AT_ONCE)
    assert plans[0] == Plan("a", frozenset({"f000", "f002", "f004"}), ("f000",), ("f003",))


def test_storage_takes_what_nobody_asks_for_and_flash_does_not() -> None:
    catalog = films(10)
    one = [Shelves("a", 1000)]
    demand = {"f000": 1.0}
    flash = plan(one, catalog, demand, kind="flash", allowed=all_of(catalog), rules=AT_ONCE)
    storage = plan(one, catalog, demand, kind="storage", allowed=all_of(catalog), rules=AT_ONCE)
    assert flash[0].add == ("f000",)
    assert set(storage[0].add) == {g.id for g in catalog}
    assert storage[0].add[0] == "f000"


def test_a_release_without_rights_goes_once_nobody_plays_it() -> None:
    catalog = films(3)
    watched = [Shelves("a", 100, holds=frozenset({"f000", "f001"}), playing=frozenset({"f000"}))]
    plans = plan(watched, catalog, falling(catalog), kind="storage", allowed={"r002"}, rules=AT_ONCE)
    assert plans[0].hold == {"f000", "f002"}
    assert plans[0].drop == ("f001",)
    idle = [replace(watched[0], holds=plans[0].hold, playing=frozenset())]
    assert plan(idle, catalog, {}, kind="storage", allowed={"r002"}, rules=AT_ONCE)[0].hold == {"f002"}


def test_a_premiere_is_there_before_its_hour_though_nobody_asks_for_it() -> None:
    catalog = films(5)
    cluster = [Shelves("a", 30, holds=frozenset({"f000", "f001", "f002"}))]
    premiere = Premiere("r004", NOON)
    demand = falling(catalog) | {"f004": 0.0}

    def holds_it(hours_before: float) -> bool:
        pinned = pinned_releases([premiere], at=NOON - timedelta(hours=hours_before))
        plans = plan(cluster, catalog, demand, kind="flash", allowed=all_of(catalog), pinned=pinned, rules=AT_ONCE)
        return "f004" in plans[0].hold

    assert [holds_it(h) for h in (100, 71, 1, -47, -49)] == [False, True, True, True, False]


def test_an_appliance_fetches_no_more_than_its_night() -> None:
    catalog = films(50)
    cluster = [Shelves("a", 500)]
    for night in range(1, 5):
        plans = plan(cluster, catalog, falling(catalog), kind="flash", allowed=all_of(catalog))
        assert len(plans[0].add) == 3, f"night {night}"
        cluster = carried_out(cluster, plans)
    assert cluster[0].holds == {f"f{n:03}" for n in range(12)}


@st.composite
def clusters(draw: st.DrawFn) -> tuple[list[Shelves], list[FileGroup], dict[str, float], set[str], set[str]]:
    chance = np.random.default_rng(draw(st.integers(0, 10_000)))
    catalog = [FileGroup(f"f{n}", f"r{n // 2}", int(chance.integers(1, 30))) for n in range(draw(st.integers(1, 30)))]
    cluster = []
    for number in range(draw(st.integers(1, 4))):
        holds = [g for g in catalog if chance.random() < 0.4]
        playing = frozenset(g.id for g in holds if chance.random() < 0.2)
        capacity = sum(g.size for g in holds) + int(chance.integers(0, 150))
        cluster.append(Shelves(f"a{number}", capacity, frozenset(g.id for g in holds), playing))
    demand = {g.id: float(np.round(chance.exponential(3))) for g in catalog}
    allowed = {g.release_id for g in catalog if chance.random() < 0.9}
    return cluster, catalog, demand, allowed, {g.release_id for g in catalog if chance.random() < 0.1}


@given(clusters(), st.sampled_from(("flash", "storage")), st.sampled_from((0.06, 0.5, 1.0)))
def test_every_plan_fits_keeps_what_is_played_and_adds_up(
    drawn: tuple[list[Shelves], list[FileGroup], dict[str, float], set[str], set[str]], kind: str, share: float
) -> None:
    cluster, catalog, demand, allowed, pinned = drawn
    rules = Rules(ingest_share_max=share)
    assert kind in ("flash", "storage")
    plans = plan(
        cluster,
        catalog,
        demand,
        kind="flash" if kind == "flash" else "storage",
        allowed=allowed,
        pinned=pinned,
        rules=rules,
    )
    sizes = {g.id: g.size for g in catalog}
    releases = {g.id: g.release_id for g in catalog}
    for shelves, each in zip(cluster, plans, strict=True):
        assert sum(sizes[g] for g in each.hold) <= shelves.capacity_bytes
        assert shelves.playing <= each.hold
        assert each.hold == (shelves.holds - set(each.drop)) | set(each.add)
        assert not set(each.add) & shelves.holds
        assert all(releases[g] in allowed for g in each.hold - shelves.playing)
        fetched = [sizes[g] for g in each.add]
        assert sum(fetched) <= shelves.capacity_bytes * share or len(fetched) == 1


@few
@given(clusters())
def test_with_equal_forecasts_a_plan_carried_out_comes_to_rest(
    drawn: tuple[list[Shelves], list[FileGroup], dict[str, float], set[str], set[str]],
) -> None:
    cluster, catalog, demand, allowed, pinned = drawn
    for _ in range(12):
        plans = plan(cluster, catalog, demand, kind="flash", allowed=allowed, pinned=pinned, rules=AT_ONCE)
        cluster = carried_out(cluster, plans)
    assert [p.add for p in plans] == [() for _ in plans]


def test_what_is_exempt_comes_whatever_the_night() -> None:
    nothing = np.zeros(4, dtype=np.bool_)
    exempt = np.array([False, True, True, False])
    chosen = choose(
        np.array([9.0, 8, 7, 1]),
        np.full(4, 4.0),
        capacity=12,
        held=nothing,
        pinned=nothing,
        ingest_bytes_max=0,
        exempt=exempt,
        may_come_alone=False,
    )
    assert chosen.tolist() == [False, True, True, False]


@given(st.integers(0, 6), st.integers(0, 40), st.integers(0, 30))
def test_what_fills_free_room_is_no_part_of_the_night_and_what_is_replaced_is(held: int, room: int, new: int) -> None:
    catalog = films(40)
    capacity = 10 * max(room, held)
    rules = Rules(ingest_share_max=0.0, fills_free_room=True, head_share=0.0)
    before = Shelves("a", capacity, frozenset(group.id for group in catalog[30 : 30 + held]))
    exempt = {group.id for group in catalog[:new]}
    (after,) = plan(
        [before], catalog, falling(catalog), kind="flash", allowed=all_of(catalog), exempt=exempt, rules=rules
    )
    counted = set(after.add) - exempt
    assert 10 * len(counted) <= capacity - 10 * held
    assert len(after.hold) == min(capacity // 10, 40), "no room is left for nothing"
