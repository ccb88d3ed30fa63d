"""What an appliance's peers announce, as steering wants it: the best of each prefix, and what changed since when."""

from collections.abc import Iterator, Mapping
from itertools import groupby, islice
from operator import itemgetter

from matinee.wire.routes import AnnouncedAlike, RouteNews

CHANGES_MAX = 20_000
"""In one message: a few hundred kilobytes."""
Way = tuple[int, int]
"""Length of the path, and the discriminator: the smaller is the better."""


class AnnouncedTable:
    """Peers may announce the same prefix; steering hears of the best. Changes are numbered, and the latest stands last."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self.number = 0
        self._by_peer: dict[str, dict[str, Way]] = {}
        self._changed: dict[str, tuple[int, Way | None]] = {}
        """By prefix: when it changed last, and what it is since; None: announced by nobody."""

    def __len__(self) -> int:
        return sum(way is not None for _, way in self._changed.values())

    def announce(self, peer: str, prefixes: tuple[str, ...], way: Way) -> None:
        known = self._by_peer.setdefault(peer, {})
        for prefix in prefixes:
            known[prefix] = way
            self._note(prefix)

    def withdraw(self, peer: str, prefixes: tuple[str, ...]) -> None:
        known = self._by_peer.get(peer, {})
        for prefix in prefixes:
            if known.pop(prefix, None) is not None:
                self._note(prefix)

    def forget(self, peer: str) -> None:
        """Its session is lost: nothing of what it announced holds."""
        for prefix in self._by_peer.pop(peer, {}):
            self._note(prefix)

    def news(self, appliance_id: str, since: int, *, changes_max: int = CHANGES_MAX) -> RouteNews:
        """The next changes after `since`, no more than fit into one message. From 0 on, only what holds."""
        changes = list(islice(self._after(since), changes_max))
        until = changes[-1][0] if len(changes) == changes_max else self.number
        announced = sorted((way, prefix) for _, prefix, way in changes if way is not None)
        alike = tuple(
            AnnouncedAlike(way[0], way[1], tuple(prefix for _, prefix in group))
            for way, group in groupby(announced, key=itemgetter(0))
        )
        withdrawn = tuple(prefix for _, prefix, way in changes if way is None)
        return RouteNews(appliance_id, self.epoch, since, until, alike, withdrawn)

    def settle(self, until: int) -> None:
        """Steering knows up to here: what was withdrawn before needs no more telling."""
        for prefix in [p for p, (number, way) in self._changed.items() if way is None and number <= until]:
            del self._changed[prefix]

    def _note(self, prefix: str) -> None:
        way = min((known[prefix] for known in self._by_peer.values() if prefix in known), default=None)
        before = self._changed.get(prefix)
        if (before[1] if before is not None else None) == way:
            return
        self._changed.pop(prefix, None)
        self.number += 1
        self._changed[prefix] = (self.number, way)

    def _after(self, since: int) -> Iterator[tuple[int, str, Way | None]]:
        found = self._changed if since == 0 else self._late(since)
        for prefix, (number, way) in found.items():
            if since or way is not None:
                yield number, prefix, way

    def _late(self, since: int) -> Mapping[str, tuple[int, Way | None]]:
        late: list[tuple[str, tuple[int, Way | None]]] = []
        for prefix in reversed(self._changed):
            if (change := self._changed[prefix])[0] <= since:
                break
            late.append((prefix, change))
        return dict(reversed(late))
