"""Where a client is sent: a snapshot of the fleet and what was announced go in, a ranked list comes out.

The order of what decides: who is well and has room; the longest announced prefix that holds the client; how near the kind
of connection is (in the client's network, a private line, an exchange, transit); the path's length; the discriminator;
the distance; and of two that are alike in all this, the less loaded. An appliance within a network is never offered
outside what was announced to it. Origins come last.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, get_args
from zlib import crc32

from matinee.control.steering.model.addresses import Address
from matinee.control.steering.model.atlas import Atlas, Place, Spot, cell_of, distance_km
from matinee.control.steering.model.route_table import RouteTable
from matinee.wire.health import Reach

NEARNESS: dict[Reach, int] = {reach: place for place, reach in enumerate(get_args(Reach))}
OPEN: frozenset[Reach] = frozenset(("exchange", "transit"))
"""Who serves anybody. The others serve whom they were announced, and origins whom nobody else does."""
LOAD_MAX = 0.8
OFFERED_MAX = 4
"""Edges a client hears of, beside the origins: two of the best place, and whom to turn to after them."""
_ORIGINS_MAX = 2
_DRAWS, _LOW_64 = 1 << 32, (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Server:
    """An appliance that is fit to serve, as the snapshot has it."""

    id: str
    url: str
    reach: Reach
    site: str
    load: float = 0.0
    share: float = 1.0
    """Of the clients it would have; less while it comes back from a failure."""
    spot: Spot | None = None
    seed: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", crc32(self.id.encode()))


@dataclass(frozen=True, slots=True)
class Question:
    release_id: str
    client: Address | None = None
    """None: not known, so nothing that was announced speaks for anybody."""
    key: int = 0
    """The same for all that one session asks: it must not be sent back and forth."""
    spot: Spot | None = None
    current: str | None = None
    """The appliance it fetches from now: as good as its equals, it is kept."""
    needs_kbps: int = 0
    throughput_kbps: Mapping[str, float] = field(default_factory=dict)
    """What this client got of late from appliances by id."""


class Choice(NamedTuple):
    """An edge, and what spoke for it. Sorts as it ranks."""

    is_origin: bool
    is_last_resort: bool
    """Full, slow for this client, or only just back."""
    unmatched: int
    """Minus the length of the announced prefix; 0 without one."""
    nearness: int
    path_length: int
    med: int
    distance_km: float
    turn: int
    """Among its equals, who are the same up to here."""
    id: str
    server: Server


_EQUALS = slice(0, Choice._fields.index("turn"))


def place_of(server: Server) -> Place:
    return Place(NEARNESS[server.reach], server.site or server.id)


class Snapshot:
    """The fleet at a moment, laid out for decisions. `holders` may name servers that are not in it."""

    def __init__(self, servers: Iterable[Server], holders: Mapping[str, Collection[str]]) -> None:
        every = list(servers)
        self.edges = {server.id: server for server in every if server.reach != "origin"}
        self.holders = holders
        self.origins = tuple(server for server in every if server.reach == "origin")
        self.atlas = Atlas({place_of(server): server.spot for server in every if server.reach in OPEN})
        self.open: dict[Place, list[Server]] = {}
        for server in self.edges.values():
            if server.reach in OPEN:
                self.open.setdefault(place_of(server), []).append(server)


def decide(snapshot: Snapshot, routes: RouteTable, question: Question) -> list[Choice]:
    """The best first, and origins at the end, where any is well."""
    return _Weighing(snapshot, question).ranked(routes)


class _Weighing:
    """One question's."""

    __slots__ = ("_cell", "_distances", "_found", "_good", "_holders", "_key", "_question", "_snapshot")

    def __init__(self, snapshot: Snapshot, question: Question) -> None:
        self._snapshot = snapshot
        self._question = question
        self._holders = snapshot.holders.get(question.release_id, ())
        self._key = question.key * 0x9E3779B97F4A7C15 & _LOW_64
        self._cell = cell_of(question.spot)
        self._distances = {} if self._cell is None else snapshot.atlas.distances(self._cell)
        self._found: dict[str, Choice] = {}
        self._good = 0

    def ranked(self, routes: RouteTable) -> list[Choice]:
        if self._holders:
            self._match(routes)
            self._look_around()
        edges = _less_loaded_of_two(sorted(self._found.values()), self._question.current)[:OFFERED_MAX]
        return edges + sorted(self._weighed(origin) for origin in self._snapshot.origins)[:_ORIGINS_MAX]

    def _match(self, routes: RouteTable) -> None:
        """Whom the client's network was announced to. What was said of a longer prefix stands."""
        if self._question.client is None:
            return
        holders, found, edges = self._holders, self._found, self._snapshot.edges
        for length, announced in routes.matches(self._question.client):
            for source, path_length, med in announced:
                if source in holders and source not in found and (server := edges.get(source)) is not None:
                    self._take(self._weighed(server, -length, path_length, med))
            if self._good >= OFFERED_MAX:
                return

    def _look_around(self) -> None:
        """Who serves anybody, place by place, until there are enough."""
        snapshot, holders = self._snapshot, self._holders
        for place in snapshot.atlas.near(self._cell) if self._good < OFFERED_MAX else ():
            for server in snapshot.open.get(place, ()):
                if server.id in holders and server.id not in self._found:
                    self._take(self._weighed(server))
            if self._good >= OFFERED_MAX:
                return

    def _take(self, choice: Choice) -> None:
        self._found[choice.id] = choice
        self._good += not choice.is_last_resort

    def _weighed(self, server: Server, unmatched: int = 0, path_length: int = 0, med: int = 0) -> Choice:
        question = self._question
        # A checksum alone would keep the order of names that differ in a digit, whatever the key.
        mixed = server.seed ^ self._key
        turn = ((mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 & _LOW_64) >> 32
        got = question.throughput_kbps.get(server.id) if question.throughput_kbps else None
        is_last_resort = (
            server.load >= LOAD_MAX
            or (server.share < 1.0 and turn >= server.share * _DRAWS and server.id != question.current)
            or (got is not None and got < question.needs_kbps)
        )
        nearness = NEARNESS[server.reach]
        distance = self._distance_km(server.spot) if self._cell is not None else 0.0
        is_origin = server.reach == "origin"
        return Choice(
            is_origin, is_last_resort, unmatched, nearness, path_length, med, distance, turn, server.id, server
        )

    def _distance_km(self, spot: Spot | None) -> float:
        if (found := self._distances.get(spot)) is None:
            found = self._distances[spot] = distance_km(self._cell, spot)
        return found


def _less_loaded_of_two(ranked: Sequence[Choice], current: str | None) -> list[Choice]:
    """Among equals their turn decides who the first two are, and their load which of them is first: that balances as well
    as asking all, and does not send everybody to whoever was idle a second ago."""
    if len(ranked) < 2 or ranked[0][_EQUALS] != ranked[1][_EQUALS]:
        return list(ranked)
    first, second, *rest = ranked
    if current is not None:
        for choice in ranked:
            if choice.id == current and choice[_EQUALS] == first[_EQUALS]:
                return [choice, *(other for other in ranked if other is not choice)]
    if second.server.load < first.server.load:
        first, second = second, first
    return [first, second, *rest]
