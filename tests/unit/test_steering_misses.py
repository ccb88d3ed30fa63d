"""What became of bytes: whether they came from where they best would, else why not."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.decision import Question, decide
from matinee.control.steering.model.misses import IN_FORCE, Aim, Ideal, Outcome, aimed, outcome
from matinee.control.steering.model.route_table import RouteTable
from matinee.control.steering.model.snapshot import Server, Snapshot
from matinee.kernel.quantities import seconds
from tests.builders import NOON, copies_of
from tests.unit.test_steering_decision import FILM, FLEET, HOME, HOME_ROUTES, server

EVERYBODY = tuple(one.id for one in FLEET)


def aim(
    fleet: tuple[Server, ...] = FLEET,
    holders: tuple[str, ...] = EVERYBODY,
    *,
    out: tuple[str, ...] = (),
    routes: RouteTable = HOME_ROUTES,
    slow: dict[str, float] | None = None,
) -> Aim:
    """Of a client at home; `out` report, and are offered to nobody."""
    question = Question(FILM, HOME, needs_kbps=1_000 if slow else 0, throughput_kbps=slow or {})
    real = Snapshot([one for one in fleet if one.id not in out], copies_of({FILM: holders}))
    return aimed(Ideal(fleet), real, routes, question, decide(real, routes, question), at=NOON)


def of(found: Aim, edge: str) -> Outcome:
    return outcome([found], edge, at=NOON)[1]


def test_bytes_from_the_best_and_from_one_that_stands_with_it_are_hits() -> None:
    found = aim()
    assert (found.place, set(found.best)) == ("isp", {"isp-1", "isp-2"})
    assert of(found, "isp-1") == of(found, "isp-2") == "hit"


def test_where_the_best_does_not_hold_it_the_reason_is_content() -> None:
    found = aim(holders=("line", "ix", "origin-1"))
    assert (found.place, found.offered[0], found.reason) == ("isp", "line", "content")
    assert of(found, "line") == "content"


def test_where_the_best_held_it_and_was_out_or_full_the_reason_is_health() -> None:
    assert of(aim(holders=("isp-1", "line"), out=("isp-1",)), "line") == "health"
    full = tuple(server(one.id, one.reach, site=one.site, load=0.95) if one.site == "isp" else one for one in FLEET)
    assert of(aim(full), "line") == "health"


def test_where_one_at_the_best_place_is_out_and_the_others_lack_it_the_reason_is_health() -> None:
    assert of(aim(holders=("isp-1", "line"), out=("isp-1", "isp-2")), "line") == "health"


def test_where_the_best_was_too_slow_for_this_client_the_reason_is_another() -> None:
    assert of(aim(slow={"isp-1": 10, "isp-2": 10}), "line") == "other"


def test_where_a_client_goes_of_its_own_accord_the_reason_is_another() -> None:
    assert of(aim(), "line") == "other"
    assert of(aim(holders=("line", "ix")), "ix") == "other"


def test_of_a_session_that_is_not_known_nothing_is_known() -> None:
    assert outcome([], "isp-1", at=NOON) == ("", "unknown")


def test_what_came_before_a_decision_is_judged_by_the_one_before_it() -> None:
    before, after = aim(holders=("line", "origin-1")), aim()
    then = after.at + seconds(40)
    assert outcome([before, after], "line", at=then)[1] == "content"
    assert outcome([before, after], "isp-1", at=then)[1] == "hit"
    assert outcome([before, after], "line", at=after.at + IN_FORCE + seconds(1))[1] == "other"


@given(
    st.sets(st.sampled_from(EVERYBODY)),
    st.sets(st.sampled_from(EVERYBODY)),
    st.sampled_from(EVERYBODY),
)
def test_every_byte_has_one_outcome_and_those_from_the_first_that_was_offered_are_never_the_clients_doing(
    holders: set[str], out: set[str], edge: str
) -> None:
    found = aim(holders=tuple(holders), out=tuple(out))
    assert of(found, edge) in ("hit", "content", "health", "other")
    if found.offered:
        assert of(found, found.offered[0]) in ("hit", "content", "health")
    if edge in found.best:
        assert of(found, edge) == "hit"
