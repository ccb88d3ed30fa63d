"""Where a client is sent: a snapshot of the fleet and what was announced go in, a ranked list comes out.

The order of what decides: who is well and has room; the longest announced prefix that holds the client; how near the kind
of connection is (in the client's network, a private line, an exchange, transit); the path's length; the discriminator;
the distance; and of two that are alike in all this, the less loaded. An appliance within a network is never offered
outside what was announced to it. After ours comes one CDN of others, where there is any. Origins come last.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, get_args
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
_OUTSIDE_MAX, _ORIGINS_MAX = 1, 2
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
    nearness: int = field(init=False)
    is_origin: bool = field(init=False)
    is_full: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", crc32(self.id.encode()))
        object.__setattr__(self, "nearness", NEARNESS[self.reach])
        object.__setattr__(self, "is_origin", self.reach == "origin")
        object.__setattr__(self, "is_full", self.load >= LOAD_MAX)


class Question(NamedTuple):
    release_id: str
    client: Address | None = None
    """None: not known, so nothing that was announced speaks for anybody."""
    key: int = 0
    """The same for all that one session asks: it must not be sent back and forth."""
    spot: Spot | None = None
    current: str | None = None
    """The appliance it fetches from now: as good as its equals, it is kept."""
    needs_kbps: int = 0
    throughput_kbps: Mapping[str, float] = MappingProxyType({})
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
    return Place(server.nearness, server.site or server.id)


class Snapshot:
    """The fleet at a moment, laid out for decisions. `holders` may name servers that are not in it."""

    def __init__(
        self, servers: Iterable[Server], holders: Mapping[str, Collection[str]], outside: Collection[Server] = ()
    ) -> None:
        """`outside`: CDNs of others. They have all there is, fetch what they lack, and never say how they are."""
        self.outside = outside
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


_Weighed: TypeAlias = tuple[bool, bool, int, int, int, int, float, int, str, Server]
"""What becomes a `Choice` if it is offered: many are weighed for each that is."""
_choice: Callable[[type[Choice], _Weighed], Choice] = tuple.__new__
"""As `_make` without its check of the length, which took a tenth of a decision."""


class _Weighing:
    """One question's."""

    __slots__ = (
        "_cell",
        "_distances",
        "_found",
        "_good",
        "_holders",
        "_key",
        "_knows_speeds",
        "_question",
        "_snapshot",
    )

    def __init__(self, snapshot: Snapshot, question: Question) -> None:
        self._snapshot = snapshot
        self._question = question
        self._holders = snapshot.holders.get(question.release_id, ())
        self._key = question.key * 0x9E3779B97F4A7C15 & _LOW_64
        self._cell = cell_of(question.spot)
        self._distances = {} if self._cell is None else snapshot.atlas.distances(self._cell)
        self._knows_speeds = bool(question.throughput_kbps)
        self._found: dict[str, _Weighed] = {}
        self._good = 0

    def ranked(self, routes: RouteTable) -> list[Choice]:
        if self._holders:
            self._match(routes)
            self._look_around()
        edges = _less_loaded_of_two(sorted(self._found.values()), self._question.current)
        outside, origins = self._any_of(self._snapshot.outside), self._any_of(self._snapshot.origins)
        offered = (*edges[:OFFERED_MAX], *outside[:_OUTSIDE_MAX], *origins[:_ORIGINS_MAX])
        return [_choice(Choice, weighed) for weighed in offered]

    def _any_of(self, servers: Iterable[Server]) -> list[_Weighed]:
        """Of those who serve whatever is asked for."""
        self._found = {}
        for server in servers:
            self._weigh(server, 0, 0, 0)
        return sorted(self._found.values())

    def _match(self, routes: RouteTable) -> None:
        """Whom the client's network was announced to. What was said of a longer prefix stands."""
        if self._question.client is None:
            return
        holders, found, edges = self._holders, self._found, self._snapshot.edges
        for length, announced in routes.matches(self._question.client):
            for source, path_length, med in announced:
                if source in holders and source not in found and (server := edges.get(source)) is not None:
                    self._good += self._weigh(server, -length, path_length, med)
            if self._good >= OFFERED_MAX:
                return

    def _look_around(self) -> None:
        """Who serves anybody, place by place, until there are enough."""
        if self._good >= OFFERED_MAX:
            return
        snapshot, holders, found = self._snapshot, self._holders, self._found
        for place in snapshot.atlas.near(self._cell):
            for server in snapshot.open.get(place, ()):
                if server.id in holders and server.id not in found:
                    self._good += self._weigh(server, 0, 0, 0)
            if self._good >= OFFERED_MAX:
                return

    def _weigh(self, server: Server, unmatched: int, path_length: int, med: int) -> bool:
        """Whether it is good for more than a last resort."""
        # A checksum alone would keep the order of names that differ in a digit, whatever the key.
        mixed = server.seed ^ self._key
        turn = ((mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 & _LOW_64) >> 32
        is_last_resort = server.is_full or (
            (server.share < 1.0 or self._knows_speeds) and self._is_doubtful(server, turn)
        )
        distance = 0.0
        if self._cell is not None and (distance := self._distances.get(server.spot, -1.0)) < 0:
            distance = self._distances[server.spot] = distance_km(self._cell, server.spot)
        id = server.id
        self._found[id] = (server.is_origin, is_last_resort, unmatched, server.nearness, path_length, med, distance, turn, id, server)  # fmt: skip
        return not is_last_resort

    def _is_doubtful(self, server: Server, turn: int) -> bool:
        """Back so short a time ago that this client is not among those it has, or too slow for it before."""
        question = self._question
        if server.share < 1.0 and turn >= server.share * _DRAWS and server.id != question.current:
            return True
        return question.throughput_kbps.get(server.id, inf) < question.needs_kbps


def _less_loaded_of_two(ranked: Sequence[_Weighed], current: str | None) -> Sequence[_Weighed]:
    """Among equals their turn decides who the first two are, and their load which of them is first: that balances as well
    as asking all, and does not send everybody to whoever was idle a second ago."""
    if len(ranked) < 2 or ranked[0][_EQUALS] != ranked[1][_EQUALS]:
        return ranked
    first, second, *rest = ranked
    if current is not None:
        for choice in ranked:
            if choice[8] == current and choice[_EQUALS] == first[_EQUALS]:
                return [choice, *(other for other in ranked if other is not choice)]
    if second[9].load < first[9].load:
        first, second = second, first
    return [first, second, *rest]
