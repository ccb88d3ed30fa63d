"""One upstream copy feeds a site, and no appliance that hangs can starve it."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.sources import (
    ESCAPE_AFTER,
    Fetch,
    Need,
    Office,
    Wait,
    appoint,
    progressed,
    sources_of,
)
from tests.builders import NOON

SITE = frozenset({"a", "b", "c"})
NEED = Need("film/1080", wanting=SITE)
TIERS, ORIGINS = ("exchange",), ("origin-1", "origin-2")


def must(office: Office | None) -> Office:
    assert office is not None
    return office


def asked(name: str, need: Need, office: Office | None, alive: frozenset[str] = SITE) -> Fetch | Wait | None:
    return sources_of(name, need, office, alive=alive, tiers=TIERS, origins=ORIGINS)


def test_one_goes_upstream_and_the_others_wait_for_it() -> None:
    office = must(appoint(NEED, None, alive=SITE, at=NOON))
    answers = {name: asked(name, NEED, office) for name in SITE}
    assert answers.pop(office.master) == Fetch(("exchange", "origin-1", "origin-2"))
    assert set(answers.values()) == {Wait(office.master)}


def test_once_a_peer_holds_it_everybody_takes_it_from_there() -> None:
    need = Need("film/1080", wanting=frozenset({"b", "c"}), holding=frozenset({"a"}))
    assert appoint(need, None, alive=SITE, at=NOON) is None
    assert asked("b", need, None) == Fetch(("a", *TIERS, *ORIGINS)), "upstream only where no peer has it right"
    assert asked("a", need, None) is None


def test_a_master_that_moves_on_keeps_its_office() -> None:
    office = must(appoint(NEED, None, alive=SITE, at=NOON))
    at = NOON
    for step in range(1, 10):
        at += ESCAPE_AFTER * 0.9
        office = must(appoint(NEED, progressed(office, step * 1000, at=at), alive=SITE, at=at))
    assert office.moved_at == at


def test_a_master_that_says_the_same_again_has_not_moved() -> None:
    office = progressed(must(appoint(NEED, None, alive=SITE, at=NOON)), 500, at=NOON)
    assert progressed(office, 500, at=NOON + ESCAPE_AFTER) == office


def test_a_master_without_progress_loses_the_office_and_all_have_their_turn() -> None:
    office, seen, at = must(appoint(NEED, None, alive=SITE, at=NOON)), [], NOON
    for _ in range(6):
        seen.append(office.master)
        at += ESCAPE_AFTER
        office = must(appoint(NEED, office, alive=SITE, at=at))
    assert set(seen[:3]) == SITE
    assert all(one != after for one, after in pairwise(seen))


def test_a_master_that_is_gone_is_replaced_at_once() -> None:
    office = must(appoint(NEED, None, alive=SITE, at=NOON))
    left = SITE - {office.master}
    assert must(appoint(NEED, office, alive=left, at=NOON)).master in left


def test_masters_are_spread_over_a_site() -> None:
    masters = [must(appoint(Need(f"f{n}", SITE), None, alive=SITE, at=NOON)).master for n in range(300)]
    assert all(70 < masters.count(name) < 130 for name in SITE)


names = st.frozensets(st.sampled_from("abcdef"))


@given(names, names, st.lists(st.tuples(names, st.integers(0, 20), st.booleans()), max_size=10))
def test_at_most_one_goes_upstream_whatever_fails(
    wanting: frozenset[str], holding: frozenset[str], story: list[tuple[frozenset[str], int, bool]]
) -> None:
    need = Need("film", wanting - holding, holding)
    office: Office | None = None
    at, done = NOON, 0
    for alive, minutes, moves in story:
        at += timedelta(minutes=minutes)
        if office is not None and moves:
            office = progressed(office, done := done + 1, at=at)
        office = appoint(need, office, alive=alive, at=at)
        upstream = [name for name in need.wanting if asked(name, need, office, alive) == Fetch((*TIERS, *ORIGINS))]
        is_needed = bool(need.wanting & alive) and not holding & alive
        assert len(upstream) == (1 if is_needed else 0)
        assert all(name in alive for name in upstream)
