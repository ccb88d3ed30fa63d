"""What an appliance tells of its routes: whoever hears all of it knows the same."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.delivery.edge.model.announced import AnnouncedTable, Way
from matinee.wire.routes import RouteNews

PEERS, PREFIXES = st.sampled_from(["r1", "r2"]), st.sampled_from([f"10.0.{n}.0/24" for n in range(6)])
WAYS = st.tuples(st.integers(1, 2), st.integers(0, 1))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("announce"), PEERS, PREFIXES, WAYS),
        st.tuples(st.just("withdraw"), PEERS, PREFIXES, WAYS),
        st.tuples(st.just("forget"), PEERS, PREFIXES, WAYS),
        st.tuples(st.just("tell"), PEERS, PREFIXES, WAYS),
        st.tuples(st.just("lose"), PEERS, PREFIXES, WAYS),
    ),
    max_size=60,
)


class Listener:
    """Steering's side, at its plainest."""

    def __init__(self) -> None:
        self.until = 0
        self.ways: dict[str, Way] = {}

    def hear(self, news: RouteNews) -> None:
        if news.since == 0:
            self.ways = {}
        for prefix in news.withdrawn:
            self.ways.pop(prefix, None)
        self.ways |= {prefix: (alike.path_length, alike.med) for alike in news.announced for prefix in alike.prefixes}
        self.until = news.until


def told(table: AnnouncedTable, listener: Listener, changes_max: int) -> None:
    while listener.until < table.number:
        listener.hear(table.news("edge-1", listener.until, changes_max=changes_max))
    table.settle(listener.until)


@given(STEPS, st.integers(1, 5))
def test_whoever_hears_every_message_knows_the_best_of_each_prefix(
    steps: list[tuple[str, str, str, Way]], changes_max: int
) -> None:
    table, listener = AnnouncedTable("epoch"), Listener()
    plain: dict[str, dict[str, Way]] = {"r1": {}, "r2": {}}
    for what, peer, prefix, way in steps:
        if what == "announce":
            table.announce(peer, (prefix,), way)
            plain[peer][prefix] = way
        elif what == "withdraw":
            table.withdraw(peer, (prefix,))
            plain[peer].pop(prefix, None)
        elif what == "forget":
            table.forget(peer)
            plain[peer].clear()
        elif what == "lose":
            listener = Listener()
        else:
            told(table, listener, changes_max)
    told(table, listener, changes_max)
    best = {
        p: min(ways[p] for ways in plain.values() if p in ways) for p in {p for ways in plain.values() for p in ways}
    }
    assert listener.ways == best
    assert len(table) == len(best)


def test_what_stays_the_same_is_not_told_again() -> None:
    table = AnnouncedTable("epoch")
    table.announce("r1", ("10.0.0.0/24", "10.0.1.0/24"), (1, 0))
    before = table.number
    table.announce("r1", ("10.0.0.0/24",), (1, 0))
    table.announce("r2", ("10.0.0.0/24",), (3, 0))
    table.withdraw("r2", ("10.0.0.0/24", "10.9.0.0/24"))
    assert table.number == before
