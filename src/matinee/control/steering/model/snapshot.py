"""The fleet at a moment, laid out for decisions: what is the same for all who stand together is there once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

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


class Stand:
    """Appliances of a row that are connected alike at one spot: but for their turns they are equals."""

    __slots__ = ("back", "lots", "nearness", "servers", "sound", "spot", "there", "ties")

    def __init__(self, servers: Mapping[int, Server], lots: list[int]) -> None:
        """By seat."""
        one = next(iter(servers.values()))
        self.nearness, self.spot = NEARNESS[one.reach], one.spot
        self.there = self.sound = self.back = 0
        """Bits of seats: all of them; who is neither full nor only just back; and who is only just back, and not full."""
        for at, server in servers.items():
            self.there |= 1 << at
            if server.load < LOAD_MAX:
                if server.share >= 1.0:
                    self.sound |= 1 << at
                else:
                    self.back |= 1 << at
        self.lots = tuple(lots)
        in_order = sorted(servers, key=lambda at: servers[at].id)
        self.servers = tuple(servers[at] for at in in_order)
        self.ties = tuple(in_order.index(at) if at in servers else 0 for at in range(SEATS))
        """By seat, the place in `servers`: of equal turns the lower name comes first."""


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
        edges = _laid_out(self.edges.values(), seating)
        self.origins = _all_of(_laid_out((each for each in every.values() if each.reach == "origin"), seating))
        self.outside = _all_of(_laid_out(outside, seating))
        copies.widen()
        self.rows: list[tuple[Stand, ...]] = [edges.get(row, ()) for row in range(seating.rows)]
        spots: dict[Place, Spot | None] = {}
        masks: dict[Place, dict[int, int]] = {}
        for server in self.edges.values():
            if server.reach in OPEN:
                place, (row, at) = place_of(server), divmod(seating.numbers[server.id], SEATS)
                spots[place] = server.spot
                there = masks.setdefault(place, {})
                there[row] = there.get(row, 0) | 1 << at
        self.atlas = atlas if atlas is not None and atlas.places == spots else Atlas(spots)
        self.open: list[Seated] = [tuple(masks[place].items()) for place in self.atlas.places]
        """Who stands at each place of the atlas."""


def place_of(server: Server) -> Place:
    return Place(server.nearness, server.site or server.id)


def _laid_out(servers: Iterable[Server], seating: Seating) -> dict[int, tuple[Stand, ...]]:
    """By row. Nearly always all of a row are one stand."""
    rows: dict[int, dict[tuple[Reach, Spot | None], dict[int, Server]]] = {}
    for server in servers:
        row, at = divmod(seating.seat(server.id, server.site), SEATS)
        rows.setdefault(row, {}).setdefault((server.reach, server.spot), {})[at] = server
    return {
        row: tuple(Stand(alike, seating.lots[row * SEATS : (row + 1) * SEATS]) for alike in stands.values())
        for row, stands in rows.items()
    }


def _all_of(rows: Mapping[int, tuple[Stand, ...]]) -> tuple[Stand, ...]:
    return tuple(stand for stands in rows.values() for stand in stands)
