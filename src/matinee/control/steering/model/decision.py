"""Where a client is sent: a snapshot of the fleet and what was announced go in, a ranked list comes out.

The order of what decides: who is well and has room; the longest announced prefix that holds the client; how near the kind
of connection is (in the client's network, a private line, an exchange, transit); the path's length; the discriminator;
the distance; and of two that are alike in all this, the less loaded. An appliance within a network is never offered
outside what was announced to it. After ours comes one CDN of others, where there is any. Origins come last.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, get_args
from zlib import crc32

from matinee.control.steering.model.addresses import Address
from matinee.control.steering.model.atlas import Atlas, Place, Spot
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
_MIX, _TURN = 0xBF58476D1CE4E5B9, _LOW_64 - _LOW_64 % _DRAWS
"""A turn is the upper half of 64 bits. Many are drawn for each that is offered, and only that one's is moved down."""


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
    lot: int = field(init=False)
    is_sound: bool = field(init=False)
    """Neither full nor only just back."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "lot", _folded(crc32(self.id.encode())))
        object.__setattr__(self, "is_sound", self.load < LOAD_MAX and self.share >= 1.0)

    @property
    def nearness(self) -> int:
        return NEARNESS[self.reach]

    @property
    def is_full(self) -> bool:
        return self.load >= LOAD_MAX


def _folded(number: int) -> int:
    """Of what is drawn from both, the half that a name and a key can each be given beforehand."""
    return number ^ number >> 29


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


def place_of(server: Server) -> Place:
    return Place(server.nearness, server.site or server.id)


class Snapshot:
    """The fleet at a moment, laid out for decisions. `holders` may name servers that are not in it."""

    def __init__(
        self, servers: Iterable[Server], holders: Mapping[str, Collection[str]], outside: Iterable[Server] = ()
    ) -> None:
        """`outside`: CDNs of others. They have all there is, fetch what they lack, and never say how they are."""
        self.holders = holders
        self.outside = {server.id: server for server in outside}
        self.edges: dict[str, Server] = {}
        self.origins: dict[str, Server] = {}
        self.open: dict[Place, list[str]] = {}
        spots: dict[Place, Spot | None] = {}
        for server in servers:
            if server.reach == "origin":
                self.origins[server.id] = server
                continue
            self.edges[server.id] = server
            if server.reach in OPEN:
                place = place_of(server)
                self.open.setdefault(place, []).append(server.id)
                spots[place] = server.spot
        self.atlas = Atlas(spots)


def decide(snapshot: Snapshot, routes: RouteTable, question: Question) -> list[Choice]:
    """The best first, and origins at the end, where any is well."""
    return _Weighing(snapshot, question).ranked(routes)


_Standing: TypeAlias = tuple[bool, bool, int, int, int, int, float]
"""A choice up to its turn. Who stand together share one object: comparing it with itself takes no time."""
_Weighed: TypeAlias = tuple[_Standing, int, str, Server]
"""What becomes a `Choice` if it is offered: many are weighed for each that is."""
_choice: Callable[[type[Choice], tuple[object, ...]], Choice] = tuple.__new__
"""As `_make` without its check of the length, which took a tenth of a decision."""


class _Weighing:
    """One question's."""

    __slots__ = ("_found", "_good", "_holders", "_key", "_knows_speeds", "_question", "_servers", "_sight", "_snapshot")

    def __init__(self, snapshot: Snapshot, question: Question) -> None:
        self._snapshot = snapshot
        self._question = question
        self._key = _folded(question.key * 0x9E3779B97F4A7C15 & _LOW_64)
        self._knows_speeds = bool(question.throughput_kbps)
        self._sight = snapshot.atlas.sight(question.spot)

    def ranked(self, routes: RouteTable) -> list[Choice]:
        offered = self._edges(routes)[:OFFERED_MAX]
        if self._snapshot.outside:
            offered += self._any_of(self._snapshot.outside)[:_OUTSIDE_MAX]
        offered += self._any_of(self._snapshot.origins)[:_ORIGINS_MAX]
        return [_choice(Choice, (*standing, drawn >> 32, id, server)) for standing, drawn, id, server in offered]

    def _edges(self, routes: RouteTable) -> list[_Weighed]:
        holders, client = self._snapshot.holders.get(self._question.release_id), self._question.client
        if not holders:
            return []
        self._begin(self._snapshot.edges, holders)
        if client is not None:
            self._match(routes, client)
        if self._good < OFFERED_MAX:
            self._look_around()
        return _less_loaded_of_two(sorted(self._found.values()), self._question.current)

    def _any_of(self, servers: Mapping[str, Server]) -> list[_Weighed]:
        """Of those who serve whatever is asked for."""
        self._begin(servers, holders=servers)
        self._weigh(servers, 0, 0, 0)
        return sorted(self._found.values())

    def _begin(self, servers: Mapping[str, Server], holders: Collection[str]) -> None:
        self._servers = servers
        self._holders = holders
        self._found: dict[str, _Weighed] = {}
        self._good = 0

    def _match(self, routes: RouteTable, client: Address) -> None:
        """Whom the client's network was announced to. What was said of a longer prefix stands."""
        for length, ways in routes.ways(client):
            for path_length, med, sources in ways:
                self._weigh(sources, -length, path_length, med)
            if self._good >= OFFERED_MAX:
                return

    def _look_around(self) -> None:
        """Who serves anybody, place by place, until there are enough."""
        for place in self._sight.places:
            self._weigh(self._snapshot.open.get(place, ()), 0, 0, 0)
            if self._good >= OFFERED_MAX:
                return

    def _weigh(self, names: Iterable[str], unmatched: int, path_length: int, med: int) -> None:
        """Who of them is there, holds what is asked for and was not found before."""
        found, holders, servers = self._found, self._holders, self._servers
        key, knows_speeds = self._key, self._knows_speeds
        reach, spot = "", None
        for name in names:
            if name not in holders or name in found or (server := servers.get(name)) is None:
                continue
            if server.spot is not spot or server.reach != reach:  # most often all of them stand together
                reach, spot = server.reach, server.spot
                distance_km = self._sight.distance_km(spot)
                standing = (reach == "origin", False, unmatched, NEARNESS[reach], path_length, med, distance_km)
            # A checksum alone would keep the order of names that differ in a digit, whatever the key.
            drawn = (server.lot ^ key) * _MIX & _TURN
            if (server.is_sound and not knows_speeds) or not self._is_last_resort(server, drawn >> 32):
                self._good += 1
                found[name] = standing, drawn, name, server
            else:
                found[name] = (standing[0], True, *standing[2:]), drawn, name, server

    def _is_last_resort(self, server: Server, turn: int) -> bool:
        """Full, back so short a time ago that this client is not among those it has, or too slow for it before."""
        if server.is_full:
            return True
        question = self._question
        if server.share < 1.0 and turn >= server.share * _DRAWS and server.id != question.current:
            return True
        return question.throughput_kbps.get(server.id, inf) < question.needs_kbps


def _less_loaded_of_two(ranked: list[_Weighed], current: str | None) -> list[_Weighed]:
    """Among equals their turn decides who the first two are, and their load which of them is first: that balances as well
    as asking all, and does not send everybody to whoever was idle a second ago."""
    if len(ranked) < 2 or ranked[0][0] != ranked[1][0]:
        return ranked
    equal = ranked[0][0]
    if current is not None:
        for at, (standing, _, id, _) in enumerate(ranked):
            if id == current and standing == equal:
                return [ranked[at], *ranked[:at], *ranked[at + 1 :]]
    first, second, *rest = ranked
    return [second, first, *rest] if second[3].load < first[3].load else ranked
