"""A site that fills itself at night by forecast, told day by day: what it held, and what that came to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matinee.bench.demand import Catalog, Day, Numbers, Places, World
from matinee.control.steering.model import popularity, shelving
from matinee.control.steering.model.popularity import Seen, Shelf
from matinee.control.steering.model.shelving import Inertia
from matinee.delivery.edge.api import FillWindow
from matinee.delivery.edge.model.windows import bytes_allowed, night_at, night_bytes_max
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
        self.held = held
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
            held=self.held,
            pinned=np.zeros(len(size), dtype=np.bool_),
            ingest_bytes_max=night_bytes_max(self._window) * self._appliances if is_ours else np.inf,
            inertia=shelving.USUAL if is_ours else Inertia(0.0, 0.0),
        )
        fetched = float(size[chosen & ~self.held].sum())
        self.held = chosen
        self.tally.nights.append(fetched / self.tally.capacity)
        if is_ours:
            self.tally.outside_bytes += _not_in_the_window(self._window, fetched / self._appliances, night)

    def serve(self, bytes_asked: Numbers) -> None:
        self.tally.hit_bytes += float(bytes_asked[self.held].sum())
        self.tally.asked_bytes += float(bytes_asked.sum())

    def forget(self) -> None:
        """What was counted while it settled."""
        self.tally = Tally(self.tally.capacity)


def tell(world: World, shares: Sequence[float], *, warm_from: int, measured_from: int, by_title: bool = False) -> Told:
    """All ways at all capacities (as shares of the catalog's bytes), on the same days."""
    files = _Files(world.catalog)
    ways: dict[str, _Way] = {OURS: _ByForecast(files, world.launches), TRUE: _ByTruth(files)}
    ways[YESTERDAY] = _ByYesterday(files)
    if by_title:
        ways[BY_TITLE] = _ByForecast(_Titles(world.catalog), world.launches)
    capacities = [share * float(world.catalog.size.sum()) for share in shares]
    sites: dict[str, list[Site]] = {}
    recent: list[Day] = []
    requests: list[Places] = []
    filled: list[Places] = []
    for number, day in enumerate(world.days):
        if number == warm_from:
            known = np.sum([day.region for day in recent], axis=0)
            sites = {
                name: [_delivered(name, way.view, known, each) for each in capacities] for name, way in ways.items()
            }
            filled = [_by_popularity(site.held, known) for site in sites[OURS]]
        for name, each in sites.items():
            demand, view = ways[name].demand(number, day), ways[name].view
            for site in each:
                site.fill(demand, view.catalog.size, _FIRST_NIGHT + timedelta(days=number - warm_from))
                site.serve(view.bytes(day.own * world.catalog.size))
                if number < measured_from:
                    site.forget()
        if number >= warm_from:
            requests.append(day.requests)
        for way in ways.values():
            way.observe(number, day)
        recent = [*recent[1 - _KNOWN_DAYS :], day]
    return Told({way: [site.tally for site in each] for way, each in sites.items()}, requests, filled)


def _delivered(way: str, view: "_View", known: Numbers, capacity: float) -> Site:
    """An appliance as it comes: filled with what the region likes."""
    size = view.catalog.size
    none = np.zeros(len(size), dtype=np.bool_)
    return Site(way, capacity, shelving.choose(view.playings(known), size, capacity=capacity, held=none, pinned=none))


def _by_popularity(held: Marks, known: Numbers) -> Places:
    there = np.flatnonzero(held)
    return np.asarray(there[np.argsort(known[there], kind="stable")], dtype=np.int64)


class _View(Protocol):
    """What is placed as one: of figures of files, what they are of these."""

    catalog: Catalog

    def bytes(self, of_files: Numbers) -> Numbers: ...

    def playings(self, of_files: Numbers) -> Numbers: ...


class _Files:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def bytes(self, of_files: Numbers) -> Numbers:
        return of_files

    def playings(self, of_files: Numbers) -> Numbers:
        return of_files


class _Titles:
    """Whole titles only."""

    def __init__(self, files: Catalog) -> None:
        self._files = files
        count = len(files.released)
        self.catalog = Catalog(
            self.bytes(files.size), np.arange(count), np.zeros(count, dtype=np.int64), files.released
        )

    def bytes(self, of_files: Numbers) -> Numbers:
        return np.asarray(np.bincount(self._files.title, of_files, len(self._files.released)), dtype=np.float64)

    def playings(self, of_files: Numbers) -> Numbers:
        """Bytes streamed over size: what popularity is of something that is not played whole."""
        return self.bytes(of_files * self._files.size) / self.catalog.size


class _Way(Protocol):
    view: _View

    def demand(self, number: int, day: Day) -> Numbers:
        """By what is placed in the night before this day."""
        ...

    def observe(self, number: int, day: Day) -> None:
        """The day is over."""
        ...


class _ByForecast:
    """As steering does it: by what was seen on the days before, and what is said of launches."""

    def __init__(self, view: _View, launches: Numbers) -> None:
        self.view = view
        self._launches = launches
        self._shelf = Shelf(view.catalog.title, view.catalog.kind)
        self._seen: Seen = popularity.nothing_seen(len(view.catalog.size))

    def demand(self, number: int, day: Day) -> Numbers:
        coming = np.where(self.view.catalog.released < number + _LEAD_DAYS, self._launches, 0.0)
        return popularity.forecast(self._seen, self._shelf, coming)

    def observe(self, number: int, day: Day) -> None:
        on_air = (self.view.catalog.released <= number)[self._shelf.title]
        own, region = self.view.playings(day.own), self.view.playings(day.region)
        self._seen = popularity.observe(self._seen, own=own, region=region, on_air=on_air)


class _ByTruth:
    """Knows what nature has in mind, though not what chance will make of it."""

    def __init__(self, view: _View) -> None:
        self.view = view

    def demand(self, number: int, day: Day) -> Numbers:
        return self.view.playings(day.expected)

    def observe(self, number: int, day: Day) -> None:
        """Nothing it did not know."""


class _ByYesterday:
    def __init__(self, view: _View) -> None:
        self.view = view
        self._own = np.zeros(len(view.catalog.size))

    def demand(self, number: int, day: Day) -> Numbers:
        return self._own

    def observe(self, number: int, day: Day) -> None:
        self._own = self.view.playings(day.own)


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
