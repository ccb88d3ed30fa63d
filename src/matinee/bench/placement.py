"""How many bytes are where the viewers are before they press play: `matinee bench placement`.

Made viewing (`bench/demand.py`), told for five weeks before anything is counted. Sites of two sizes fill themselves at
night by the models of steering; beside them caches that fetch when they are asked get the same requests, come filled
the same, and settle for as many requests. Then once more with every title in twenty renditions, each placed by itself.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev
from typing import Literal

from matinee.app.doors import Doors
from matinee.bench.demand import REAL_TITLES, Popularity, draw_world, quantile_hours, read_popularity
from matinee.bench.nights import BY_TITLE, INGEST_SHARE_MAX, OURS, TRUE, Tally, tell
from matinee.bench.policies import Account
from matinee.bench.report import Figure, Report
from matinee.bench.rivals import EXACT, cross_check, serve_all
from matinee.kernel.errors import InvalidInput

Say = Callable[[str], None]
Unit = Literal["title", "file"]

_GOALS = {0.05: 0.60, 0.10: 0.74, 0.20: 0.87, 0.40: 0.95, 0.60: 0.98}
"""Byte hit ratio of the large site by storage, as a share of the catalog's bytes."""
_TIGHT = 0.05
_LEAST = 100
"""Titles, and playings a day: of fewer nothing can be said."""
_SMALL_SITE = 10
"""The small site is so many times smaller."""
_REGION_SITES = 50
"""The region is as large as so many of the large site."""
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Two-sided 95 % of Student's t, for 1, 2, … degrees of freedom; beyond them the normal's."""


@dataclass(frozen=True, slots=True)
class _Size:
    """Of the measurement."""

    seeds: int
    plays: int
    days: int
    lead_days: int
    """Told before the measured ones: the models see all of them."""
    settle_requests: int
    """The rivals are asked for so many before they are measured."""
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Of one policy at one storage, for one seed."""

    hit: float
    ingest: float
    """Bytes fetched a day, over capacity; and on the worst day."""
    ingest_worst: float
    outside_bytes: float = 0.0


Cell = tuple[int, Unit, str, float]
"""Playings a day, what is placed, policy, storage."""
Results = defaultdict[Cell, list[_Outcome]]


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    popularity, size = _popularity(options), _size_of(options)
    results: Results = defaultdict(list)
    for seed in range(1, size.seeds + 1):
        for plays in (size.plays, size.plays // _SMALL_SITE):
            say(f"seed {seed}, {plays} plays a day …")
            _measure(popularity, size, seed, plays, "title", size.shares, results)
        say(f"seed {seed}, by file …")
        _measure(popularity, size, seed, size.plays, "file", (_TIGHT,), results)
    tables = {"policies": _rows(results)}
    if options.cross_check:
        tables["cross_check"] = cross_check(say)
    told: dict[str, object] = {
        "titles": len(popularity.hours),
        "popularity": options.popularity.name if options.popularity else "quantiles",
        "seeds": list(range(1, size.seeds + 1)),
        "plays_a_day": [size.plays, size.plays // _SMALL_SITE],
        "days": size.days,
        "days_before": size.lead_days,
    }
    return Report("placement", told, _figures(results, size), tables)


def _popularity(options: argparse.Namespace) -> Popularity:
    for flag in ("titles", "plays"):
        if (given := getattr(options, flag)) is not None and given < _LEAST:
            raise InvalidInput(f"--{flag} cannot be {given}: placement needs at least {_LEAST}.", field=flag)
    if options.popularity is None:
        if options.quick and options.titles is None:
            return Popularity(quantile_hours(1_000))
        return Popularity(quantile_hours(options.titles or REAL_TITLES))
    if options.titles is not None:
        raise InvalidInput("--popularity says how many titles there are: leave --titles out.", field="titles")
    return read_popularity(options.popularity)


def _size_of(options: argparse.Namespace) -> _Size:
    shares = tuple(_GOALS)
    if options.quick:
        return _Size(min(options.seeds, 2), min(options.plays, 2_000), min(options.days, 3), 10, 8_000, shares)
    return _Size(options.seeds, options.plays, options.days, 35, 280_000, shares)


def _measure(
    popularity: Popularity, size: _Size, seed: int, plays: int, unit: Unit, shares: Sequence[float], results: Results
) -> None:
    """One world, all policies. The rivals' settling is cut off where the world begins, the filling being known by then."""
    region_plays = size.plays * _REGION_SITES
    days = size.lead_days + size.days
    settles = min(max(7, -(-size.settle_requests // plays)), size.lead_days - 7) if size.lead_days > 14 else 4
    by_file = unit == "file"
    world = draw_world(popularity, days=days, plays=plays, region_plays=region_plays, by_file=by_file, seed=seed)
    told = tell(world, shares, warm_from=size.lead_days - settles, measured_from=size.lead_days, by_title=by_file)
    for way, tallies in told.tallies.items():
        for share, tally in zip(shares, tallies, strict=True):
            results[plays, unit, way, share].append(_of_nights(tally))
    for at, share in enumerate(shares):
        capacity = told.tallies[OURS][at].capacity
        served = serve_all(
            told.requests, world.catalog.size, capacity, told.filled[at], settles=settles, with_exact=share == _TIGHT
        )
        for name, accounts in served.items():
            results[plays, unit, name, share].append(_of_accounts(accounts, capacity))


def _of_nights(tally: Tally) -> _Outcome:
    return _Outcome(tally.hit_bytes / tally.asked_bytes, mean(tally.nights), max(tally.nights), tally.outside_bytes)


def _of_accounts(accounts: Sequence[Account], capacity: float) -> _Outcome:
    fetched = [account.inserted_bytes / capacity for account in accounts]
    asked = sum(account.asked_bytes for account in accounts)
    return _Outcome(sum(account.hit_bytes for account in accounts) / asked, mean(fetched), max(fetched))


def _figures(results: Results, size: _Size) -> list[Figure]:
    large, small = size.plays, size.plays // _SMALL_SITE
    ours = [(cell, o) for cell, each in results.items() if cell[2] in (OURS, BY_TITLE) for o in each]
    return [
        *(
            Figure(f"hit_{_percent(share)}", _hit(results, large, "title", OURS, share), "", goal, better="higher")
            for share, goal in _GOALS.items()
        ),
        *(
            Figure(f"small_site_hit_{_percent(share)}", _hit(results, small, "title", OURS, share), "", better="higher")
            for share in _GOALS
        ),
        Figure("behind_true_demand", _behind_true(results, large, "title", size.shares), "points", 1.0),
        Figure("small_site_behind_true_demand", _behind_true(results, small, "title", size.shares), "points", 1.0),
        Figure("over_w_tinylfu_5", _over(results, large, "title", "W-TinyLFU"), "points", 0.0, better="higher"),
        Figure(
            "small_site_over_w_tinylfu_5", _over(results, small, "title", "W-TinyLFU"), "points", 0.0, better="higher"
        ),
        Figure("ingest_worst_night", max(o.ingest_worst for _, o in ours), "of capacity", INGEST_SHARE_MAX),
        Figure("ingest_mean_night", mean(o.ingest for _, o in ours), "of capacity"),
        Figure("bytes_outside_window", sum(o.outside_bytes for _, o in ours), "bytes", 0.0),
        Figure("files_hit_5", _hit(results, large, "file", OURS, _TIGHT), "", better="higher"),
        Figure("files_over_w_tinylfu_5", _over(results, large, "file", "W-TinyLFU"), "points", 2.0, better="higher"),
        Figure("over_exact_w_tinylfu_5", _over(results, large, "title", EXACT), "points", better="higher"),
        Figure("files_over_exact_w_tinylfu_5", _over(results, large, "file", EXACT), "points", better="higher"),
        Figure("files_over_titles_5", _over(results, large, "file", BY_TITLE), "points", better="higher"),
        Figure("files_behind_true_demand", _behind_true(results, large, "file", (_TIGHT,)), "points", 1.0),
    ]


def _hit(results: Results, plays: int, unit: Unit, policy: str, share: float) -> float:
    return mean(outcome.hit for outcome in results[plays, unit, policy, share])


def _behind_true(results: Results, plays: int, unit: Unit, shares: Sequence[float]) -> float:
    """Where it is worst, in points."""
    return 100 * max(_hit(results, plays, unit, TRUE, s) - _hit(results, plays, unit, OURS, s) for s in shares)


def _over(results: Results, plays: int, unit: Unit, rival: str) -> float:
    return 100 * (_hit(results, plays, unit, OURS, _TIGHT) - _hit(results, plays, unit, rival, _TIGHT))


def _rows(results: Results) -> list[dict[str, object]]:
    """A row for each policy at each site: hit ratio with half of its 95 % interval, and what it fetches, by storage."""
    rows: dict[tuple[int, Unit, str], dict[str, object]] = {}
    for (plays, unit, policy, share), outcomes in results.items():
        row = rows.setdefault((plays, unit, policy), {"plays_a_day": plays, "by": unit, "policy": policy})
        at = _percent(share)
        hits = [outcome.hit for outcome in outcomes]
        row[f"hit_{at}"] = round(mean(hits), 4)
        row[f"interval_{at}"] = None if len(hits) < 2 else round(_interval(hits), 4)
        row[f"fetched_a_day_{at}"] = round(mean(outcome.ingest for outcome in outcomes), 4)
        row[f"fetched_worst_{at}"] = round(max(outcome.ingest_worst for outcome in outcomes), 4)
    return sorted(rows.values(), key=lambda row: (str(row["by"]) == "file", -int(str(row["plays_a_day"]))))


def _interval(values: Sequence[float]) -> float:
    freedom = len(values) - 1
    student = _STUDENT[freedom - 1] if freedom <= len(_STUDENT) else 1.96 + 2.7 / freedom
    return student * stdev(values) / sqrt(len(values))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
