"""Where a client is sent: a snapshot of the fleet and what was announced go in, a ranked list comes out.

The order of what decides: who is well and has room; the longest announced prefix that holds the client; how near the kind
of connection is (in the client's network, a private line, an exchange, transit); the path's length; the discriminator;
the distance; and of two that are alike in all this, the less loaded. An appliance within a network is never offered
outside what was announced to it. After ours comes one CDN of others, where there is any. Origins come last.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from matinee.control.steering.model.addresses import Address
from matinee.control.steering.model.atlas import Spot
from matinee.control.steering.model.route_table import RouteTable
from matinee.control.steering.model.seating import SEATS_OF, Seated, folded
from matinee.control.steering.model.snapshot import Server, Snapshot, Stand

OFFERED_MAX = 4
"""Edges a client hears of, beside the origins: two of the best place, and whom to turn to after them."""
_OUTSIDE_MAX, _ORIGINS_MAX = 1, 2
_DRAWS, _LOW_64 = 1 << 32, (1 << 64) - 1
_MIX, _TURN = 0xBF58476D1CE4E5B9, _LOW_64 - _LOW_64 % _DRAWS
"""A turn is the upper half of 64 bits; below it is who drew it."""
_WHO = _DRAWS - 1


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
    """Among its equals, who are the same up to here: drawn from its name and the question's key. Its lower half says who of
    them it is, so that no two are the same."""
    id: str
    server: Server


def decide(snapshot: Snapshot, routes: RouteTable, question: Question) -> list[Choice]:
    """The best first, and origins at the end, where any is well."""
    weighing = _Weighing(snapshot, question)
    offered: list[Choice] = []
    weighing.offer_edges(offered, routes)
    if snapshot.outside:
        weighing.offer_any_of(offered, snapshot.outside, _OUTSIDE_MAX, is_origin=False)
    weighing.offer_any_of(offered, snapshot.origins, _ORIGINS_MAX, is_origin=True)
    return offered


_Merits: TypeAlias = tuple[int, int, int, int, float]
"""What speaks for all of a stand: of a `Choice`, from `unmatched` to the distance."""
_Found: TypeAlias = dict[_Merits, list[tuple[Stand, int]]]
"""Stands, and who of each. Who is found under the same merits are equals."""
_choice: Callable[[type[Choice], tuple[object, ...]], Choice] = tuple.__new__
"""As `_make` without its check of the length."""


class _Weighing:
    """One question's."""

    __slots__ = ("_good", "_held", "_key", "_last", "_many", "_question", "_seen", "_sight", "_snapshot", "_speeds")

    def __init__(self, snapshot: Snapshot, question: Question) -> None:
        self._snapshot = snapshot
        self._question = question
        self._speeds = question.throughput_kbps
        self._key = folded(question.key * 0x9E3779B97F4A7C15 & _LOW_64)
        self._sight = snapshot.atlas.sight(question.spot)

    def offer_edges(self, offered: list[Choice], routes: RouteTable) -> None:
        snapshot, question = self._snapshot, self._question
        held = snapshot.copies.masks(question.release_id)
        if held is None:
            return
        self._held = held
        self._good: _Found = {}
        self._last: _Found = {}
        """Last resorts."""
        self._many = 0
        """How many are good."""
        self._seen: dict[int, int] = {}
        """Who was found, by row."""
        if question.client is not None:
            self._match(routes, question.client)
        if self._many < OFFERED_MAX:
            self._look_around()
        self._offer(offered, self._good, OFFERED_MAX, of_two=True)
        if len(offered) < OFFERED_MAX:
            self._offer(offered, self._last, OFFERED_MAX, is_last_resort=True, of_two=not offered)

    def offer_any_of(self, offered: list[Choice], stands: Iterable[Stand], most: int, *, is_origin: bool) -> None:
        """Of those who serve whatever is asked for."""
        good: _Found = {}
        last: _Found = {}
        for stand in stands:
            merits = 0, stand.nearness, 0, 0, self._sight[stand.spot]
            fit = self._fit(stand, stand.there) if self._speeds or stand.back else stand.sound
            if fit:
                good.setdefault(merits, []).append((stand, fit))
            if fit != stand.there:
                last.setdefault(merits, []).append((stand, stand.there & ~fit))
        most += len(offered)
        self._offer(offered, good, most, is_origin=is_origin)
        if last:
            self._offer(offered, last, most, is_origin=is_origin, is_last_resort=True)

    def _match(self, routes: RouteTable, client: Address) -> None:
        """Whom the client's network was announced to. What was said of a longer prefix stands."""
        seating = self._snapshot.copies.seating
        for length, ways in routes.ways(client):
            for path_length, med, sources in ways:
                self._find(sources.seated(seating), -length, path_length, med)
            if self._many >= OFFERED_MAX:
                return

    def _look_around(self) -> None:
        """Who serves anybody, place by place, until there are enough."""
        there = self._snapshot.open
        for place in self._sight.places:
            self._find(there[place], 0, 0, 0)
            if self._many >= OFFERED_MAX:
                return

    def _find(self, seated: Seated, unmatched: int, path_length: int, med: int) -> None:
        """Who of them is there, holds what is asked for and was not found before."""
        held, seen, rows, sight, speeds = self._held, self._seen, self._snapshot.rows, self._sight, self._speeds
        for row, mask in seated:
            if row >= len(rows):
                continue  # who came after this snapshot
            mask &= held[row]
            if row in seen:
                mask &= ~seen[row]
                seen[row] |= mask
            else:
                seen[row] = mask
            stand = rows[row]
            while stand is not None:
                if there := mask & stand.there:
                    good = self._fit(stand, there) if speeds or there & stand.back else there & stand.sound
                    merits = unmatched, stand.nearness, path_length, med, sight[stand.spot]
                    if good:
                        self._many += good.bit_count()
                        self._good.setdefault(merits, []).append((stand, good))
                    if good != there and self._many < OFFERED_MAX:
                        self._last.setdefault(merits, []).append((stand, there & ~good))
                stand = stand.beside

    def _fit(self, stand: Stand, mask: int) -> int:
        """Who of them is no last resort: neither full, nor back so short a time ago that this client is not among those it
        has, nor too slow for it before."""
        good, question = 0, self._question
        for at in SEATS_OF[mask & (stand.sound | stand.back)]:
            server = stand.servers[at]
            is_back = (
                server.share >= 1.0
                or ((stand.lots[at] ^ self._key) * _MIX & _TURN) >> 32 < server.share * _DRAWS
                or server.id == question.current
            )
            if is_back and self._speeds.get(server.id, inf) >= question.needs_kbps:
                good |= 1 << at
        return good

    def _offer(
        self,
        offered: list[Choice],
        found: _Found,
        most: int,
        *,
        is_origin: bool = False,
        is_last_resort: bool = False,
        of_two: bool = False,
    ) -> None:
        """The best of them, until there are `most`."""
        for merits in sorted(found) if len(found) > 1 else found:
            unmatched, nearness, path_length, med, far = merits
            drawn, servers = self._drawn(found[merits])
            if of_two:
                self._put_first(drawn, servers)
                of_two = False
            for each in drawn[: most - len(offered)]:
                server = servers[each & _WHO]
                decided = is_origin, is_last_resort, unmatched, nearness, path_length, med, far, each, server.id, server
                offered.append(_choice(Choice, decided))
            if len(offered) >= most:
                return

    def _drawn(self, equals: list[tuple[Stand, int]]) -> tuple[list[int], Sequence[Server]]:
        """Turns, the first one first, and the servers that their lower halves name."""
        # A checksum alone would keep the order of names that differ in a digit, whatever the key.
        key = self._key
        if len(equals) == 1:  # most often all of them stand together
            ((stand, mask),) = equals
            lots = stand.lots
            drawn = [(lots[at] ^ key) * _MIX & _TURN | at for at in SEATS_OF[mask]]
            drawn.sort()
            return drawn, stand.servers
        every = [(stand.lots[at], stand.servers[at]) for stand, mask in equals for at in SEATS_OF[mask]]
        drawn = sorted([(lot ^ key) * _MIX & _TURN | who for who, (lot, _) in enumerate(every)])
        return drawn, [server for _, server in every]

    def _put_first(self, drawn: list[int], servers: Sequence[Server]) -> None:
        """Among equals their turn decides who the first two are, and their load which of them is first: that balances as
        well as asking all, and does not send everybody to whoever was idle a second ago."""
        if len(drawn) < 2:
            return
        current = self._question.current
        if current is not None:
            for at, each in enumerate(drawn):
                if servers[each & _WHO].id == current:
                    drawn.insert(0, drawn.pop(at))
                    return
        first, second = drawn[0], drawn[1]
        if servers[second & _WHO].load < servers[first & _WHO].load:
            drawn[:2] = second, first
