"""A site that fills itself at night by forecast, told day by day: what it held, and what that came to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from matinee.bench.demand import Catalog, Day, Numbers, Places, World
from matinee.control.steering.model import popularity, shelving
from matinee.control.steering.model.popularity import Seen, Shelf
from matinee.control.steering.model.shelving import Inertia
from matinee.control.steering.model.windows import FillWindow, bytes_allowed, night_at, night_bytes_max
from matinee.kernel.quantities import hours, minutes

Marks = NDArray[np.bool_]

INGEST_SHARE_MAX = 0.06
_APPLIANCE_BYTES = 100e12
_BYTES_PER_SECOND_MAX = 150_000_000
"""1.2 Gbit/s each."""
_FIRST_NIGHT = date(2023, 3, 12)
"""So that the nights have the one in March on which clocks are set forward."""
_LOOK_EVERY = minutes(30)
_LEAD_DAYS = 2
"""A launch is brought in on one of two nights before its day."""
_KNOWN_DAYS = 3
"""What everybody's appliances come filled with: the best of the region, by so many days."""

OURS, TRUE, YESTERDAY, BY_TITLE = "ours", "true_demand", "yesterdays_counts", "ours_by_title"


@dataclass(slots=True)
class Tally:
    """Of one way of filling one capacity, over the measured days."""

    capacity: float
    hit_bytes: float = 0.0
    asked_bytes: float = 0.0
    nights: list[float] = field(default_factory=list)
    """Bytes fetched in each, over capacity."""
    outside_bytes: float = 0.0
    """Fetched while the window was shut, or still to fetch when the day was over."""


@dataclass(frozen=True, slots=True)
class Told:
    tallies: dict[str, list[Tally]]
    """By way, one a capacity."""
    requests: list[Places]
    """Of each day from `warm_from` on: what the rivals are asked for."""
    filled: list[Places]
    """For each capacity what was there at the beginning, least popular first."""


class Site:
    """One way of choosing, at one capacity."""

    def __init__(self, way: str, capacity: float, held: Marks) -> None:
        self.tally = Tally(capacity)
        self._held = held
        self._way = way
        self._appliances = max(1, math.ceil(capacity / _APPLIANCE_BYTES))
        night_max = int(capacity * INGEST_SHARE_MAX / self._appliances)
        self._window = FillWindow("Europe/Berlin", time(2), hours(12), _BYTES_PER_SECOND_MAX, night_max)

    def fill(self, demand: Numbers, size: Numbers, night: date) -> None:
        """The night before a day, and whether the window was long enough for it."""
        is_ours = self._way in (OURS, BY_TITLE)
        chosen = shelving.choose(
            demand,
            size,
            capacity=self.tally.capacity,
            held=self._held,
            pinned=np.zeros(len(size), dtype=np.bool_),
            ingest_bytes_max=night_bytes_max(self._window) * self._appliances if is_ours else np.inf,
            inertia=shelving.USUAL if is_ours else Inertia(0.0, 0.0),
        )
        fetched = float(size[chosen & ~self._held].sum())
        self._held = chosen
        self.tally.nights.append(fetched / self.tally.capacity)
        if is_ours:
            self.tally.outside_bytes += _not_in_the_window(self._window, fetched / self._appliances, night)

    def serve(self, bytes_asked: Numbers) -> None:
        self.tally.hit_bytes += float(bytes_asked[self._held].sum())
        self.tally.asked_bytes += float(bytes_asked.sum())

    def forget(self) -> None:
        """What was counted while it settled."""
        self.tally = Tally(self.tally.capacity)


def tell(world: World, shares: Sequence[float], *, warm_from: int, measured_from: int, by_title: bool = False) -> Told:
    """All ways at all capacities (as shares of the catalog's bytes), on the same days."""
    catalog = world.catalog
    titles = _Titles(catalog) if by_title else None
    memory = _Memory(catalog, world.launches)
    title_memory = _Memory(titles.catalog, world.launches) if titles else None
    sites: dict[str, list[Site]] = {}
    recent: list[Day] = []
    requests: list[Places] = []
    filled: list[Places] = []
    for number, day in enumerate(world.days):
        if number == warm_from:
            sites, filled = _opened(catalog, recent, shares, titles)
        if number >= warm_from:
            night = _FIRST_NIGHT + timedelta(days=number - warm_from)
            demands = {OURS: memory.forecast(number), TRUE: day.expected, YESTERDAY: recent[-1].own}
            for way, demand in demands.items():
                for site in sites[way]:
                    site.fill(demand, catalog.size, night)
            for site in sites.get(BY_TITLE, []) if title_memory and titles else []:
                site.fill(title_memory.forecast(number), titles.catalog.size, night)
            _serve(sites, day, catalog, titles, measured=number >= measured_from)
            requests.append(day.requests)
        memory.observe(number, day.own, day.region)
        if title_memory and titles:
            title_memory.observe(number, titles.playings(day.own), titles.playings(day.region))
        recent = [*recent[1 - _KNOWN_DAYS :], day]
    return Told({way: [site.tally for site in each] for way, each in sites.items()}, requests, filled)


def _serve(sites: dict[str, list[Site]], day: Day, catalog: Catalog, titles: "_Titles | None", *, measured: bool) -> None:
    asked = day.own * catalog.size
    for way, each in sites.items():
        for site in each:
            site.serve(titles.bytes(asked) if way == BY_TITLE and titles else asked)
            if not measured:
                site.forget()


def _opened(
    catalog: Catalog, recent: Sequence[Day], shares: Sequence[float], titles: "_Titles | None"
) -> tuple[dict[str, list[Site]], list[Places]]:
    """Appliances as they are delivered."""
    known = np.sum([day.region for day in recent], axis=0)
    sites: dict[str, list[Site]] = {way: [] for way in (OURS, TRUE, YESTERDAY)}
    filled: list[Places] = []
    for share in shares:
        capacity = share * float(catalog.size.sum())
        held = _best(known, catalog.size, capacity)
        for way in sites:
            sites[way].append(Site(way, capacity, held))
        there = np.flatnonzero(held)
        filled.append(there[np.argsort(known[there], kind="stable")])
    if titles:
        sites[BY_TITLE] = [
            Site(BY_TITLE, s.tally.capacity, _best(titles.playings(known), titles.catalog.size, s.tally.capacity))
            for s in sites[OURS]
        ]
    return sites, filled


def _best(known: Numbers, size: Numbers, capacity: float) -> Marks:
    none = np.zeros(len(size), dtype=np.bool_)
    return shelving.choose(known, size, capacity=capacity, held=none, pinned=none)


class _Memory:
    """What the site knows, as the model keeps it."""

    def __init__(self, catalog: Catalog, launches: Numbers) -> None:
        self._shelf = Shelf(catalog.title, catalog.kind)
        self._released = catalog.released
        self._launches = launches
        self._seen: Seen = popularity.nothing_seen(len(catalog.size))

    def forecast(self, day: int) -> Numbers:
        coming = np.where(self._released < day + _LEAD_DAYS, self._launches, 0.0)
        return popularity.forecast(self._seen, self._shelf, coming)

    def observe(self, day: int, own: Numbers, region: Numbers) -> None:
        on_air = (self._released <= day)[self._shelf.title]
        self._seen = popularity.observe(self._seen, own=own, region=region, on_air=on_air)


class _Titles:
    """The same catalog, whole titles only."""

    def __init__(self, catalog: Catalog) -> None:
        count = len(catalog.released)
        self._of = catalog
        each = np.arange(count)
        self.catalog = Catalog(
            np.bincount(catalog.title, catalog.size, count), each, np.zeros(count, np.int64), catalog.released
        )

    def bytes(self, of_files: Numbers) -> Numbers:
        return np.asarray(np.bincount(self._of.title, of_files, len(self._of.released)), dtype=np.float64)

    def playings(self, of_files: Numbers) -> Numbers:
        """Bytes streamed over size: what a title's popularity is when it is one thing."""
        return self.bytes(of_files * self._of.size) / self.catalog.size


def _not_in_the_window(window: FillWindow, fetched: float, night: date) -> float:
    """One appliance's night, half-hour by half-hour from noon to noon and two hours more: it takes what it may."""
    at = datetime.combine(night - timedelta(days=1), time(12), UTC)
    left, done, outside = int(fetched), 0, 0.0
    for _ in range(52):
        inside = night_at(window, at)
        if inside is None or inside.date != night:
            done = 0
        taken = min(left, bytes_allowed(window, since=at, until=at + _LOOK_EVERY, fetched_tonight=done))
        outside += taken if inside is None else 0.0
        left, done, at = left - taken, done + taken, at + _LOOK_EVERY
    return outside + left
