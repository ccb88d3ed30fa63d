"""Roll-outs, purely: who is next, who may restart, and whether a build goes on, waits or goes back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.rollout.course import Course, counts_by_build, gone_back, stepped
from matinee.control.steering.model.rollout.evidence import Evidence, weighed
from matinee.control.steering.model.rollout.restarts import Holder, may_restart
from matinee.control.steering.model.rollout.stages import STAGES, Candidate, called, target
from matinee.control.steering.model.rollout.tally import Block, Reading, Tally, closed, noted
from matinee.control.steering.model.rollout.verdict import ALARM, Looked, Soak, judge
from matinee.wire.encoding import from_json, to_json
from matinee.wire.rollout import Counts
from tests import examples
from tests.rollout_fleet import MIB, NEW, OLD, Box, Fleet, Nature, fleet_of

NOTHING = Counts(0, 0, 0, 0)
GOOD = Looked(1, (), 0, 1, Counts(9_000, 9_000_000_000, 0, 0), 9, {}, True, NOTHING, NOTHING)
ENDS = ("done", "rolled back")


def candidates(*sizes: int) -> list[Candidate]:
    return [Candidate(f"edge-{c}-{n}", f"site-{c}") for c, size in enumerate(sizes) for n in range(size)]


def roll(fleet: Fleet, *, hours: float = 48) -> Course:
    return fleet.run(Course(1, NEW), hours=hours, until=ENDS)


def small(clusters: int, each: int, seed: int, nature: Nature) -> Fleet:
    fleet = Fleet(fleet_of(clusters, each, seed=seed), seed=seed, natures={NEW: nature})
    fleet.at_origins = frozenset(f"r{number}" for number in range(clusters))
    return fleet


# ---- stages


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ((5,) * 40, (1, 40, 40, 100, 200)),
        ((10,) * 4, (1, 4, 4, 20, 40)),
        ((100,), (1, 1, 10, 50, 100)),
        ((1,) * 10, (1, 4, 4, 5, 10)),
        ((2,), (1, 1, 1, 1, 2)),
        ((1,), (1, 1, 1, 1, 1)),
    ],
)
def test_one_then_one_of_each_cluster_then_a_tenth_then_half_then_all(
    sizes: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    assert tuple(target(stage, candidates(*sizes)) for stage in STAGES) == wanted


@given(st.lists(st.integers(1, 6), min_size=1, max_size=12), st.text(max_size=5))
def test_stages_add_up_to_all_spread_over_clusters_and_never_shrink(sizes: list[int], key: str) -> None:
    fleet, chosen = candidates(*sizes), list[str]()
    for stage in STAGES:
        fresh = called(stage, fleet, chosen, key=key)
        assert not {*fresh} & {*chosen}
        chosen += fresh
        assert len(chosen) == target(stage, fleet)
        per_cluster = [sum(name.startswith(f"edge-{c}-") for name in chosen) for c in range(len(sizes))]
        if stage in ("one", "cluster"):
            assert max(per_cluster) == 1
    assert {*chosen} == {each.id for each in fleet}


def test_the_first_is_one_that_serves_beside_others_and_is_well() -> None:
    fleet = [Candidate("alone", "a"), Candidate("sick", "b", is_well=False), Candidate("idle", "b", load=0.0)]
    assert called("one", [*fleet, Candidate("good", "b")], (), key="k") == ("good",)
    assert called("all", fleet[1:2], (), key="k") == ()


# ---- restarts


def holder(name: str, cluster: str, *releases: str, is_well: bool = True) -> Holder:
    return Holder(name, cluster, frozenset(releases), is_well)


def fleet_holding(*holders: Holder) -> dict[str, Holder]:
    # As many others as it takes for the share of the fleet not to be what decides.
    return {each.id: each for each in (*holders, *(holder(f"other-{n}", f"far-{n}") for n in range(60)))}


def test_two_that_hold_the_only_copies_of_a_release_do_not_restart_together() -> None:
    fleet = fleet_holding(holder("a", "A", "r"), holder("b", "B", "r"))
    going, waiting = may_restart(["a", "b"], fleet, (), {"r"})
    assert going == ("a",)
    assert "release r" in waiting["b"]
    assert may_restart(["b"], fleet, ("a",), {"r"})[0] == ()
    assert may_restart(["b"], fleet, (), {"r"})[0] == ("b",)


def test_what_is_held_once_goes_when_an_origin_holds_it_and_else_waits() -> None:
    fleet = fleet_holding(holder("a", "A", "r"))
    assert may_restart(["a"], fleet, (), {"r"})[0] == ("a",)
    going, waiting = may_restart(["a"], fleet, (), ())
    assert going == ()
    assert "r" in waiting["a"]


def test_a_copy_on_an_appliance_that_is_down_is_none() -> None:
    fleet = fleet_holding(holder("a", "A", "r"), holder("b", "B", "r", is_well=False))
    assert may_restart(["a"], fleet, (), ())[0] == ()
    assert may_restart(["a"], fleet, (), {"r"})[0] == ("a",)


def test_one_of_a_cluster_at_a_time_and_a_twentieth_of_the_fleet() -> None:
    fleet = fleet_holding(holder("a", "A"), holder("b", "A"))
    going, waiting = may_restart(["a", "b", "other-1", "other-2", "other-3"], fleet, (), ())
    assert going == ("a", "other-1", "other-2")
    assert waiting["b"] == "another of its cluster restarts"
    assert "at once" in waiting["other-3"]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.frozensets(st.sampled_from("rstuv"), max_size=4), st.booleans()), max_size=40),
    st.frozensets(st.sampled_from("rstuv")),
)  # fmt: skip
def test_whoever_restarts_no_release_is_left_to_origins_that_another_could_serve(
    drawn: list[tuple[int, frozenset[str], bool]], at_origins: frozenset[str]
) -> None:
    fleet = {f"e{n}": Holder(f"e{n}", f"c{c}", held, is_well) for n, (c, held, is_well) in enumerate(drawn)}
    going, waiting = may_restart(list(fleet), fleet, (), at_origins)
    assert {*going} | {*waiting} == {*fleet}
    for name in going:
        for release in fleet[name].releases:
            up = [h for h in fleet.values() if release in h.releases and h.is_well and h.id not in going]
            ever = [h for h in fleet.values() if release in h.releases and h.is_well]
            assert up or (release in at_origins and len({*(h.id for h in ever), name}) == 1)


# ---- what is measured


def reading(at_s: float, requests: int, *, boot: str = "b", memory: int = 100 * MIB, up_s: float = 9_000) -> Reading:
    return Reading(boot, at_s, up_s + at_s, memory, Counts(requests, requests * 1_000_000, 0, 0))


def test_what_was_done_is_what_the_sums_grew_by_whoever_missed_a_report() -> None:
    tally = Tally()
    for each in (reading(0, 500), reading(30, 600), reading(30, 600), reading(90, 650)):
        tally = noted(tally, each)
    assert tally.done.requests == 150


def test_after_a_restart_it_is_counted_anew_and_a_sum_that_shrank_is_no_less_than_nothing() -> None:
    tally = noted(noted(Tally(), reading(0, 500)), reading(30, 10, boot="c"))
    assert tally.done.requests == 0
    assert noted(tally, reading(60, 5, boot="c")).done.requests == 0
    assert noted(tally, reading(60, 25, boot="c")).done.requests == 15


def test_memory_grows_by_what_it_has_from_block_to_block_and_not_while_it_warms_up() -> None:
    tally = Tally()
    blocks: list[Block] = []
    for number in range(4):
        for at_s in (0, 100, 200):
            at_s += number * 300
            tally = noted(tally, reading(at_s, at_s, memory=100 * MIB + at_s * 1000, up_s=300))
        block, tally = closed(tally, kind="flash", is_treated=True)
        blocks.append(block)
    assert [block.growth_per_hour for block in blocks[:2]] == [None, None]
    assert blocks[3].growth_per_hour == pytest.approx(3_600_000)


def block(treated: bool, *, errors: int = 0, requests: int = 1000, kind: str = "flash") -> Block:
    return Block(kind, treated, Counts(requests, requests * 1_000_000, 0, errors, requests / 100.0))


def after_blocks(number: int, *each: Block) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for _ in range(number):
        found = weighed(found, each)
    return found


def test_evidence_grows_with_each_block_that_is_worse_and_faster_among_many() -> None:
    worse, others = block(True, errors=30), [block(False, errors=1) for _ in range(20)]
    few, many = after_blocks(5, worse, others[0]), after_blocks(5, worse, *others)
    assert few["flash/errors"].wealth < ALARM < many["flash/errors"].wealth
    assert many["flash/throughput"].wealth < 1


def test_a_difference_within_the_margin_is_none() -> None:
    found = after_blocks(50, block(True, errors=3), *(block(False, errors=1) for _ in range(20)))
    assert found["flash/errors"].wealth < 0.01


def test_who_served_next_to_nothing_says_nothing_and_kinds_are_not_compared() -> None:
    assert weighed({}, [block(True, errors=9, requests=20), block(False)]) == {}
    assert weighed({}, [block(True, errors=90), block(False, kind="storage")]) == {}


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
@examples.of(40)
def test_of_builds_that_are_alike_the_evidence_stays_small_however_long_it_is_looked_at(others: int, seed: int) -> None:
    """Heavy tails, no margin eaten: the errors of each block are drawn alike for all. Bound: one in 10,000 by Ville."""
    import random

    drawn = random.Random(seed)
    found: dict[str, Evidence] = {}
    for _ in range(300):
        alike = [block(n == 0, errors=int(min(500, drawn.paretovariate(0.7)))) for n in range(others + 1)]
        found = weighed(found, alike)
        assert found["flash/errors"].wealth < ALARM


# ---- the verdict


def test_with_load_time_and_nothing_against_it_a_roll_out_goes_on() -> None:
    assert judge(GOOD, Soak()).word == "go on"
    assert judge(replace(GOOD, has_control=False), Soak()).word == "go on"


@pytest.mark.parametrize(
    ("looked", "word", "says"),
    [
        (replace(GOOD, served=Counts(9_000, 1_500_000_000, 0, 0)), "wait", "1.5 GB of 2.0"),
        (replace(GOOD, blocks=5), "wait", "5 of 6 periods"),
        (replace(GOOD, underway=2), "wait", "On the way to it: 2"),
        (replace(GOOD, treated=0), "wait", "No appliance runs it yet"),
        (replace(GOOD, failed=("a: it ended",)), "roll back", "a: it ended"),
        (replace(GOOD, failed=("a: it ended",), tried=20), "go on", ""),
        (replace(GOOD, evidence={"flash/memory": Evidence((5.0,) * 3, 7, 0.2, 0.0)}), "wait", "may be chance"),
        (replace(GOOD, evidence={"flash/memory": Evidence((10.0,) * 3, 7, 0.2, 0.0)}), "roll back", "Memory grows by 20 %"),
        (replace(GOOD, recent=Counts(400, 1, 0, 100)), "roll back", "100 of 400 requests failed"),
        (replace(GOOD, recent=Counts(400, 1, 0, 100), recent_control=Counts(400, 1, 0, 90)), "go on", ""),
    ],
)  # fmt: skip
def test_each_verdict_has_its_reason(looked: Looked, word: str, says: str) -> None:
    verdict = judge(looked, Soak())
    assert verdict.word == word
    assert says in verdict.reason


# ---- whole roll-outs, in simulated time


@given(st.integers(2, 6), st.integers(1, 4), st.integers(0, 10**6))
@examples.of(6)
def test_a_build_that_is_no_worse_reaches_all(clusters: int, each: int, seed: int) -> None:
    fleet = small(clusters, each, seed, Nature())
    course = roll(fleet)
    assert course.state == "done", course.reason
    assert all(box.build == NEW for box in fleet.boxes.values())
    assert fleet.restarting_together_max == 1


BAD = (
    Nature(leak_mib_per_gb=0.3),
    Nature(error_share=0.01),
    Nature(error_share=0.6),
    Nature(seconds_per_gb=3.5),
    Nature(starved_share=0.25),
    Nature(crashes=True),
    Nature(never_reports=True),
)


@given(st.integers(2, 6), st.integers(2, 4), st.integers(0, 10**6), st.sampled_from(BAD))
@examples.of(10)
def test_a_build_that_leaks_errs_slows_starves_or_crashes_goes_back_before_half_have_it(
    clusters: int, each: int, seed: int, nature: Nature
) -> None:
    fleet = small(clusters, each, seed, nature)
    course = roll(fleet)
    assert course.state == "rolled back"
    assert fleet.treated_max < len(fleet.boxes) / 2
    assert all(box.build == OLD for box in fleet.boxes.values())


def test_a_leak_that_shows_under_load_alone_is_not_passed_by_a_quiet_day() -> None:
    fleet = small(4, 3, 1, Nature(leak_mib_per_gb=0.5))
    fleet.gb_per_minute = 0.0
    course = roll(fleet, hours=24)
    assert (course.state, course.stage, fleet.treated_max) == ("running", "one", 1)
    assert "GB" in course.reason
    fleet.gb_per_minute = 3.0
    course = fleet.run(course, hours=24, until=ENDS)
    assert course.state == "rolled back"
    assert "Memory grows" in course.reason


def test_a_site_that_is_ill_with_old_and_new_alike_does_not_condemn_the_build() -> None:
    fleet = small(6, 3, 5, Nature(error_share=0.02))
    fleet.natures[OLD] = Nature(error_share=0.02)
    assert roll(fleet).state == "done"


def test_nobody_restarts_while_it_would_leave_a_release_to_nobody() -> None:
    boxes = [Box("a", "A", releases=frozenset("r")), Box("b", "B", releases=frozenset("s"))]
    fleet = Fleet(boxes, seed=1)
    course = roll(fleet, hours=5)
    assert fleet.treated_max == 0
    assert {member.state for member in course.members.values()} == {"ready"}
    assert "nobody else could serve" in next(iter(course.members.values())).reason
    fleet.at_origins = frozenset("rs")
    assert fleet.run(course, hours=48, until=ENDS).state == "done"


def test_errors_are_told_by_build() -> None:
    fleet = small(4, 3, 2, Nature(error_share=0.004))
    fleet.natures[OLD] = Nature(error_share=0.0)
    course = fleet.run(Course(1, NEW), hours=1)
    told = counts_by_build(course)
    assert told[OLD].errors == 0 < told[OLD].requests
    assert told[NEW].errors / told[NEW].requests == pytest.approx(0.004, rel=0.5)


def test_an_appliance_that_does_not_come_back_stops_it_and_is_called_back_when_it_does() -> None:
    fleet = small(4, 3, 3, Nature())
    course = fleet.run(Course(1, NEW), hours=60 / 3600)
    (name,) = course.members
    assert course.members[name].state == "draining"
    fleet.boxes[name].is_on = False
    course = fleet.run(course, hours=1, until=ENDS)
    assert course.state == "rolled back"
    assert "did not come back" in course.reason
    fleet.boxes[name].is_on = True
    course = fleet.run(course, hours=1)
    assert fleet.boxes[name].build == OLD
    assert course.members[name].back


def test_who_comes_when_all_have_it_gets_it_too() -> None:
    fleet = small(3, 3, 4, Nature())
    course = roll(fleet)
    fleet.boxes["late"] = Box("late", "site-1")
    assert fleet.run(course, hours=1).state == "done"
    assert fleet.boxes["late"].build == NEW


def test_an_abort_brings_all_back_and_who_had_not_begun_is_left_alone() -> None:
    fleet = small(4, 3, 5, Nature())
    course = fleet.run(Course(1, NEW), hours=1.2)
    assert fleet.treated_max > 1
    course = fleet.run(gone_back(course, "Aborted: no", fleet.at_s), hours=5, until=ENDS)
    assert (course.state, course.reason) == ("rolled back", "Aborted: no")
    assert all(box.build == OLD for box in fleet.boxes.values())


def test_while_it_is_paused_nobody_is_restarted_and_what_is_bad_goes_back_all_the_same() -> None:
    fleet = small(4, 3, 6, Nature(error_share=0.02))
    course = fleet.run(Course(1, NEW), hours=0.15)
    assert fleet.treated_max == 1
    course = fleet.run(replace(course, state="paused"), hours=3, until=ENDS)
    assert course.state == "rolled back"
    assert fleet.treated_max == 1


def test_stepping_twice_in_a_moment_is_stepping_once_and_it_survives_being_written_down() -> None:
    fleet = small(4, 3, 7, Nature())
    course = fleet.run(Course(1, NEW), hours=2)
    sight = fleet.sight()
    once = stepped(course, sight, fleet.at_s)
    assert stepped(once, sight, fleet.at_s) == once
    assert from_json(to_json(once), Course) == once
