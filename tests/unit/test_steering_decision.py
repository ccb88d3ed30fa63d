"""Where clients are sent: a snapshot and a question in, a ranking out."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.addresses import parse_address, parse_prefix
from matinee.control.steering.model.atlas import Spot, distance_km
from matinee.control.steering.model.decision import Choice, Question, decide
from matinee.control.steering.model.route_table import Route, RouteTable
from matinee.control.steering.model.snapshot import LOAD_MAX, NEARNESS, Server, Snapshot
from matinee.wire.health import Reach
from tests.builders import copies_of

FILM = "film"
HOME = parse_address("203.0.113.9")
ABROAD = parse_address("198.51.100.9")
BERLIN, PARIS, TOKYO = Spot(52.5, 13.4), Spot(48.9, 2.4), Spot(35.7, 139.7)


def server(
    id: str, reach: Reach, *, site: str = "", load: float = 0.1, share: float = 1.0, spot: Spot | None = None
) -> Server:
    return Server(id, f"https://{id}.test", reach, site or id, load, share, spot)


FLEET = (
    server("isp-1", "embedded", site="isp"),
    server("isp-2", "embedded", site="isp"),
    server("line", "private"),
    server("ix", "exchange"),
    server("transit", "transit"),
    server("origin-1", "origin"),
    server("origin-2", "origin"),
)


def routes(*announced: tuple[str, str, int, int]) -> RouteTable:
    table = RouteTable()
    for source, prefix, path_length, med in announced:
        table.announce(parse_prefix(prefix), Route(source, path_length, med))
    return table


HOME_ROUTES = routes(
    *((source, "203.0.113.0/24", 1, 0) for source in ("isp-1", "isp-2")),
    ("line", "203.0.113.0/24", 1, 0),
    ("ix", "203.0.112.0/20", 2, 0),
)


def snapshot(*servers: Server, holders: tuple[str, ...] | None = None) -> Snapshot:
    every = servers or FLEET
    return Snapshot(every, copies_of({FILM: [s.id for s in every] if holders is None else holders}))


def names(choices: list[Choice]) -> list[str]:
    return [choice.id for choice in choices]


def test_a_client_gets_its_own_network_then_the_private_line_the_exchange_transit_and_the_origins() -> None:
    found = names(decide(snapshot(), HOME_ROUTES, Question(FILM, HOME, key=1)))
    assert set(found[:2]) == {"isp-1", "isp-2"}
    assert found[2:4] == ["line", "ix"]
    assert set(found[4:]) == {"origin-1", "origin-2"}


def test_who_is_in_a_network_is_offered_to_nobody_outside_it() -> None:
    for client in (ABROAD, None, parse_address("2001:db8::1")):
        found = names(decide(snapshot(), HOME_ROUTES, Question(FILM, client)))
        assert found[:2] == ["ix", "transit"]
        assert not {"isp-1", "isp-2", "line"} & set(found)


def test_one_outside_cdn_stands_between_ours_and_the_origins_whatever_anybody_holds() -> None:
    outside = [server("cdn-1", "transit"), server("cdn-2", "transit")]
    fleet = Snapshot(FLEET, copies_of({FILM: ["transit"]}), outside)
    for film, client, first in ((FILM, ABROAD, ["transit"]), (FILM, HOME, ["transit"]), ("another", HOME, [])):
        found = names(decide(fleet, HOME_ROUTES, Question(film, client)))
        assert found[: len(first)] == first
        assert found[len(first)] in {"cdn-1", "cdn-2"}
        assert set(found[len(first) + 1 :]) == {"origin-1", "origin-2"}


def test_of_two_in_the_same_place_the_less_loaded_comes_first() -> None:
    busy = replace(FLEET[0], load=0.7)
    found = decide(snapshot(busy, *FLEET[1:]), HOME_ROUTES, Question(FILM, HOME))
    assert names(found)[:2] == ["isp-2", "isp-1"]


def test_who_is_full_is_a_last_resort_before_the_origins() -> None:
    full = [replace(each, load=LOAD_MAX) if each.site == "isp" else each for each in FLEET]
    found = names(decide(snapshot(*full), HOME_ROUTES, Question(FILM, HOME)))
    assert found[:3] == ["line", "ix", "transit"]
    assert found[3] in {"isp-1", "isp-2"}
    assert found[4].startswith("origin")


def test_who_lacks_the_film_is_not_named_and_without_anyone_there_is_the_origin() -> None:
    found = names(decide(snapshot(holders=("isp-2", "transit")), HOME_ROUTES, Question(FILM, HOME)))
    assert found[:2] == ["isp-2", "transit"]
    assert set(names(decide(snapshot(), HOME_ROUTES, Question("another", HOME)))) == {"origin-1", "origin-2"}


def test_the_path_then_the_discriminator_then_the_distance_decide_between_equals() -> None:
    one, other = server("one", "exchange", spot=PARIS), server("other", "exchange", spot=BERLIN)
    fleet = snapshot(one, other)
    asked = Question(FILM, HOME, spot=BERLIN)
    prefix = "203.0.113.0/24"
    assert names(decide(fleet, routes(("one", prefix, 1, 9), ("other", prefix, 2, 0)), asked)) == ["one", "other"]
    assert names(decide(fleet, routes(("one", prefix, 1, 0), ("other", prefix, 1, 5)), asked)) == ["one", "other"]
    assert names(decide(fleet, routes(("one", prefix, 1, 0), ("other", prefix, 1, 0)), asked)) == ["other", "one"]
    assert names(decide(fleet, RouteTable(), asked)) == ["other", "one"]


def test_a_longer_prefix_goes_before_a_nearer_kind() -> None:
    table = routes(("isp-1", "203.0.112.0/20", 1, 0), ("ix", "203.0.113.0/24", 3, 50))
    assert names(decide(snapshot(), table, Question(FILM, HOME)))[:2] == ["ix", "isp-1"]


def test_whoever_has_been_too_slow_for_this_client_comes_after_the_others() -> None:
    asked = Question(FILM, HOME, needs_kbps=5_000, throughput_kbps={"isp-1": 900.0, "isp-2": 4_000.0, "line": 20_000.0})
    assert names(decide(snapshot(), HOME_ROUTES, asked))[0] == "line"


def test_a_client_stays_where_it_is_as_long_as_that_is_as_good() -> None:
    busier = replace(FLEET[0], load=0.6)
    asked = Question(FILM, HOME, current="isp-1")
    assert names(decide(snapshot(busier, *FLEET[1:]), HOME_ROUTES, asked))[0] == "isp-1"
    full = replace(FLEET[0], load=0.9)
    assert names(decide(snapshot(full, *FLEET[1:]), HOME_ROUTES, asked))[0] == "isp-2"


def test_who_comes_back_gets_a_share_of_the_clients_that_grows() -> None:
    def first(share: float) -> Counter[str]:
        fleet = snapshot(server("back", "embedded", site="isp", load=0.0, share=share), FLEET[1])
        table = routes(("back", "203.0.113.0/24", 1, 0), ("isp-2", "203.0.113.0/24", 1, 0))
        return Counter(names(decide(fleet, table, Question(FILM, HOME, key=key)))[0] for key in range(1000))

    assert 50 < first(0.1)["back"] < 150
    assert 450 < first(0.5)["back"] < 550
    assert first(1.0)["back"] == 1000


def test_two_choices_balance_a_cluster() -> None:
    """As sessions come one after the other, and loads are what they add up to: ten appliances, six thousand sessions."""
    table = routes(*((f"isp-{n}", "203.0.113.0/24", 1, 0) for n in range(10)))
    sessions: Counter[str] = Counter()
    for key in range(6_000):
        if key % 20 == 0:  # reports come each second, not with each session
            servers = [
                server(f"isp-{n}", "embedded", site="isp", load=sessions[f"isp-{n}"] / 10_000) for n in range(10)
            ]
            fleet = snapshot(*servers)
        sessions[names(decide(fleet, table, Question(FILM, HOME, key=key * 7919)))[0]] += 1
    assert max(sessions.values()) / 600 <= 1.05


REACHES = st.sampled_from([*NEARNESS])
SERVERS = st.lists(
    st.builds(
        server,
        st.sampled_from([f"server-{n}" for n in range(12)]),
        REACHES,
        site=st.sampled_from(["", "one", "two"]),
        load=st.floats(0, 1),
        share=st.floats(0, 1),
        spot=st.sampled_from([None, BERLIN, PARIS, TOKYO]),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)
PREFIXES = st.sampled_from(["203.0.113.0/24", "203.0.112.0/20", "198.51.100.0/24", "0.0.0.0/0"])


@given(
    SERVERS,
    st.lists(st.tuples(st.integers(0, 11), PREFIXES, st.integers(1, 3)), max_size=20),
    st.sets(st.integers(0, 11)),
    st.sampled_from([HOME, ABROAD, None]),
    st.integers(0, 2**32 - 1),
)
def test_whatever_the_fleet_is_only_those_who_may_and_can_are_named(
    fleet: list[Server], announced: list[tuple[int, str, int]], holding: set[int], client: object, key: int
) -> None:
    table, there = RouteTable(), {each.id: each for each in fleet}
    for number, prefix, path_length in announced:
        if f"server-{number}" in there:
            table.announce(parse_prefix(prefix), Route(f"server-{number}", path_length, 0))
    holders = {f"server-{number}" for number in holding}
    asked = Question(FILM, client, key, BERLIN)  # type: ignore[arg-type]  # drawn from addresses and none
    found = decide(Snapshot(fleet, copies_of({FILM: holders})), table, asked)
    assert found == sorted(found) or found[0].server.load <= found[1].server.load
    assert len(set(names(found))) == len(found)
    heard = {s for _, ways in (table.matches(asked.client) if asked.client else ()) for s, _, _ in ways}
    for choice in found:
        chosen = choice.server
        assert chosen.reach == "origin" or chosen.id in holders
        assert chosen.reach not in ("embedded", "private") or chosen.id in heard
    origins = [each for each in fleet if each.reach == "origin"]
    assert [choice.server.reach == "origin" for choice in found[len(found) - min(2, len(origins)) :]] == [True] * min(
        2, len(origins)
    )
    assert decide(Snapshot(fleet, copies_of({FILM: holders})), table, asked) == found


def test_distances_are_those_of_the_globe() -> None:
    assert 870 < distance_km(BERLIN, PARIS) < 885
    assert 8_900 < distance_km(BERLIN, TOKYO) < 8_950
    assert distance_km(BERLIN, BERLIN) == 0
    assert distance_km(None, TOKYO) > distance_km(Spot(0, 0), Spot(0, 179))
