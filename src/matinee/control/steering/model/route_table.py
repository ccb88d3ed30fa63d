"""Which appliances a client's network was announced to: longest match first.

A dictionary for each length, from a prefix to the number of its *group*: everything that was announced for it, by
whom and how. Thousands of prefixes share a group, so that a million of them fit, and what one appliance announced is
forgotten at once by taking it out of the groups, however much it was.
"""

from collections.abc import Iterator
from typing import NamedTuple

from matinee.control.steering.model.addresses import Address, Prefix

_NONE = 0
"""The number of the group without routes."""


class Route(NamedTuple):
    """As one appliance heard it. Of two, the shorter path is better, then the lower discriminator."""

    source: str
    """The appliance."""
    path_length: int
    med: int


class Way(NamedTuple):
    """What several appliances heard alike: those of a site most often do."""

    path_length: int
    med: int
    sources: tuple[str, ...]


class RouteTable:
    def __init__(self) -> None:
        # By family, by length, longest first: a new length sorts them anew.
        self._by_length: dict[int, dict[int, dict[int, int]]] = {32: {}, 128: {}}
        self._steps: dict[int, list[tuple[int, int, dict[int, int]]]] = {32: [], 128: []}
        """The same with how far an address is moved for each length: all that is looked at in each decision."""
        self._groups: list[tuple[Route, ...]] = [()]
        self._uses = [0]
        """How many prefixes have each group; without any, its number is free."""
        self._free: list[int] = []
        self._numbers: dict[tuple[Route, ...], int] = {(): _NONE}
        self._ways: dict[int, tuple[Way, ...]] = {_NONE: ()}
        """By number, of groups that were asked for."""
        self._of_source: dict[str, set[int]] = {}
        self._entries = self._dead = 0

    def __len__(self) -> int:
        """Prefixes that have a route."""
        return self._entries - self._dead

    def announce(self, prefix: Prefix, route: Route) -> None:
        """In place of what its source said of this prefix before."""
        before = self.routes(prefix)
        self._set(prefix, tuple(sorted([*(known for known in before if known.source != route.source), route])))

    def withdraw(self, prefix: Prefix, source: str) -> None:
        before = self.routes(prefix)
        self._set(prefix, tuple(known for known in before if known.source != source))

    def flush(self, source: str) -> None:
        """Forget all that this appliance announced."""
        for number in self._of_source.pop(source, ()):
            before = self._groups[number]
            left = tuple(known for known in before if known.source != source)
            if self._numbers.get(before) == number:
                del self._numbers[before]
            self._groups[number] = left
            self._ways.pop(number, None)
            self._numbers.setdefault(left, number)
            if not left:
                self._dead += self._uses[number]
        if self._dead > self._entries // 2:
            self._sweep()

    def ways(self, address: Address) -> Iterator[tuple[int, tuple[Way, ...]]]:
        """Each prefix that holds the address and has routes, the longest first: its length, and who heard what of it."""
        number, known = address.number, self._ways
        for length, shift, networks in self._steps[address.bits]:
            if (group := networks.get(number >> shift)) is not None:
                if (ways := known.get(group)) is None:
                    ways = known[group] = _heard_alike(self._groups[group])
                if ways:
                    yield length, ways

    def matches(self, address: Address) -> Iterator[tuple[int, tuple[Route, ...]]]:
        """The same, route by route."""
        for length, ways in self.ways(address):
            yield length, tuple(sorted(Route(each, *heard) for *heard, sources in ways for each in sources))

    def routes(self, prefix: Prefix) -> tuple[Route, ...]:
        return self._groups[self._by_length[prefix.bits].get(prefix.length, {}).get(prefix.network, _NONE)]

    def prefixes(self) -> Iterator[tuple[Prefix, tuple[Route, ...]]]:
        """Everything that has a route, for an operator's search."""
        for bits, lengths in self._by_length.items():
            for length, networks in lengths.items():
                for network, number in networks.items():
                    if routes := self._groups[number]:
                        yield Prefix(bits, length, network), routes

    def _set(self, prefix: Prefix, group: tuple[Route, ...]) -> None:
        lengths = self._by_length[prefix.bits]
        if (networks := lengths.get(prefix.length)) is None:
            if not group:
                return
            lengths[prefix.length] = networks = {}
            lengths = self._by_length[prefix.bits] = dict(sorted(lengths.items(), reverse=True))
            self._steps[prefix.bits] = [(length, prefix.bits - length, each) for length, each in lengths.items()]
        before = networks.get(prefix.network)
        if before is not None and self._groups[before] == group:
            return
        if group:
            networks[prefix.network] = self._taken(group)
            self._entries += before is None
        elif before is not None:
            del networks[prefix.network]
            self._entries -= 1
        if before is not None:
            self._dead -= not self._groups[before]
            self._release(before)

    def _taken(self, group: tuple[Route, ...]) -> int:
        if (number := self._numbers.get(group)) is None:
            if self._free:
                number = self._free.pop()
                self._groups[number] = group
            else:
                number = len(self._groups)
                self._groups.append(group)
                self._uses.append(0)
            self._numbers[group] = number
            for route in group:
                self._of_source.setdefault(route.source, set()).add(number)
        self._uses[number] += 1
        return number

    def _release(self, number: int) -> None:
        self._uses[number] -= 1
        if self._uses[number] or number == _NONE:
            return
        group = self._groups[number]
        if self._numbers.get(group) == number:
            del self._numbers[group]
        for route in group:
            if (known := self._of_source.get(route.source)) is not None:
                known.discard(number)
        self._groups[number] = ()
        self._ways.pop(number, None)
        self._free.append(number)

    def _sweep(self) -> None:
        """Take out prefixes that a flush left without a route: they are more than the others."""
        for lengths in self._by_length.values():
            for networks in lengths.values():
                for network in [network for network, number in networks.items() if not self._groups[number]]:
                    self._release(networks.pop(network))
        self._entries -= self._dead
        self._dead = 0


def _heard_alike(group: tuple[Route, ...]) -> tuple[Way, ...]:
    sources: dict[tuple[int, int], list[str]] = {}
    for source, path_length, med in group:
        sources.setdefault((path_length, med), []).append(source)
    return tuple(Way(*heard, tuple(each)) for heard, each in sources.items())
