"""Where a client is sent, against the documented order written down as plainly as can be, on fleets of any kind."""

from collections.abc import Iterator, Mapping, Sequence
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.addresses import Address, Prefix
from matinee.control.steering.model.atlas import Spot, distance_km
from matinee.control.steering.model.decision import OFFERED_MAX, Question, decide
from matinee.control.steering.model.route_table import Route, RouteTable
from matinee.control.steering.model.snapshot import LOAD_MAX, NEARNESS, OPEN, Server, Snapshot
from tests.builders import copies_of

Announced = Sequence[tuple[Prefix, Route]]
Rank = tuple[bool, bool, int, int, int, int, float, int, str]

FILMS = ("held", "elsewhere")
SPOTS = (None, Spot(52.5, 13.4), Spot(52.5, 13.9), Spot(48.9, 2.4), Spot(35.7, 139.7))
NAMES = [f"server-{number}" for number in range(24)]
PLACES_OF_A_KIND = 8


def turn(id: str, key: int) -> int:
    mixed = crc32(id.encode()) ^ key * 0x9E3779B97F4A7C15 % 2**64
    return ((mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 % 2**64) >> 32


def is_good(server: Server, asked: Question) -> bool:
    """It has room, is back for long enough for this client, and is fast enough for it."""
    is_back = turn(server.id, asked.key) < server.share * 2**32 or server.share >= 1 or server.id == asked.current
    speed = asked.throughput_kbps.get(server.id)
    return server.load < LOAD_MAX and is_back and (speed is None or speed >= asked.needs_kbps)


def rank(server: Server, asked: Question, length: int = 0, path_length: int = 0, med: int = 0) -> Rank:
    cell = None if asked.spot is None else Spot(round(asked.spot.latitude), round(asked.spot.longitude))
    far = 0.0 if cell is None else distance_km(cell, server.spot)
    nearness = NEARNESS[server.reach]
    is_last_resort = not is_good(server, asked)
    draw = turn(server.id, asked.key)
    return (server.reach == "origin", is_last_resort, -length, nearness, path_length, med, far, draw, server.id)


def in_steps(
    fleet: Sequence[Server], announced: Announced, asked: Question
) -> Iterator[list[tuple[Server, int, int, int]]]:
    """Who comes into question: by announced prefix, longest first, and then whoever serves anybody, place by place."""
    named = {server.id: server for server in fleet if server.reach != "origin"}
    for length in range(128, -1, -1):
        yield [
            (named[route.source], length, route.path_length, route.med)
            for prefix, route in announced
            if asked.client is not None and (prefix.bits, prefix.length) == (asked.client.bits, length)
            if asked.client.number >> (prefix.bits - length) == prefix.network and route.source in named
        ]
    places: dict[tuple[int, str], list[Server]] = {}
    for server in fleet:
        if server.reach in OPEN:
            places.setdefault((NEARNESS[server.reach], server.site or server.id), []).append(server)
    cell = None if asked.spot is None else Spot(round(asked.spot.latitude), round(asked.spot.longitude))
    for nearness in sorted({kind for kind, _ in places}):
        ways = sorted((distance_km(cell, there[-1].spot), at) for at, there in places.items() if at[0] == nearness)
        for _, at in ways[:PLACES_OF_A_KIND]:
            yield [(server, 0, 0, 0) for server in places[at]]


def edges(fleet: Sequence[Server], held: Sequence[str], announced: Announced, asked: Question) -> list[Rank]:
    found: dict[str, Rank] = {}
    for step in in_steps(fleet, announced, asked):
        if sum(not is_last_resort for _, is_last_resort, *_ in found.values()) >= OFFERED_MAX:
            break
        for server, *heard in step:
            if server.id in held and server.id not in found:
                found[server.id] = rank(server, asked, *heard)
    ranked, loads = sorted(found.values()), {server.id: server.load for server in fleet}
    equals = [each for each in ranked if each[:7] == ranked[0][:7]]
    stays = [each for each in equals if each[8] == asked.current]
    first_two = sorted(equals[:2], key=lambda each: loads[each[8]])
    ahead = stays if stays and len(equals) > 1 else first_two
    return [*ahead, *(each for each in ranked if each not in ahead)][:OFFERED_MAX]


def plainly(
    fleet: Sequence[Server],
    outside: Sequence[Server],
    holders: Mapping[str, Sequence[str]],
    announced: Announced,
    asked: Question,
) -> list[Rank]:
    origins = sorted(rank(server, asked) for server in fleet if server.reach == "origin")
    others = sorted(rank(server, asked) for server in outside)
    return [*edges(fleet, holders.get(asked.release_id, ()), announced, asked), *others[:1], *origins[:2]]


SERVERS = st.lists(
    st.builds(
        Server,
        st.sampled_from(NAMES),
        st.just("https://edge.test"),
        st.sampled_from([*NEARNESS]),
        st.sampled_from(["", "one", "two", "three"]),
        st.sampled_from([0.1, 0.1, 0.5, LOAD_MAX, 0.95]),
        st.sampled_from([1.0, 1.0, 0.5, 0.0]),
        st.sampled_from(SPOTS),
    ),
    min_size=6,
    max_size=24,
    unique_by=lambda each: each.id,
)
OUTSIDE = st.lists(
    st.sampled_from([Server(f"cdn-{n}", "https://cdn.test", "transit", "outside") for n in range(3)]), unique=True
)
FAMILIES = st.sampled_from([32, 32, 32, 128])
PREFIXES = st.builds(
    lambda bits, length, low: Prefix(bits, length, low % 2**length), FAMILIES, st.integers(0, 2), st.integers(0, 3)
)
"""So wide that most clients are in several of them."""
ROUTES = st.lists(
    st.tuples(
        PREFIXES,
        st.lists(st.sampled_from(NAMES), min_size=3, max_size=12, unique=True),
        st.integers(1, 2),
        st.sampled_from([0, 7]),
    ),
    min_size=4,
    max_size=12,
)
QUESTIONS = st.builds(
    Question,
    st.sampled_from([*FILMS, *FILMS, "nobody's"]),
    st.one_of(
        st.none(), *[st.builds(lambda bits, top: Address(bits, top << bits - 3), FAMILIES, st.integers(0, 7))] * 4
    ),
    key=st.integers(0, 2**64 - 1),
    spot=st.one_of(st.none(), st.builds(Spot, st.floats(-80, 80), st.floats(-180, 180))),
    current=st.sampled_from([None, *NAMES]),
    needs_kbps=st.sampled_from([0, 3000]),
    throughput_kbps=st.dictionaries(st.sampled_from(NAMES), st.sampled_from([500.0, 5000.0]), max_size=6),
)


@given(
    SERVERS,
    OUTSIDE,
    st.tuples(*[st.lists(st.sampled_from(NAMES), unique=True, min_size=12, max_size=24)] * len(FILMS)),
    ROUTES,
    st.sets(st.sampled_from(NAMES), max_size=2),
    st.lists(QUESTIONS, min_size=1, max_size=6),
    st.sampled_from(["", "one"]),
)
def test_a_decision_is_what_the_documented_order_says(
    fleet: list[Server],
    outside: list[Server],
    held: tuple[list[str], ...],
    routes: list[tuple[Prefix, list[str], int, int]],
    flushed: set[str],
    questions: list[Question],
    site: str,
) -> None:
    table, said = RouteTable(), dict[tuple[Prefix, str], Route]()
    holders = dict(zip(FILMS, held, strict=True))
    copies = copies_of(holders, site)
    snapshot = Snapshot(fleet, copies, outside)
    for prefix, sources, path_length, med in routes:
        for source in sources:
            said[prefix, source] = route = Route(source, path_length, med)
            table.announce(prefix, route)

    def answers() -> None:
        announced = [(prefix, route) for (prefix, _), route in said.items()]
        for asked in questions:
            expected = plainly(fleet, outside, holders, announced, asked)
            found = decide(snapshot, table, asked)
            assert [(*choice[:7], choice.turn >> 32, choice.id) for choice in found] == expected
            named = {server.id: server for server in (*fleet, *outside)}
            assert all(choice.server is named[choice.id] for choice in found)

    answers()
    for source in flushed:  # what is remembered of routes and holders goes with them
        table.flush(source)
        said = {known: route for known, route in said.items() if route.source != source}
        for names in held:
            names[:] = [name for name in names if name != source]
        copies.drop(source, FILMS)
    answers()
