"""Where the places that serve anybody are, seen from a client. It outlives snapshots: appliances move seldom."""

from collections.abc import Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

_NEAREST = 8
"""Places of each kind: more than one client needs, since not each of them holds each film."""


class Spot(NamedTuple):
    """Degrees."""

    latitude: float
    longitude: float


class Place(NamedTuple):
    """Appliances that stand together and are connected alike."""

    nearness: int
    name: str


class Sight(dict[int, float]):
    """From where a client is: the places it may be sent to, and how far each spot of the atlas is, by its number, once
    somebody asked: 0 as long as it is not known where the client is."""

    __slots__ = ("_from", "_spots", "places")

    def __init__(self, spot: Spot | None, places: tuple[int, ...], spots: Sequence[Spot | None]) -> None:
        super().__init__()
        self.places = places
        """By kind and then by distance, the nearest of each kind, by their number in the atlas."""
        self._from = spot
        self._spots = spots

    def __missing__(self, number: int) -> float:
        found = self[number] = 0.0 if self._from is None else distance_km(self._from, self._spots[number])
        return found


class Atlas:
    """Clients are known by the degree: what is as near as that is equally near."""

    def __init__(self, places: Mapping[Place, Spot | None]) -> None:
        self.places = dict(places)
        self._sights: dict[tuple[int, int] | None, Sight] = {}
        self._spots: list[Spot | None] = []
        self._numbers: dict[Spot | None, int] = {}

    def number(self, spot: Spot | None) -> int:
        """A spot's, by which a sight knows it."""
        if (number := self._numbers.get(spot)) is None:
            number = self._numbers[spot] = len(self._spots)
            self._spots.append(spot)
        return number

    def sight(self, spot: Spot | None) -> Sight:
        cell = None if spot is None else (round(spot[0]), round(spot[1]))
        if (found := self._sights.get(cell)) is None:
            center = None if cell is None else Spot(*cell)
            found = self._sights[cell] = Sight(center, self._nearest(center), self._spots)
        return found

    def _nearest(self, center: Spot | None) -> tuple[int, ...]:
        order = sorted(self.places, key=lambda place: (place[0], distance_km(center, self.places[place]), place[1]))
        kinds = sorted({place.nearness for place in order})
        numbers = {place: number for number, place in enumerate(self.places)}
        return tuple(
            numbers[place]
            for kind in kinds
            for place in [place for place in order if place.nearness == kind][:_NEAREST]
        )


def distance_km(one: Spot | None, other: Spot | None) -> float:
    """Along the surface; half way round the world where it is not known."""
    if one is None or other is None:
        return 20_000.0
    latitudes = radians(one.latitude), radians(other.latitude)
    across = sin((latitudes[1] - latitudes[0]) / 2) ** 2
    along = sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * 6371.0 * asin(min(1.0, sqrt(across + cos(latitudes[0]) * cos(latitudes[1]) * along)))
