"""The rivals on a site's requests, and our rivals beside those of `libcachesim`, where that package is."""

import importlib
from collections.abc import Callable, Sequence

import numpy as np

from matinee.bench.demand import Numbers, Places
from matinee.bench.policies import Account, Belady, Lru, Policy, S3Fifo, WTinyLfu

EXACT = "W-TinyLFU with exact counts"
RIVALS = ("LRU", "S3-FIFO", "W-TinyLFU", "Belady with bypass")
_THEIRS = {"LRU": "LRU", "S3-FIFO": "S3FIFO", "W-TinyLFU": "WTinyLFU"}
_CHECK_OBJECTS, _CHECK_REQUESTS, _CHECK_SHARE = 5_000, 200_000, 0.2


def serve_all(
    requests: Sequence[Places], size: Numbers, capacity: float, filled: Places, *, settles: int, with_exact: bool
) -> dict[str, list[Account]]:
    """What each rival made of each day after the first `settles`, filled as ours was at the beginning."""
    days = [day.tolist() for day in requests]
    sizes = size.tolist()
    future = [one for day in days for one in day]
    found: dict[str, list[Account]] = {}
    for name in (*RIVALS, EXACT) if with_exact else RIVALS:
        policy = _open(name, capacity, sizes, future)
        policy.fill(filled.tolist())
        found[name] = [policy.serve(day) for day in days][settles:]
    return found


def _open(name: str, capacity: float, sizes: Sequence[float], future: Sequence[int]) -> Policy:
    if name == "LRU":
        return Lru(capacity, sizes)
    if name == "S3-FIFO":
        return S3Fifo(capacity, sizes)
    if name in ("W-TinyLFU", EXACT):
        return WTinyLfu(capacity, sizes, exact=name == EXACT)
    return Belady(capacity, sizes, future)


def cross_check(say: Callable[[str], None]) -> list[dict[str, object]]:
    """Object and byte hit ratios of both on the same Zipf requests: of equal sizes, and of lognormal ones."""
    try:
        package = importlib.import_module("libcachesim")
    except ImportError:
        say("The cross-check is left out: the package libcachesim is not installed.")
        return [{"left_out": "libcachesim is not installed"}]
    chance = np.random.default_rng(7)
    weights = 1.0 / np.arange(1, _CHECK_OBJECTS + 1)
    requests = np.searchsorted(np.cumsum(weights / weights.sum()), chance.random(_CHECK_REQUESTS)).tolist()
    lognormal = np.maximum(1, np.exp(chance.normal(11, 0.45, _CHECK_OBJECTS))).astype(np.int64)
    rows: list[dict[str, object]] = []
    for words, sizes in (("equal", np.full(_CHECK_OBJECTS, 1000)), ("lognormal", lognormal)):
        capacity = int(_CHECK_SHARE * sizes.sum())
        for name, theirs in _THEIRS.items():
            cache = getattr(package, theirs)(capacity)
            hit = asked = 0
            for one in requests:
                size = int(sizes[one])
                asked += size
                hit += size if cache.get(package.Request(obj_id=one, obj_size=size)) else 0
            account = _open(name, capacity, sizes.tolist(), ()).serve(requests)
            ours = account.hit_bytes / account.asked_bytes
            row = {"policy": name, "sizes": words, "ours": round(ours, 4), "libcachesim": round(hit / asked, 4)}
            rows.append({**row, "points_apart": round(100 * (ours - hit / asked), 2)})
    return rows
