"""Where the places that serve anybody are, seen from a client. It outlives snapshots: appliances move seldom."""

from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

_NEAREST = 8
"""Places of each kind: more than one client needs, since not each of them holds each film."""
_KNOWN_MAX = 200_000


class Spot(NamedTuple):
    """Degrees."""

    latitude: float
    longitude: float


class Place(NamedTuple):
    """Appliances that stand together and are connected alike."""

    nearness: int
    name: str


class Atlas:
    """Clients are known by the degree: what is as near as that is equally near."""

    def __init__(self, places: Mapping[Place, Spot | None]) -> None:
        self.places = dict(places)
        self._near: dict[Spot | None, tuple[Place, ...]] = {}
        self._distances: dict[Spot, dict[Spot | None, float]] = {}

    def near(self, cell: Spot | None) -> tuple[Place, ...]:
        """By kind and then by distance, the nearest of each kind."""
        if (found := self._near.get(cell)) is None:
            order = sorted(self.places, key=lambda place: (place[0], distance_km(cell, self.places[place]), place[1]))
            kinds = sorted({place.nearness for place in order})
            found = tuple(
                place for kind in kinds for place in [place for place in order if place.nearness == kind][:_NEAREST]
            )
            self._near[cell] = found
        return found

    def distances(self, cell: Spot) -> dict[Spot | None, float]:
        """From a cell to the spots that were asked for so far."""
        if (found := self._distances.get(cell)) is None:
            if len(self._distances) > _KNOWN_MAX:
                self._distances.clear()
            found = self._distances[cell] = {}
        return found


def cell_of(spot: Spot | None) -> Spot | None:
    return None if spot is None else Spot(round(spot.latitude), round(spot.longitude))


def distance_km(one: Spot | None, other: Spot | None) -> float:
    """Along the surface; half way round the world where it is not known."""
    if one is None or other is None:
        return 20_000.0
    latitudes = radians(one.latitude), radians(other.latitude)
    across = sin((latitudes[1] - latitudes[0]) / 2) ** 2
    along = sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * 6371.0 * asin(min(1.0, sqrt(across + cos(latitudes[0]) * cos(latitudes[1]) * along)))
