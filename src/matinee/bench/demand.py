"""Made viewing, calibrated to the quantiles of real viewing: titles that come and fade, and a site with a taste of its own.

What is real is how hours are spread over titles (`QUANTILES`). The rest is assumed, and said here: launches and how
they fade, a drift of each title's popularity from day to day, a lognormal taste of the site, lognormal sizes, and how
a title's views fall upon its renditions.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matinee.kernel.errors import InvalidInput

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

REAL_TITLES = 18_214
QUANTILES = (
    (10 / REAL_TITLES, 0.053),
    (100 / REAL_TITLES, 0.196),
    (0.01, 0.267),
    (0.05, 0.554),
    (0.10, 0.711),
    (0.20, 0.856),
    (0.40, 0.9575),
    (0.60, 0.986),
    (1.0, 1.0),
)
"""Share of titles, most watched first, and their share of hours: Netflix, "What We Watched", January to June 2023,
18,214 titles with 93.5 billion hours."""

_PERIOD_DAYS, _BEFORE_DAYS = 181, 31
"""The hours are those of half a year; the first day that is told is the 32nd of it."""
_LAUNCHED = ((0.01, 0.60), (0.05, 0.31), (0.20, 0.125), (1.0, 0.04))
"""What part of the titles, by rank, came out in that half-year: so many that 18 % of the hours of 75 days are of titles
that came out in them, as they were from 1 February 2023 on."""
_FADE_DAYS, _FADED = 9.0, 0.15
_DRIFT, _DRIFT_KEPT = 0.06, 0.97
"""A title's popularity moves by 6 % a day and comes back slowly: in the long run by a quarter."""
TASTE_SIGMA, LAUNCH_ERROR_SIGMA = 0.35, 0.7
_SIZE_MEDIAN_BYTES, _SIZE_SIGMA = 60e9, 0.45
"""A title in all its renditions: a film, or a season. Hours are bytes, so a title's views are its hours over its size.
The wider sizes are spread, the easier a site's choice. With this much, one that knew the true demand would get what was
measured on the real table with its real dates of release: .613/.751/.879/.964/.989 at 5/10/20/40/60 %."""
_NEVER = 10**6
_AGES_AGO = -(10**6)

RENDITIONS = (
    # name, Mbit/s, share of playings
    ("h264-240", 0.3, 0.008),
    ("h264-360", 0.6, 0.015),
    ("h264-480", 1.2, 0.035),
    ("h264-720", 2.4, 0.080),
    ("h264-1080", 4.5, 0.120),
    ("h264-1080-best", 6.5, 0.032),
    ("hevc-480", 0.9, 0.010),
    ("hevc-720", 1.8, 0.030),
    ("hevc-1080", 3.4, 0.150),
    ("hevc-1080-best", 5.0, 0.090),
    ("hevc-2160", 9.0, 0.080),
    ("hevc-2160-best", 15.0, 0.060),
    ("av1-360", 0.3, 0.015),
    ("av1-480", 0.6, 0.030),
    ("av1-720", 1.2, 0.070),
    ("av1-1080", 2.4, 0.080),
    ("av1-1080-best", 3.6, 0.030),
    ("av1-2160", 7.0, 0.025),
    ("vp9-480", 0.9, 0.015),
    ("vp9-1080", 3.2, 0.025),
)
"""Assumed, not measured: televisions take HEVC, browsers H.264, new phones AV1; most lines carry the best that fits."""
_SPLIT_SIGMA, _SITE_KIND_SIGMA, _SITE_FILE_SIGMA = 0.5, 0.4, 0.15
"""How much titles differ in what they are watched on, sites in their lines, and what is left."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """Hours of each title, and the day it came out, counted from the first day told; None where that is not known."""

    hours: Numbers
    released: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Files (one a title, or one a rendition) in the order of their titles."""

    size: Numbers
    title: Places
    kind: Places
    released: Places
    """Of titles: the day, `-10**6` where it was long ago."""


@dataclass(frozen=True, slots=True)
class Day:
    """Of files: the playings nature has in mind, and those that were counted. `requests` are in the order of the day."""

    expected: Numbers
    requests: Places
    own: Numbers
    region: Numbers


@dataclass(frozen=True, slots=True)
class World:
    catalog: Catalog
    launches: Numbers
    """Of titles: what was forecast of the launch, in playings a day in the region; 0 where there was none."""
    days: Iterator[Day]
    """Once: a day of files is large, and is drawn when it comes."""


def quantile_hours(titles: int) -> Numbers:
    """Between two quantiles the share of hours grows as a power of the share of titles."""
    share = np.arange(1, titles + 1) / titles
    known = np.log(np.array(QUANTILES))
    slopes = np.diff(known[:, 1]) / np.diff(known[:, 0])
    at = np.clip(np.searchsorted(known[:, 0], np.log(share)) - 1, 0, len(slopes) - 1)
    grown = np.exp(known[at, 1] + slopes[at] * (np.log(share) - known[at, 0]))
    hours = np.diff(grown, prepend=0.0)
    return np.asarray(hours / hours.sum(), dtype=np.float64)


def read_popularity(path: Path) -> Popularity:
    """A CSV of `title,hours[,released]`, hours with or without commas, days as 2023-03-01."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        hours = [float((row["hours"] or "").replace(",", "")) for row in rows]
        days = [date.fromisoformat(row["released"]) if row.get("released") else None for row in rows]
    except (OSError, KeyError, ValueError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(
            f"{path.name} is not a table of title,hours[,released]: {error}", field="popularity"
        ) from error
    if len(hours) < 100 or not all(math.isfinite(h) and h >= 0 for h in hours) or sum(hours) <= 0:
        raise InvalidInput(f"{path.name} needs at least 100 titles with hours.", field="popularity")
    order = sorted(range(len(hours)), key=lambda at: -hours[at])
    known = [day for day in days if day is not None]
    first = date.fromordinal(max(known).toordinal() - (_PERIOD_DAYS - _BEFORE_DAYS)) if known else None
    released = tuple((d - first).days if first and (d := days[at]) else None for at in order) if first else None
    return Popularity(np.array([hours[at] for at in order]) / sum(hours), released)


def draw_world(popularity: Popularity, *, days: int, plays: int, region_plays: int, by_file: bool, seed: int) -> World:
    chance = np.random.default_rng(seed)
    hours, released = popularity.hours, _releases(popularity, chance)
    # What comes out after the last day is in no catalog yet.
    there = released < days
    hours, released = hours[there], released[there]
    size = np.exp(chance.normal(math.log(_SIZE_MEDIAN_BYTES), _SIZE_SIGMA, len(hours)))
    views = hours / size
    catalog, splits = _files(size, released, by_file, chance)
    launches = _promises(views, released, days) * region_plays
    launches *= np.exp(chance.normal(0.0, LAUNCH_ERROR_SIGMA, len(views)))
    told = _told(catalog, views, splits, days, plays, region_plays, chance)
    return World(catalog, launches, told)


def _told(
    catalog: Catalog,
    views: Numbers,
    splits: tuple[Numbers, Numbers],
    days: int,
    plays: int,
    region_plays: int,
    chance: np.random.Generator,
) -> Iterator[Day]:
    taste = np.exp(chance.normal(0.0, TASTE_SIGMA, len(views)))
    drift = chance.normal(0.0, _DRIFT / math.sqrt(1 - _DRIFT_KEPT**2), len(views))
    for day in range(days):
        drift = _DRIFT_KEPT * drift + chance.normal(0.0, _DRIFT, len(views))
        wanted = views * np.exp(drift) * _curve(catalog.released, day)
        region = _spread(wanted, splits[0], catalog)
        site = _spread(wanted * taste, splits[1], catalog)
        requests = np.searchsorted(np.cumsum(site), chance.random(chance.poisson(plays)), side="right")
        requests = np.minimum(requests, len(site) - 1)
        own = np.bincount(requests, minlength=len(site)).astype(np.float64)
        yield Day(site * plays, requests, own, own + chance.poisson(region * region_plays))


def _promises(views: Numbers, released: Places, days: int) -> Numbers:
    """Of each title that comes out: its part of all views on its first day."""
    found = np.zeros(len(views))
    for day in range(-_BEFORE_DAYS, days):
        wanted = views * _curve(released, day)
        found = np.where(released == day, wanted / wanted.sum(), found)
    return found


def _releases(popularity: Popularity, chance: np.random.Generator) -> Places:
    """The day each title came out; long ago where it was before the half-year."""
    titles = len(popularity.hours)
    if popularity.released is not None:
        known = [_AGES_AGO if day is None or day < -_BEFORE_DAYS else day for day in popularity.released]
        return np.array(known, dtype=np.int64)
    rank = np.arange(titles) / titles
    borders = np.array([border for border, _ in _LAUNCHED])
    likely = np.array([part for _, part in _LAUNCHED])[np.searchsorted(borders, rank, side="right")]
    drawn = chance.integers(-_BEFORE_DAYS, _PERIOD_DAYS - _BEFORE_DAYS, titles)
    return np.where(chance.random(titles) < likely, drawn, _AGES_AGO)


def _curve(released: Places, day: int) -> Numbers:
    """What part of its hours a title has on this day: the same every day, or from its launch on less and less."""
    age = np.maximum(day - released, 0).astype(np.float64)
    length = np.clip(_PERIOD_DAYS - _BEFORE_DAYS - released, 1, None).astype(np.float64)
    # The sum of the fading over all its days, so that its hours are those of the half-year.
    whole = (1 - _FADED) * (1 - np.exp(-length / _FADE_DAYS)) / (1 - math.exp(-1 / _FADE_DAYS)) + _FADED * length
    fading = ((1 - _FADED) * np.exp(-age / _FADE_DAYS) + _FADED) / whole
    is_out = released <= day
    return np.where(released == _AGES_AGO, 1.0 / _PERIOD_DAYS, np.where(is_out, fading, 0.0))


def _files(
    size: Numbers, released: Places, by_file: bool, chance: np.random.Generator
) -> tuple[Catalog, tuple[Numbers, Numbers]]:
    """The files, with the part of its title's playings that falls on each: in the region, and at the site."""
    titles = len(size)
    if not by_file:
        each = np.arange(titles)
        whole = np.ones(titles)
        return Catalog(size, each, np.zeros(titles, np.int64), released), (whole, whole)
    kinds = len(RENDITIONS)
    rates = np.array([rate for _, rate, _ in RENDITIONS])
    usual = np.array([share for _, _, share in RENDITIONS])
    split = usual * np.exp(chance.normal(0.0, _SPLIT_SIGMA, (titles, kinds)))
    site = split * np.exp(chance.normal(0.0, _SITE_KIND_SIGMA, kinds))
    site = site * np.exp(chance.normal(0.0, _SITE_FILE_SIGMA, (titles, kinds)))
    sizes = size[:, None] * (rates / rates.sum())
    catalog = Catalog(sizes.ravel(), np.repeat(np.arange(titles), kinds), np.tile(np.arange(kinds), titles), released)
    split, site = (each / each.sum(axis=1, keepdims=True) for each in (split, site))
    return catalog, (split.ravel(), site.ravel())


def _spread(titles: Numbers, split: Numbers, catalog: Catalog) -> Numbers:
    """From titles to their files, all files together being 1."""
    files = titles[catalog.title] * split
    return np.asarray(files / files.sum(), dtype=np.float64)
