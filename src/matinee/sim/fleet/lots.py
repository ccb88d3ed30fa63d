"""What a seed has in store for a fleet of real parts: who stands where, the films and their rights, what goes wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from matinee.delivery.edge.api import FillWindow
from matinee.kernel.chance import SeededChance
from matinee.kernel.quantities import seconds
from matinee.sim.nature import Misfortune, What
from matinee.wire.health import Reach

BEGINS_HOUR = 18
"""UTC, of every world."""
ZONES = {"UTC": 0, "Asia/Tokyo": 9, "Asia/Kolkata": 5.5, "America/Bogota": -5}
"""Zones that never set their clocks, by hours: a window in one of them opens at a known second of the world."""
_EXCHANGE_SHARE, _EXCHANGE_SITE = 0.2, 3
_ELSEWHERE = 0.1
"""Of the viewers: in no network that was announced to anybody."""
_EVERY_S, _LASTS_S = 45.0, 60.0


@dataclass(frozen=True, slots=True)
class Stand:
    """An appliance and where it stands."""

    name: str
    site: str
    reach: Reach
    kind: Literal["storage", "flash"]
    spot: tuple[float, float]
    prefixes: tuple[str, ...]
    room_bytes: int
    window: FillWindow | None

    @property
    def opens_s(self) -> float:
        """Of the world, where it has a window."""
        assert self.window is not None
        local = self.window.opens.hour * 3600 + self.window.opens.minute * 60
        return (local - (BEGINS_HOUR + ZONES[self.window.zone]) * 3600) % 86_400

    @property
    def closes_s(self) -> float:
        assert self.window is not None
        return self.opens_s + self.window.length.total_seconds()


@dataclass(frozen=True, slots=True)
class Film:
    name: str
    segments: int
    ready_s: float
    """When the studio has it."""
    opens_s: float | None = None
    """The hour of its premiere; it is brought in before."""
    ends_s: float | None = None
    """Its rights'."""


@dataclass(frozen=True, slots=True)
class FleetOrder:
    """What an operator does."""

    at_s: float
    what: Literal["purge", "purge file", "fetch anew", "withdraw"]
    film: str
    place: float = 0.0
    """In [0, 1): which of its files."""


@dataclass(frozen=True, slots=True)
class Lots:
    stands: tuple[Stand, ...]
    films: tuple[Film, ...]
    viewers: tuple[tuple[str, str], ...]
    """Name and address."""
    befall: tuple[Misfortune, ...] = field(default=())
    orders: tuple[FleetOrder, ...] = field(default=())


ORIGINS = ("origin-1", "origin-2")
STEERING = "steering"


def draw(seed: str, *, appliances: int, viewers: int, films: int, for_s: float) -> Lots:
    chance = SeededChance(f"fleet {seed}")
    stands = _stands(chance.fork("stands"), appliances, for_s)
    shown = _films(chance.fork("films"), films, for_s)
    return Lots(
        stands,
        shown,
        _viewers(chance.fork("viewers"), viewers, stands),
        _misfortunes(chance.fork("nature"), stands, for_s),
        _orders(chance.fork("desk"), shown, for_s),
    )


def _stands(chance: SeededChance, count: int, for_s: float) -> tuple[Stand, ...]:
    """A fifth at exchanges, holding everything; the others in networks, two or three together, with less room."""
    stands: list[Stand] = []
    outer = max(1, int(count * _EXCHANGE_SHARE))
    while len(stands) < count:
        is_outer = len(stands) < outer
        together = min(
            _EXCHANGE_SITE if is_outer else 2 + int(chance.uniform() * 2),
            (outer if is_outer else count) - len(stands),
        )
        number = len({stand.site for stand in stands})
        spot = (float(int(chance.uniform() * 100) - 50), float(int(chance.uniform() * 300) - 150))
        window = _window(chance, for_s) if chance.uniform() < 0.6 else None
        reach: Reach = "exchange" if is_outer else "embedded" if chance.uniform() < 0.7 else "private"
        for _ in range(together):
            room = (4 << 20) if is_outer else 150_000 + int(chance.uniform() * 350_000)
            stands.append(
                Stand(
                    f"edge-{len(stands) + 1}",
                    f"site-{number + 1}",
                    reach,
                    "storage" if is_outer else "flash",
                    spot,
                    () if is_outer else (f"10.{number}.0.0/16",),
                    room,
                    window,
                )
            )
    return tuple(stands)


def _window(chance: SeededChance, for_s: float) -> FillWindow:
    """Open for a good part of the time that is lived; whole minutes, as a clock on the wall shows."""
    zone = list(ZONES)[int(chance.uniform() * len(ZONES))]
    opens_minute = int(chance.uniform() * for_s / 240)
    length_s = 60 * (1 + int((0.3 + 0.4 * chance.uniform()) * for_s / 60))
    local = int((BEGINS_HOUR + ZONES[zone]) * 60 + opens_minute) % (24 * 60)
    rate = 400 + int(chance.uniform() * 3000)
    night = 50_000 + int(chance.uniform() * 250_000)
    return FillWindow(zone, time(local // 60, local % 60), seconds(length_s), rate, night)


def _films(chance: SeededChance, count: int, for_s: float) -> tuple[Film, ...]:
    """Most are there from the beginning; of the others one has its premiere, one comes late, one ends."""
    films = []
    for number in range(count):
        ready, opens, ends = 1.0, None, None
        if number % 6 == 1:
            opens = round(for_s * (0.3 + 0.4 * chance.uniform()), 1)
        elif number % 6 == 2:
            ready = round(for_s * (0.1 + 0.3 * chance.uniform()), 1)
        elif number % 6 == 3:
            ends = round(for_s * (0.5 + 0.4 * chance.uniform()), 1)
        films.append(Film(f"film-{number + 1}", 8 + int(chance.uniform() * 12), ready, opens, ends))
    return tuple(films)


def _viewers(chance: SeededChance, count: int, stands: Sequence[Stand]) -> tuple[tuple[str, str], ...]:
    networks = sorted({prefix.rpartition(".0.0/")[0] for stand in stands for prefix in stand.prefixes})
    viewers = []
    for number in range(count):
        draw, place = chance.uniform(), chance.uniform()
        network = "172.16" if draw < _ELSEWHERE or not networks else networks[int(place * len(networks))]
        viewers.append((f"viewer-{number + 1}", f"{network}.{number // 200}.{1 + number % 200}"))
    return tuple(viewers)


_OF_APPLIANCES: tuple[What, ...] = (
    "kill", "kill", "power cut", "rot", "frozen", "cut", "isolated", "loss", "slow link", "slow disk", "full disk",
    "peers lost",
)  # fmt: skip


def _misfortunes(chance: SeededChance, stands: Sequence[Stand], for_s: float) -> tuple[Misfortune, ...]:
    """Appliances one after the other; each origin in turn; steering once. As many draws for each."""
    drawn: list[Misfortune] = []
    at_s = 0.0
    while (at_s := at_s + _EVERY_S * 2 * chance.uniform()) < for_s:
        kind, place, far, much, last = (chance.uniform() for _ in range(5))
        what = _OF_APPLIANCES[int(kind * len(_OF_APPLIANCES))]
        stand = stands[int(place * len(stands))]
        others = [STEERING, *ORIGINS, *(each.name for each in stands if each.site == stand.site and each != stand)]
        other = others[int(far * len(others))] if what in ("cut", "loss", "slow link") else ""
        drawn.append(_misfortune(at_s, 5 + _LASTS_S * 2 * last, what, stand.name, other, much))
    for number, where in enumerate((ORIGINS[0], STEERING, ORIGINS[1])):
        at_s = for_s * (0.2 + 0.25 * number + 0.1 * chance.uniform())
        what = "frozen" if where != STEERING and chance.uniform() < 0.5 else "kill"
        drawn.append(_misfortune(at_s, 10 + 50 * chance.uniform(), what, where, "", chance.uniform()))
    return tuple(sorted(drawn, key=lambda each: (each.at_s, each.where)))


def _misfortune(at_s: float, lasts_s: float, what: What, where: str, other: str, much: float) -> Misfortune:
    return Misfortune(round(at_s, 3), round(lasts_s, 3), what, where, other, round(much, 6))


def _orders(chance: SeededChance, films: Sequence[Film], for_s: float) -> tuple[FleetOrder, ...]:
    """One of each, at any time after the first films are there, of films that nothing else is told of."""
    plain = [film for film in films if film.opens_s is None and film.ends_s is None and film.ready_s < 2]
    orders = []
    for number, what in enumerate(_WHAT[: len(plain)]):
        at_s = for_s * (0.25 + 0.6 * chance.uniform())
        orders.append(FleetOrder(round(at_s, 3), what, plain[number].name, round(chance.uniform(), 6)))
    return tuple(sorted(orders, key=lambda order: order.at_s))


_WHAT: tuple[Literal["purge", "purge file", "fetch anew", "withdraw"], ...] = (
    "purge", "fetch anew", "withdraw", "purge file",
)  # fmt: skip
