"""Which appliances a client's network was announced to: longest match first.

A dictionary for each length, from a prefix to its *group*: everything that was announced for it, by whom and how.
Thousands of prefixes share a group, so that a million of them fit, and what one appliance announced is forgotten at once
by taking it out of the groups, however much it was.
"""

from array import array
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias
from weakref import WeakValueDictionary

from matinee.control.steering.model.addresses import Address, Prefix
from matinee.control.steering.model.seating import Named

_BLOCK_BITS, _PART_BITS = 8, 20
"""What lengths there are is known by the first bits of an IPv4 address: an array for each block, a number for each part."""
_ALWAYS = (1 << _BLOCK_BITS) - 1
"""Lengths shorter than a block are always looked for."""


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
    sources: Named


class _Group:
    """What was announced for some prefixes."""

    __slots__ = ("routes", "uses", "ways")

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self.uses = 0
        """How many prefixes have it."""
        self.ways: tuple[Way, ...] | None = None
        """The same, from when it is first asked for."""


_Networks: TypeAlias = dict[int, _Group]
_Step: TypeAlias = tuple[int, int, _Networks]
"""A length, how far an address is moved for it, and what is announced of that length."""


class _Family:
    """The table of one kind of address."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.lengths: dict[int, _Networks] = {}
        """Longest first."""
        self.every: tuple[_Step, ...] = ()
        self._blocks: dict[int, array[int]] = {}
        """Which lengths there may be in each part of a block, a bit for each. One that is gone keeps its bit: it is looked
        for in vain."""
        self._some: dict[int, tuple[_Step, ...]] = {}
        """Steps by such bits."""

    def steps(self, number: int) -> tuple[_Step, ...]:
        """Where something may be said of an address: a table as large as the Internet's has few lengths in any one part."""
        if self.bits != 32:
            return self.every
        block = self._blocks.get(number >> 24)
        known = 0 if block is None else block[number >> 12 & 0xFFF]
        if (steps := self._some.get(known)) is None:
            there = known << _BLOCK_BITS | _ALWAYS
            steps = self._some[known] = tuple(step for step in self.every if there >> step[0] & 1)
        return steps

    def enter(self, prefix: Prefix, group: _Group) -> None:
        """A prefix that was not there."""
        if (networks := self.lengths.get(prefix.length)) is None:
            self.lengths[prefix.length] = networks = {}
            self.lengths = dict(sorted(self.lengths.items(), reverse=True))
            self.every = tuple((length, self.bits - length, each) for length, each in self.lengths.items())
            self._some = {}
        networks[prefix.network] = group
        if self.bits == 32 and prefix.length >= _BLOCK_BITS:
            first = prefix.network << 32 - prefix.length
            if (block := self._blocks.get(first >> 24)) is None:
                block = self._blocks[first >> 24] = array("I", bytes(4 << _PART_BITS - _BLOCK_BITS))
            start = first >> 12 & 0xFFF
            for part in range(start, start + (1 << max(0, _PART_BITS - prefix.length))):
                block[part] |= 1 << prefix.length - _BLOCK_BITS


class RouteTable:
    def __init__(self) -> None:
        self._families = {bits: _Family(bits) for bits in (32, 128)}
        self._groups: dict[tuple[Route, ...], _Group] = {}
        self._of_source: dict[str, set[_Group]] = {}
        self._named: WeakValueDictionary[tuple[str, ...], Named] = WeakValueDictionary()
        """Sources that heard something alike."""
        self._entries = self._dead = 0
        """Prefixes, and those of them that a flush left without a route."""

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
        for group in self._of_source.pop(source, ()):
            if self._groups.get(group.routes) is group:
                del self._groups[group.routes]
            group.routes = tuple(known for known in group.routes if known.source != source)
            group.ways = None
            if group.routes:
                self._groups.setdefault(group.routes, group)
            else:
                self._dead += group.uses
        if self._dead > self._entries // 2:
            self._sweep()

    def ways(self, address: Address) -> Iterator[tuple[int, tuple[Way, ...]]]:
        """Each prefix that holds the address and has routes, the longest first: its length, and who heard what of it."""
        number = address.number
        for length, shift, networks in self._families[address.bits].steps(number):
            if (group := networks.get(number >> shift)) is not None:
                if (ways := group.ways) is None:
                    ways = group.ways = self._heard_alike(group.routes)
                if ways:
                    yield length, ways

    def matches(self, address: Address) -> Iterator[tuple[int, tuple[Route, ...]]]:
        """The same, route by route."""
        for length, ways in self.ways(address):
            yield length, tuple(sorted(Route(each, *heard) for *heard, sources in ways for each in sources.names))

    def routes(self, prefix: Prefix) -> tuple[Route, ...]:
        found = self._families[prefix.bits].lengths.get(prefix.length, {}).get(prefix.network)
        return () if found is None else found.routes

    def prefixes(self) -> Iterator[tuple[Prefix, tuple[Route, ...]]]:
        """Everything that has a route, for an operator's search."""
        for bits, family in self._families.items():
            for length, networks in family.lengths.items():
                for network, group in networks.items():
                    if group.routes:
                        yield Prefix(bits, length, network), group.routes

    def _set(self, prefix: Prefix, routes: tuple[Route, ...]) -> None:
        family = self._families[prefix.bits]
        networks = family.lengths.get(prefix.length, {})
        before = networks.get(prefix.network)
        if routes == (() if before is None else before.routes):
            return
        if not routes:
            del networks[prefix.network]
            self._entries -= 1
        elif before is None:
            family.enter(prefix, self._taken(routes))
            self._entries += 1
        else:
            networks[prefix.network] = self._taken(routes)
        if before is not None:
            self._dead -= not before.routes
            self._release(before)

    def _taken(self, routes: tuple[Route, ...]) -> _Group:
        if (group := self._groups.get(routes)) is None:
            group = self._groups[routes] = _Group(routes)
            for route in routes:
                self._of_source.setdefault(route.source, set()).add(group)
        group.uses += 1
        return group

    def _release(self, group: _Group) -> None:
        group.uses -= 1
        if group.uses:
            return
        if self._groups.get(group.routes) is group:
            del self._groups[group.routes]
        for route in group.routes:
            if (known := self._of_source.get(route.source)) is not None:
                known.discard(group)

    def _sweep(self) -> None:
        """Take out prefixes that a flush left without a route: they are more than the others."""
        for family in self._families.values():
            for networks in family.lengths.values():
                for network in [network for network, group in networks.items() if not group.routes]:
                    del networks[network]
        self._entries -= self._dead
        self._dead = 0

    def _heard_alike(self, routes: tuple[Route, ...]) -> tuple[Way, ...]:
        sources: dict[tuple[int, int], list[str]] = {}
        for source, path_length, med in routes:
            sources.setdefault((path_length, med), []).append(source)
        return tuple(Way(*heard, self._together(tuple(names))) for heard, names in sources.items())

    def _together(self, names: tuple[str, ...]) -> Named:
        if (known := self._named.get(names)) is None:
            known = self._named[names] = Named(names)
        return known
