"""How often each file will be asked for at one site tomorrow: what the site has seen, leaning on its region.

Demand is bytes streamed over size: whole playings a day. A small site sees too little of most files to know them, but
its region does; what is its own is *taste*, by how much more often a title is played here than there. So the forecast is
the region's level, times the site's share of the region, times taste, and taste is believed as far as it was seen
(a Gamma prior about 1, to which counts are added). The same is done once more for the kinds of files (a site whose lines
are slow plays small renditions), and for the single file. A title nobody has played yet has a launch prior in place of
a level. Arrays have one entry a file; where a title is one file, its parts for kinds and files change nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Habits:
    """How long things are remembered, and how much must be seen before it is believed."""

    quick_days: float = 2.0
    slow_days: float = 10.0
    taste_days: float = 60.0
    quick_plays: float = 20.0
    """So many playings in the quick memory, and it is believed as much as the slow one."""
    launch_days: float = 0.3
    """For how many days of counting a launch prior stands."""
    title_plays: float = 8.0
    """The prior about taste: 1 / (exp(σ²) - 1) for tastes that are lognormal with σ = 0.35."""
    kind_plays: float = 200.0
    file_plays: float = 20.0
    split_plays: float = 100.0
    """So many playings of a title, and its own split over files counts as much as the usual one."""


USUAL = Habits()


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is remembered, a column each: sums of playings that fade, and the days (faded too) they stand for."""

    region_quick: Numbers
    region_slow: Numbers
    quick_days: Numbers
    slow_days: Numbers
    region_long: Numbers
    own_long: Numbers


@dataclass(frozen=True, slots=True)
class Shelf:
    """Which title each file belongs to and of which kind it is, as numbers from 0."""

    title: Places
    kind: Places


def nothing_seen(files: int) -> Seen:
    return Seen(*(np.zeros(files) for _ in fields(Seen)))


def as_rows(seen: Seen) -> list[tuple[float, ...]]:
    """One a file, as a store keeps them."""
    return [tuple(row) for row in np.column_stack([getattr(seen, column.name) for column in fields(Seen)]).tolist()]


def from_rows(rows: Sequence[Sequence[float]]) -> Seen:
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), len(fields(Seen)))
    return Seen(*columns.T)


def shelf_of(files: Sequence[tuple[str, str]]) -> tuple[Shelf, list[str]]:
    """Of (title, kind) of each file: the shelf, and its titles in the order in which launches are to be given."""
    titles = {title: number for number, title in enumerate(dict.fromkeys(title for title, _ in files))}
    kinds = {kind: number for number, kind in enumerate(dict.fromkeys(kind for _, kind in files))}
    title = np.array([titles[title] for title, _ in files], dtype=np.int64)
    return Shelf(title, np.array([kinds[kind] for _, kind in files], dtype=np.int64)), list(titles)


def observe(
    seen: Seen, *, own: Numbers, region: Numbers, on_air: NDArray[np.bool_] | Numbers, habits: Habits = USUAL
) -> Seen:
    """One more day. The region's playings include the site's own; a site without a region is its own region.
    `on_air`: whether each could be played on that day, or on which part of it."""
    quick, slow, long = (_kept(days) for days in (habits.quick_days, habits.slow_days, habits.taste_days))
    return Seen(
        seen.region_quick * quick + region,
        seen.region_slow * slow + region,
        seen.quick_days * quick + on_air,
        seen.slow_days * slow + on_air,
        seen.region_long * long + region,
        seen.own_long * long + own,
    )


def forecast(seen: Seen, shelf: Shelf, launches: Numbers, *, habits: Habits = USUAL) -> Numbers:
    """Playings a day of each file at the site.

    `launches` is what is expected of each title in the whole region, playings a day; 0 where nothing is.
    """
    share = _ratio(float(seen.own_long.sum()), float(seen.region_long.sum()))
    if share == 0.0:
        share = 1.0
    regional = _levels(seen, shelf, launches, habits)[shelf.title] * _split(seen, shelf, len(launches), habits)
    return regional * share * _taste(seen, shelf, share, len(launches), habits)


def _levels(seen: Seen, shelf: Shelf, launches: Numbers, habits: Habits) -> Numbers:
    """Playings a day of each title in the region: the quick memory as far as it has seen enough, else the slow one."""
    titles = len(launches)
    quick_sum = np.bincount(shelf.title, seen.region_quick, titles)
    slow_sum = np.bincount(shelf.title, seen.region_slow, titles)
    quick_days, slow_days = (_of_titles(days, shelf, titles) for days in (seen.quick_days, seen.slow_days))
    # A launch stands for a little counting of its own, and so is forgotten as real counting goes on.
    prior_days = np.where(launches > 0, habits.launch_days, 0.0)
    quick = _quotient(quick_sum + launches * prior_days, quick_days + prior_days)
    slow = _quotient(slow_sum + launches * prior_days, slow_days + prior_days)
    believed = quick_sum / (quick_sum + habits.quick_plays)
    return believed * quick + (1.0 - believed) * slow


def _split(seen: Seen, shelf: Shelf, titles: int, habits: Habits) -> Numbers:
    """Each file's part of its title's playings: the usual part of its kind, and its own as far as it was seen."""
    by_kind = np.bincount(shelf.kind, seen.region_slow) + 1.0
    files_of_kind = np.maximum(np.bincount(shelf.kind), 1)
    usual = (by_kind / files_of_kind)[shelf.kind]
    usual /= np.bincount(shelf.title, usual, titles)[shelf.title]
    of_title = np.bincount(shelf.title, seen.region_slow, titles)[shelf.title]
    return (habits.split_plays * usual + seen.region_slow) / (habits.split_plays + of_title)


def _taste(seen: Seen, shelf: Shelf, share: float, titles: int, habits: Habits) -> Numbers:
    """By how much more often each file is played here than in the region: by title, then by kind, then by itself."""
    own, expected = seen.own_long, seen.region_long * share
    taste = _leaning(own, expected, shelf.title, titles, habits.title_plays)
    taste = taste * _leaning(own, expected * taste, shelf.kind, int(shelf.kind.max(initial=0)) + 1, habits.kind_plays)
    return taste * (habits.file_plays + own) / (habits.file_plays + expected * taste)


def _leaning(own: Numbers, expected: Numbers, group: Places, groups: int, prior: float) -> Numbers:
    counted = prior + np.bincount(group, own, groups)
    return np.asarray((counted / (prior + np.bincount(group, expected, groups)))[group], dtype=np.float64)


def _of_titles(days: Numbers, shelf: Shelf, titles: int) -> Numbers:
    """A title is on the air since its first file is."""
    found = np.zeros(titles)
    np.maximum.at(found, shelf.title, days)
    return found


def _kept(days: float) -> float:
    """What is left after a day of a memory that halves in `days`."""
    return float(0.5 ** (1.0 / days))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _quotient(part: Numbers, whole: Numbers) -> Numbers:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
