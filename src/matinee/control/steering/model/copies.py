"""Who holds what: of each release a byte for each row of appliances, small enough to stay in the processor's cache."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from matinee.control.steering.model.seating import SEATS, SEATS_OF, Seating

_AHEAD = 64
"""Rows there is room for beyond those there are."""


class _Names(AbstractSet[str]):
    """Of one release, by name."""

    def __init__(self, seating: Seating, masks: bytes | bytearray) -> None:
        self._seating = seating
        self._masks = masks

    def __contains__(self, name: object) -> bool:
        number = self._seating.numbers.get(name) if isinstance(name, str) else None
        if number is None or number // SEATS >= len(self._masks):
            return False
        return bool(self._masks[number // SEATS] >> number % SEATS & 1)

    def __iter__(self) -> Iterator[str]:
        for row, mask in enumerate(self._masks):
            for at in SEATS_OF[mask]:
                if name := self._seating.names[row * SEATS + at]:
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Copies(Mapping[str, AbstractSet[str]]):
    """Names by release. A release that nobody holds is not in it."""

    def __init__(self, seating: Seating | None = None) -> None:
        self.seating = Seating() if seating is None else seating
        self._masks: dict[str, bytearray] = {}
        self._rows = 0
        """So many each of them has at least."""

    def masks(self, release_id: str) -> bytes | bytearray | None:
        """By row; at least of those there were at the last `widen`."""
        return self._masks.get(release_id)

    def put(self, name: str, releases: Iterable[str], site: str = "") -> None:
        row, at = divmod(self.seating.seat(name, site), SEATS)
        self.widen()
        known, bit = self._masks, 1 << at
        for release_id in releases:
            if (masks := known.get(release_id)) is None:
                masks = known[release_id] = bytearray(self._rows)
            masks[row] |= bit

    def drop(self, name: str, releases: Iterable[str]) -> None:
        if (number := self.seating.numbers.get(name)) is None:
            return
        self.widen()
        row, at = divmod(number, SEATS)
        for release_id in releases:
            if (masks := self._masks.get(release_id)) is not None:
                masks[row] &= ~(1 << at)
                if not any(masks):
                    del self._masks[release_id]

    def forget(self, release_id: str) -> None:
        self._masks.pop(release_id, None)

    def widen(self) -> None:
        """To all rows there are."""
        if self._rows < self.seating.rows:
            self._rows = self.seating.rows + _AHEAD
            for masks in self._masks.values():
                masks.extend(bytes(max(0, self._rows - len(masks))))

    def without(self, withheld: Mapping[str, Collection[str]]) -> "Copies":
        """The same, but for those who are not to be named for a release."""
        if not any(withheld.values()):
            return self
        others = Copies(self.seating)
        others._masks, others._rows = dict(self._masks), self._rows
        for release_id, names in withheld.items():
            if release_id in others._masks:
                others._masks[release_id] = others._masks[release_id][:]
            for name in names:
                others.drop(name, [release_id])
        return others

    def __getitem__(self, release_id: str) -> AbstractSet[str]:
        return _Names(self.seating, self._masks[release_id])

    def __iter__(self) -> Iterator[str]:
        return iter(self._masks)

    def __len__(self) -> int:
        return len(self._masks)


class Everything(Copies):
    """As if all held all."""

    def __init__(self, seating: Seating | None = None) -> None:
        super().__init__(seating)
        self._all = b""

    def masks(self, release_id: str) -> bytes | bytearray | None:
        return self._all

    def widen(self) -> None:
        if self._rows <= self.seating.rows:
            self._rows = self.seating.rows + _AHEAD
            self._all = b"\xff" * self._rows

    def __getitem__(self, release_id: str) -> AbstractSet[str]:
        return _Names(self.seating, b"\xff" * self.seating.rows)
