"""Where appliances sit, and what is written down by their seats."""

from matinee.control.steering.model.copies import Copies, Everything
from matinee.control.steering.model.decision import Question, decide
from matinee.control.steering.model.route_table import Route, RouteTable
from matinee.control.steering.model.seating import SEATS, Named, Seating
from matinee.control.steering.model.snapshot import Snapshot
from tests.unit.test_steering_decision import HOME, routes, server

FILM = "film"


def test_a_site_sits_together_and_who_stands_alone_sits_alone() -> None:
    seating = Seating()
    at_one = [seating.seat(f"one-{n}", "one") for n in range(SEATS + 1)]
    alone = seating.seat("alone")
    at_two = seating.seat("two-1", "two")
    rows = [number // SEATS for number in at_one]
    assert rows == [0] * SEATS + [1]
    assert len({rows[-1], alone // SEATS, at_two // SEATS}) == 3
    assert seating.seat("one-3", "elsewhere") == at_one[3]


def test_names_are_found_again_where_somebody_came_since() -> None:
    seating, named = Seating(), Named(("early", "late"))
    early = seating.seat("early", "one")
    assert named.seated(seating) == ((early // SEATS, 1 << early % SEATS),)
    seating.seat("late", "one")
    assert named.seated(seating) == ((early // SEATS, 0b11),)
    other = Seating()
    other.seat("other")
    other.seat("late")
    assert named.seated(other) == ((1, 1),)


def test_what_is_held_stays_known_however_many_come() -> None:
    copies = Copies()
    for number in range(200):
        copies.put(f"box-{number}", ["all", f"only-{number}"])
    assert copies["all"] == {f"box-{number}" for number in range(200)}
    assert copies["only-7"] == {"box-7"}
    assert "nobody" not in copies["all"]
    copies.drop("box-7", ["only-7", "all", "unheard-of"])
    assert "only-7" not in copies
    assert len(copies["all"]) == 199
    assert Everything(copies.seating)["whatever"] == {f"box-{number}" for number in range(200)}


def test_who_comes_after_a_snapshot_is_not_in_it_and_disturbs_nobody() -> None:
    copies, table = Copies(), routes(("early", "203.0.113.0/24", 1, 0))
    copies.put("early", [FILM], "one")
    fleet = [server("early", "embedded", site="one")]
    before = Snapshot(fleet, copies)
    for number in range(100):
        copies.put(f"late-{number}", [FILM])
        table.announce(next(iter(table.prefixes()))[0], Route(f"late-{number}", 1, 0))
    assert [choice.id for choice in decide(before, table, Question(FILM, HOME))] == ["early"]
    late = [server(f"late-{number}", "embedded") for number in range(100)]
    after = decide(Snapshot([*fleet, *late], copies), table, Question(FILM, HOME))
    assert len(after) == 4
    assert after == sorted(after)
    assert decide(before, RouteTable(), Question(FILM, HOME)) == []
