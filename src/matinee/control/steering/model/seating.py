"""Appliances numbered, so that who of them holds a release, or heard a route, is a few bits.

A row has eight seats, and who stands together sits together: what a decision asks of a site is one byte. A seat is kept for
good, also while whoever has it is away: what is written down by seats holds as long as nobody new comes.
"""

from array import array
from collections.abc import Iterable
from typing import TypeAlias
from zlib import crc32

SEATS = 8
"""In a row."""
SEATS_OF = tuple(tuple(at for at in range(SEATS) if mask >> at & 1) for mask in range(1 << SEATS))
"""Whom a mask names: those whose bit it has, in a row."""
Seated: TypeAlias = tuple[tuple[int, int], ...]
"""Rows, each with a mask."""


class Named:
    """Names that are asked for together again and again. Where they sit is remembered."""

    __slots__ = ("__weakref__", "_edition", "_seated", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._edition: object = None
        self._seated: Seated = ()

    def seated(self, seating: "Seating") -> Seated:
        """Those of them who have a seat."""
        if self._edition is not seating.edition:
            self._edition, self._seated = seating.edition, seating.masks(self.names)
        return self._seated


class Seating:
    def __init__(self) -> None:
        self.edition = object()
        """Another one with everybody who comes."""
        self.numbers: dict[str, int] = {}
        """The row, times eight, and the seat in it."""
        self.names: list[str] = []
        """By number; empty where nobody sits."""
        self.lots = array("Q")
        """What each draws its turns with, by number."""
        self._with_room: dict[str, int] = {}
        """By site, the next seat in its last row."""

    @property
    def rows(self) -> int:
        return len(self.names) // SEATS

    def seat(self, name: str, site: str = "") -> int:
        """Its number. Who is seen for the first time sits with its site; without one, alone."""
        if (number := self.numbers.get(name)) is not None:
            return number
        number = self._with_room.get(site, 0) if site else 0
        if number % SEATS == 0:
            number = len(self.names)
            self.names += [""] * SEATS
            self.lots.frombytes(bytes(8 * SEATS))
        if site:
            self._with_room[site] = number + 1
        self.names[number], self.lots[number], self.numbers[name] = name, folded(crc32(name.encode())), number
        self.edition = object()
        return number

    def masks(self, names: Iterable[str]) -> Seated:
        found: dict[int, int] = {}
        for name in names:
            if (number := self.numbers.get(name)) is not None:
                row, at = divmod(number, SEATS)
                found[row] = found.get(row, 0) | 1 << at
        return tuple(found.items())


def folded(number: int) -> int:
    """Of what is drawn from both, the half that a name and a key can each be given beforehand."""
    return number ^ number >> 29
