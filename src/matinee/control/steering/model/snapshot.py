"""The fleet at a moment, laid out for decisions: what is the same for all who stand together is there once."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, get_args

from matinee.control.steering.model.atlas import Atlas, Place, Spot
from matinee.control.steering.model.copies import Copies
from matinee.control.steering.model.seating import SEATS, Seated, Seating
from matinee.wire.health import Reach

NEARNESS: dict[Reach, int] = {reach: place for place, reach in enumerate(get_args(Reach))}
OPEN: frozenset[Reach] = frozenset(("exchange", "transit"))
"""Who serves anybody. The others serve whom they were announced, and origins whom nobody else does."""
LOAD_MAX = 0.8


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

    @property
    def nearness(self) -> int:
        return NEARNESS[self.reach]

    @property
    def is_full(self) -> bool:
        return self.load >= LOAD_MAX


_Seats: TypeAlias = list[tuple[int, Server]]
"""Who has which, in a row."""


class Stand:
    """Appliances of a row that are connected alike at one spot: but for their turns they are equals."""

    __slots__ = ("back", "beside", "lots", "nearness", "servers", "sound", "spot", "there")

    def __init__(self, seats: _Seats, lots: "array[int]", atlas: Atlas, beside: "Stand | None" = None) -> None:
        """`lots`: of all seats of the row."""
        _, one = seats[0]
        self.nearness = NEARNESS[one.reach]
        self.spot = atlas.number(one.spot)
        self.beside = beside
        """Others of the row, who are not their equals."""
        servers, there, sound, back = [one] * SEATS, 0, 0, 0
        for at, server in seats:
            servers[at] = server
            there |= 1 << at
            if server.load < LOAD_MAX:
                if server.share >= 1.0:
                    sound |= 1 << at
                else:
                    back |= 1 << at
        self.there, self.sound, self.back = there, sound, back
        """Bits of seats: all of them; who is neither full nor only just back; and who is only just back, and not full."""
        self.servers = tuple(servers)
        self.lots = lots


class Snapshot:
    """`copies` may name servers that are not in it."""

    def __init__(
        self,
        servers: Iterable[Server],
        copies: Copies,
        outside: Iterable[Server] = (),
        atlas: Atlas | None = None,
    ) -> None:
        """`outside`: CDNs of others. They have all there is, fetch what they lack, and never say how they are. `atlas`: of
        the snapshot before. What was worked out of distances holds until someone comes, goes or moves."""
        every = {server.id: server for server in servers}
        self.copies = copies
        self.edges = {name: server for name, server in every.items() if server.reach != "origin"}
        seating = copies.seating
        by_row = _by_row(self.edges.values(), seating)
        spots: dict[Place, Spot | None] = {}
        there: dict[Place, dict[int, int]] = {}
        for server in self.edges.values():
            if server.reach in OPEN:
                place, (row, at) = place_of(server), divmod(seating.numbers[server.id], SEATS)
                spots[place] = server.spot
                rows = there.setdefault(place, {})
                rows[row] = rows.get(row, 0) | 1 << at
        self.atlas = atlas if atlas is not None and atlas.places == spots else Atlas(spots)
        self.open: list[Seated] = [tuple(there[place].items()) for place in self.atlas.places]
        """Who stands at each place of the atlas."""
        copies.widen()
        self.rows: list[Stand | None] = [None] * seating.rows
        for row, seats in by_row.items():
            self.rows[row] = self._stand(row, seats)
        self.origins = self._all_of(each for each in every.values() if each.reach == "origin")
        self.outside = self._all_of(outside)

    def _stand(self, row: int, seats: _Seats) -> Stand | None:
        """The first of a row; nearly always there is no other."""
        lots = self.copies.seating.lots[row * SEATS : (row + 1) * SEATS]
        _, one = seats[0]
        if all(server.spot == one.spot and server.reach == one.reach for _, server in seats):
            return Stand(seats, lots, self.atlas)
        alike: dict[tuple[Reach, Spot | None], _Seats] = {}
        for at, server in seats:
            alike.setdefault((server.reach, server.spot), []).append((at, server))
        stand = None
        for equals in alike.values():
            stand = Stand(equals, lots, self.atlas, stand)
        return stand

    def _all_of(self, servers: Iterable[Server]) -> tuple[Stand, ...]:
        found = []
        for row, seats in _by_row(servers, self.copies.seating).items():
            stand = self._stand(row, seats)
            while stand is not None:
                found.append(stand)
                stand = stand.beside
        return tuple(found)


def place_of(server: Server) -> Place:
    return Place(server.nearness, server.site or server.id)


def _by_row(servers: Iterable[Server], seating: Seating) -> dict[int, _Seats]:
    rows: dict[int, _Seats] = {}
    for server in servers:
        number = seating.seat(server.id, server.site)
        if (seats := rows.get(number // SEATS)) is None:
            seats = rows[number // SEATS] = []
        seats.append((number % SEATS, server))
    return rows
