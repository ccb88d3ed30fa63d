"""What a seed has in store for a fleet of models: sites, a catalog with its demand, and days of misfortunes and orders.

Numbers are whole wherever they can be; what is drawn is drawn as `lots` draws it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from itertools import accumulate
from typing import Literal

from matinee.control.steering.model.addresses import Address, Prefix
from matinee.control.steering.model.atlas import Spot
from matinee.delivery.edge.api import FillWindow
from matinee.kernel.chance import SeededChance
from matinee.kernel.quantities import hours
from matinee.sim.fleet.lots import ORIGINS, STEERING, ZONES, FleetOrder
from matinee.sim.nature import Misfortune, What
from matinee.wire.health import Reach

GB = 1_000_000_000
DAY_S = 86_400
_OUTER_SHARE, _OUTER_TOGETHER = 0.1, 5
_FILMS, _FRESH = 800, 36
_NETWORK_BITS = 20
_TASTE = 0.25
"""Of what a site plays, so much is drawn by its own order of the catalog."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site: appliances of one kind that stand together, and the network they are in."""

    name: str
    number: int
    reach: Reach
    appliances: tuple[str, ...]
    room_bytes: int
    """Of each."""
    capacity_bytes: int
    """A minute, of each."""
    spot: Spot
    window: FillWindow
    hour: int
    """Of its clocks, when it is midnight at UTC."""
    plays: int
    """Begun in an hour of an evening, by cohorts."""

    @property
    def kind(self) -> Literal["storage", "flash"]:
        return "storage" if self.reach == "exchange" else "flash"

    @property
    def prefix(self) -> Prefix:
        return Prefix(32, _NETWORK_BITS, (10 << 24 | self.number << (32 - _NETWORK_BITS)) >> (32 - _NETWORK_BITS))

    def address(self, host: int) -> Address:
        return Address(32, 10 << 24 | self.number << (32 - _NETWORK_BITS) | 1 + host % 4_000)


@dataclass(frozen=True, slots=True)
class Title:
    name: str
    size: int
    minutes: int
    weight: int
    """Of all that is played, in thousandths of the least."""
    ready_s: int = 0
    opens_s: int | None = None
    ends_s: int | None = None


@dataclass(frozen=True, slots=True)
class Region:
    places: tuple[Place, ...]
    titles: tuple[Title, ...]
    befall: tuple[Misfortune, ...]
    orders: tuple[FleetOrder, ...]


def draw_region(seed: str, *, appliances: int, for_s: float) -> Region:
    chance = SeededChance(f"region {seed}")
    titles = _titles(chance.fork("titles"), int(for_s))
    catalog_bytes = sum(title.size for title in titles)
    places = _places(chance.fork("places"), appliances, catalog_bytes)
    names = [name for place in places for name in place.appliances]
    befall = _misfortunes(chance.fork("nature"), names, for_s)
    return Region(places, titles, befall, _orders(chance.fork("desk"), titles, for_s))


def _titles(chance: SeededChance, for_s: int) -> tuple[Title, ...]:
    titles = []
    for number in range(_FILMS + _FRESH):
        size = (2 + int(chance.uniform() * 7)) * GB
        minutes = 70 + 10 * int(chance.uniform() * 6)
        ready, opens, ends = 0, None, None
        rank = 1 + number
        if number >= _FILMS:
            rank = 1 + int(chance.uniform() * 40)
            ready = int(chance.uniform() * for_s * 0.7)
            if number % 2:
                opens = ready + int((0.1 + 0.5 * chance.uniform()) * for_s)
        elif number % 25 == 7:
            ends = int((0.2 + 0.7 * chance.uniform()) * for_s)
        titles.append(Title(f"film-{number + 1}", size, minutes, 1_000 * 400 // (5 + rank), ready, opens, ends))
    return tuple(titles)


def _places(chance: SeededChance, count: int, catalog_bytes: int) -> tuple[Place, ...]:
    places: list[Place] = []
    made, outer = 0, max(2, int(count * _OUTER_SHARE))
    while made < count:
        is_outer = made < outer
        together = min(
            _OUTER_TOGETHER if is_outer else 2 + int(chance.uniform() * 3), (outer if is_outer else count) - made
        )
        zone = list(ZONES)[int(chance.uniform() * len(ZONES))]
        spot = Spot(float(int(chance.uniform() * 100) - 50), float(int(chance.uniform() * 300) - 150))
        reach: Reach = "exchange" if is_outer else "embedded" if chance.uniform() < 0.8 else "private"
        # At an exchange the whole catalog fits twice among those of a place; in a network about a seventh of it in each.
        room = (
            catalog_bytes * 2 // max(1, together) * 11 // 10
            if is_outer
            else int(catalog_bytes * (0.1 + 0.1 * chance.uniform()))
        )
        rate = (150 if is_outer else 37) * 1_000_000
        window = FillWindow(zone, time(2 + int(chance.uniform() * 2)), hours(8), rate, room * 65 // 1000)
        number = len(places) + 1
        places.append(
            Place(
                f"site-{number}",
                number,
                reach,
                tuple(f"edge-{made + one + 1}" for one in range(together)),
                room,
                (700 if is_outer else 150) * GB,
                spot,
                window,
                int(ZONES[zone]),
                0 if is_outer else 8 + int(chance.uniform() * 24 * together),
            )
        )
        made += together
    return tuple(places)


_WHAT: tuple[What, ...] = ("kill", "kill", "frozen", "cut", "isolated", "full disk", "rot", "peers lost")


def _misfortunes(chance: SeededChance, names: Sequence[str], for_s: float) -> tuple[Misfortune, ...]:
    """One a day for each appliance; origins in turn every few hours, steering once a day."""
    every_s = DAY_S / len(names)
    drawn: list[Misfortune] = []
    at_s = 60.0
    while (at_s := at_s + every_s * 2 * chance.uniform()) < for_s:
        kind, place, last = (chance.uniform() for _ in range(3))
        what = _WHAT[int(kind * len(_WHAT))]
        lasts_s = 20 + last * last * 3_600
        other = STEERING if what == "cut" else ""
        drawn.append(Misfortune(round(at_s, 3), round(lasts_s, 3), what, names[int(place * len(names))], other))
    for number in range(int(for_s // 14_400)):
        at_s = 14_400 * number + 600 + 10_000 * chance.uniform()
        drawn.append(Misfortune(round(at_s, 3), round(60 + 900 * chance.uniform(), 3), "kill", ORIGINS[number % 2]))
    for number in range(max(1, int(for_s // DAY_S))):
        at_s = DAY_S * number + min(for_s, DAY_S) * chance.uniform() * 0.9
        drawn.append(Misfortune(round(at_s, 3), round(60 + 600 * chance.uniform(), 3), "kill", STEERING))
    return tuple(sorted(drawn, key=lambda each: (each.at_s, each.where)))


def _orders(chance: SeededChance, titles: Sequence[Title], for_s: float) -> tuple[FleetOrder, ...]:
    """Every two hours something is purged or withdrawn: of what is played much as often as of the rest."""
    plain = [title.name for title in titles if title.ready_s == 0 and title.ends_s is None]
    orders: dict[str, FleetOrder] = {}
    for number in range(max(2, int(for_s // 7_200))):
        at_s = round(for_s * (number + chance.uniform()) / max(2, int(for_s // 7_200)), 3)
        most = len(plain) if number % 2 else 60
        film = plain[int(chance.uniform() * most)]
        orders.setdefault(film, FleetOrder(at_s, "withdraw" if number % 4 == 3 else "purge", film))
    return tuple(sorted(orders.values(), key=lambda order: order.at_s))


class Appetite:
    """What is asked for, as the catalog's weights have it: the region's order, and each site's own."""

    def __init__(self, titles: Sequence[Title]) -> None:
        self._titles = titles
        self._sums: list[int] = []

    def at(self, now_s: float) -> None:
        """A film is asked for from its opening on, for a day four times as much; some try before."""
        weights = []
        for title in self._titles:
            opens = title.ready_s if title.opens_s is None else title.opens_s
            is_fresh = opens > 0 and opens <= now_s < opens + DAY_S
            weights.append(title.weight * 4 if is_fresh else title.weight if opens <= now_s else title.weight // 50)
        self._sums = list(accumulate(weights))

    def draw(self, place: Place, one: float, other: float) -> Title:
        found = bisect_right(self._sums, int(one * self._sums[-1]))
        if other < _TASTE:
            found = (found + 37 * place.number) % len(self._titles)
        return self._titles[found]


_BY_HOUR = (30, 15, 8, 5, 4, 5, 8, 12, 16, 20, 24, 28, 32, 34, 36, 40, 46, 55, 68, 85, 100, 100, 85, 55)
"""Of an evening's plays, percent."""


def plays_of_hour(place: Place, now_s: float, begins_hour: int) -> int:
    """In hundredths of a cohort an hour."""
    hour = (begins_hour + int(now_s // 3600) + place.hour) % 24
    return place.plays * _BY_HOUR[hour]
