"""What caches do that fetch when they are asked: LRU, S3-FIFO, W-TinyLFU, and one that knows the future.

Each is as its authors describe it, with objects of any size: nothing larger than its room is taken, and room is made
until the object fits. Sizes are in bytes, objects are numbers from 0.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Protocol

import numpy as np

Sizes = Sequence[float]


@dataclass(slots=True)
class Account:
    hit_bytes: float = 0.0
    asked_bytes: float = 0.0
    inserted_bytes: float = 0.0


class Policy(Protocol):
    def fill(self, objects: Sequence[int]) -> None:
        """What it comes filled with, least popular first; it fits."""
        ...

    def serve(self, requests: Sequence[int]) -> Account:
        """All of them in turn, with what that came to."""
        ...


class Lru:
    def __init__(self, capacity: float, sizes: Sizes) -> None:
        self._sizes = sizes
        self._free = capacity
        self._held: OrderedDict[int, None] = OrderedDict()

    def fill(self, objects: Sequence[int]) -> None:
        self._held.update(dict.fromkeys(objects))
        self._free -= sum(self._sizes[one] for one in objects)

    def serve(self, requests: Sequence[int]) -> Account:
        account, held, sizes = Account(), self._held, self._sizes
        for one in requests:
            size = sizes[one]
            account.asked_bytes += size
            if one in held:
                held.move_to_end(one)
                account.hit_bytes += size
                continue
            while self._free < size and held:
                self._free += sizes[held.popitem(last=False)[0]]
            if self._free >= size:
                held[one] = None
                self._free -= size
                account.inserted_bytes += size
        return account


class S3Fifo:
    """Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023: a small queue of 10 %, a main one, and
    a ghost queue that remembers as much as the main one holds. Twice asked for in the small queue moves to main."""

    def __init__(self, capacity: float, sizes: Sizes) -> None:
        self._sizes = sizes
        self._capacity = capacity
        self._small_room, self._main_room = capacity * 0.1, capacity * 0.9
        self._small: deque[int] = deque()
        self._main: deque[int] = deque()
        self._ghost: OrderedDict[int, None] = OrderedDict()
        self._small_bytes = self._main_bytes = self._ghost_bytes = 0.0
        self._asked = [-1] * len(sizes)
        """How often each was asked for again, up to 3; -1 where it is not held."""

    def fill(self, objects: Sequence[int]) -> None:
        for one in objects:
            self._main.append(one)
            self._main_bytes += self._sizes[one]
            self._asked[one] = 0

    def serve(self, requests: Sequence[int]) -> Account:
        account, asked, sizes = Account(), self._asked, self._sizes
        for one in requests:
            size = sizes[one]
            account.asked_bytes += size
            if (often := asked[one]) >= 0:
                if often < 3:
                    asked[one] = often + 1
                account.hit_bytes += size
            elif size <= self._small_room:
                self._insert(one, size)
                account.inserted_bytes += size
        return account

    def _insert(self, one: int, size: float) -> None:
        remembered = one in self._ghost
        if remembered:
            del self._ghost[one]
            self._ghost_bytes -= size
        while self._small_bytes + self._main_bytes + size > self._capacity:
            if self._small_bytes > self._small_room or not self._main:
                self._evict_small()
            else:
                self._evict_main()
        if remembered:
            self._main.append(one)
            self._main_bytes += size
        else:
            self._small.append(one)
            self._small_bytes += size
        self._asked[one] = 0

    def _evict_small(self) -> None:
        one = self._small.popleft()
        size = self._sizes[one]
        self._small_bytes -= size
        if self._asked[one] > 1:
            self._asked[one] = 0
            self._main.append(one)
            self._main_bytes += size
            return
        self._asked[one] = -1
        self._ghost[one] = None
        self._ghost_bytes += size
        while self._ghost_bytes > self._main_room:
            self._ghost_bytes -= self._sizes[self._ghost.popitem(last=False)[0]]

    def _evict_main(self) -> None:
        while True:
            one = self._main.popleft()
            if self._asked[one] > 0:
                self._asked[one] -= 1
                self._main.append(one)
            else:
                self._asked[one] = -1
                self._main_bytes -= self._sizes[one]
                return


class Sketch:
    """A count-min sketch of four rows of 4-bit counters that are halved after so many additions (TinyLFU's aging)."""

    _HALVED = bytes(n >> 1 for n in range(256))

    def __init__(self, entries: int, objects: int, *, additions_per_entry: int) -> None:
        width = 4 << max(2, (max(1, entries) - 1).bit_length())
        self._rows = [bytearray(width) for _ in range(4)]
        # Each row by a hash of its own: odd multipliers of a splitmix generator, the upper bits taken.
        keys = np.arange(1, objects + 1, dtype=np.uint64)
        shift = np.uint64(64 - (width.bit_length() - 1))
        places: list[list[int]] = []
        for factor in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93):
            mixed = (keys ^ (keys >> np.uint64(7))) * np.uint64(factor)
            mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0x9FB21C651E98DF25)
            places.append([int(place) for place in mixed >> shift])
        self._places = list(zip(places[0], places[1], places[2], places[3], strict=True))
        self._left = self._sample = max(1, entries) * additions_per_entry

    def add(self, one: int) -> None:
        # Written out, because it is run a hundred million times.
        (p, q, r, s), (a, b, c, d) = self._rows, self._places[one]
        if p[a] < 15:
            p[a] += 1
        if q[b] < 15:
            q[b] += 1
        if r[c] < 15:
            r[c] += 1
        if s[d] < 15:
            s[d] += 1
        self._left -= 1
        if self._left == 0:
            self._rows = [row.translate(self._HALVED) for row in self._rows]
            self._left = max(1, self._sample // 2)

    def often(self, one: int) -> int:
        a, b, c, d = self._places[one]
        rows = self._rows
        return min(rows[0][a], rows[1][b], rows[2][c], rows[3][d])


class ExactCounts:
    """What a sketch would be with all the memory in the world: a count of its own for every object, as high as it gets."""

    def __init__(self, entries: int, objects: int, *, additions_per_entry: int) -> None:
        self._counts = [0.0] * objects
        self._left = self._sample = max(1, entries) * additions_per_entry

    def add(self, one: int) -> None:
        self._counts[one] += 1
        self._left -= 1
        if self._left == 0:
            self._counts = [count / 2 for count in self._counts]
            self._left = max(1, self._sample // 2)

    def often(self, one: int) -> float:
        return self._counts[one]


class WTinyLfu:
    """Einziger, Friedman and Manes, "TinyLFU", ACM TOS 2017: a window of 1 %, a main cache of two segments (80 %
    protected), and who comes from the window must have been asked for oftener than those it displaces.

    For several that one displaces, "oftener" is by bytes: its count times its size against theirs together. That is what
    a byte hit ratio asks for. The sketch is halved after fifty additions an entry and not after the usual ten, with which
    it was two points worse at 5 %: films are asked for more rarely than pages. With exact counts, 200 additions were best.
    """

    def __init__(self, capacity: float, sizes: Sizes, *, exact: bool = False) -> None:
        self._sizes = sizes
        self._window_room = capacity * 0.01
        self._main_room = capacity - self._window_room
        self._protected_room = self._main_room * 0.8
        self._window: OrderedDict[int, None] = OrderedDict()
        self._probation: OrderedDict[int, None] = OrderedDict()
        self._protected: OrderedDict[int, None] = OrderedDict()
        self._window_bytes = self._probation_bytes = self._protected_bytes = 0.0
        entries = int(capacity / (sum(sizes) / len(sizes)))
        self._sketch: Sketch | ExactCounts = (
            ExactCounts(entries, len(sizes), additions_per_entry=200)
            if exact
            else Sketch(entries, len(sizes), additions_per_entry=50)
        )

    def fill(self, objects: Sequence[int]) -> None:
        for one in objects:
            if self._probation_bytes + self._sizes[one] <= self._main_room:
                self._probation[one] = None
                self._probation_bytes += self._sizes[one]

    def serve(self, requests: Sequence[int]) -> Account:
        account, sizes, add = Account(), self._sizes, self._sketch.add
        protected, window, probation = self._protected, self._window, self._probation
        for one in requests:
            add(one)
            size = sizes[one]
            account.asked_bytes += size
            if one in protected:
                protected.move_to_end(one)
            elif one in window:
                window.move_to_end(one)
            elif one in probation:
                self._promote(one, size)
            else:
                account.inserted_bytes += self._insert(one, size)
                continue
            account.hit_bytes += size
        return account

    def _promote(self, one: int, size: float) -> None:
        del self._probation[one]
        self._probation_bytes -= size
        self._protected[one] = None
        self._protected_bytes += size
        while self._protected_bytes > self._protected_room:
            demoted, _ = self._protected.popitem(last=False)
            self._protected_bytes -= self._sizes[demoted]
            self._probation[demoted] = None
            self._probation_bytes += self._sizes[demoted]

    def _insert(self, one: int, size: float) -> float:
        """What was written: all of it goes through the window, but what the window cannot hold has to be let in at once."""
        if size > self._window_room:
            return size if self._admit(one, size) else 0.0
        self._window[one] = None
        self._window_bytes += size
        while self._window_bytes > self._window_room:
            candidate, _ = self._window.popitem(last=False)
            self._window_bytes -= self._sizes[candidate]
            self._admit(candidate, self._sizes[candidate])
        return size

    def _admit(self, candidate: int, size: float) -> bool:
        room = self._main_room - self._probation_bytes - self._protected_bytes
        victims: list[int] = []
        worth = 0.0
        for segment in (self._probation, self._protected):
            for victim in segment:
                if room >= size:
                    break
                victims.append(victim)
                room += self._sizes[victim]
                worth += self._sketch.often(victim) * self._sizes[victim]
        if room < size or (victims and self._sketch.often(candidate) * size <= worth):
            return False
        for victim in victims:
            if victim in self._probation:
                del self._probation[victim]
                self._probation_bytes -= self._sizes[victim]
            else:
                del self._protected[victim]
                self._protected_bytes -= self._sizes[victim]
        self._probation[candidate] = None
        self._probation_bytes += size
        return True


class Belady:
    """Knows every request to come, and takes nothing in that is asked for later than all it would displace."""

    def __init__(self, capacity: float, sizes: Sizes, future: Sequence[int]) -> None:
        self._sizes = sizes
        self._free = capacity
        self._next = _next_requests(future)
        self._now = 0
        self._held: dict[int, int] = {}
        self._latest: list[tuple[int, int]] = []
        """Held objects by minus their next request; entries that are no longer true are skipped."""
        self._first = _first_requests(future)

    def fill(self, objects: Sequence[int]) -> None:
        for one in objects:
            coming = self._first.get(one, len(self._next) + 1)
            self._held[one] = coming
            self._free -= self._sizes[one]
            heappush(self._latest, (-coming, one))

    def serve(self, requests: Sequence[int]) -> Account:
        account, held, latest, sizes = Account(), self._held, self._latest, self._sizes
        for one in requests:
            coming = self._next[self._now]
            self._now += 1
            size = sizes[one]
            account.asked_bytes += size
            if one in held:
                account.hit_bytes += size
                held[one] = coming
                heappush(latest, (-coming, one))
            elif self._make_room(size, coming):
                held[one] = coming
                heappush(latest, (-coming, one))
                self._free -= size
                account.inserted_bytes += size
        return account

    def _make_room(self, size: float, coming: int) -> bool:
        victims: list[tuple[int, int]] = []
        room = self._free
        while room < size and self._latest:
            when, one = self._latest[0]
            if self._held.get(one) != -when:
                heappop(self._latest)
            elif -when <= coming:
                break
            else:
                victims.append(heappop(self._latest))
                room += self._sizes[one]
                # So that a second entry of the same promise is not taken for another object.
                del self._held[one]
        if room >= size:
            self._free = room
            return True
        for when, one in victims:
            self._held[one] = -when
            heappush(self._latest, (when, one))
        return False


def _first_requests(future: Sequence[int]) -> dict[int, int]:
    objects, at = np.unique(np.asarray(future), return_index=True)
    return dict(zip(objects.tolist(), at.tolist(), strict=True))


def _next_requests(future: Sequence[int]) -> list[int]:
    """When each request's object is asked for again; after the end where it is not."""
    stream = np.asarray(future)
    order = np.argsort(stream, kind="stable")
    coming = np.full(len(stream), len(stream) + 1)
    same = stream[order[1:]] == stream[order[:-1]]
    coming[order[:-1][same]] = order[1:][same]
    return [int(at) for at in coming]
