"""Which files a site should hold: the most demand for its bytes, without replacing what is held for a little gain.

A fractional knapsack: by demand for a byte, most first, until it is full. Files are small beside an appliance, so filling
by density is as good as the best filling, but for the last file. Arrays have one entry a file.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Marks = NDArray[np.bool_]
Order = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Inertia:
    """What a file must promise before another makes room for it."""

    gain: float = 0.15
    """What is held counts for so much more …"""
    playings: float = 0.1
    """… and at least for so many playings a day: a fetch that is not played within ten days was not worth a replacement."""


USUAL = Inertia()


def choose(
    demand: Numbers,
    size: Numbers,
    *,
    capacity: float,
    held: Marks,
    pinned: Marks,
    ingest_bytes_max: float = np.inf,
    exempt: Marks | None = None,
    may_come_alone: bool = True,
    inertia: Inertia = USUAL,
) -> Marks:
    """What to hold. `demand` is in playings a day; a file without any is never fetched, but stays while there is room.

    Pinned files come before all others, and those that are held stay whatever they displace: someone is watching. Where
    the held ones fit, the choice fits. What is fetched and not `exempt` keeps to `ingest_bytes_max`, unless the first
    file alone is larger: that one comes alone, over several nights.
    """
    rank = _ranked(demand, held, pinned, inertia)
    target = _fitting(rank, size, capacity)
    wanted = target[~held[target]]
    free = np.zeros(len(wanted), dtype=np.bool_) if exempt is None else exempt[wanted]
    counted = wanted[~free]
    is_alone = may_come_alone and len(counted) > 0 and size[counted[0]] > ingest_bytes_max
    fetched = np.concatenate((wanted[free], counted[:1] if is_alone else _fitting(counted, size, ingest_bytes_max)))
    kept = _fitting(rank[held[rank]], size, capacity - float(size[fetched].sum()))
    chosen = np.zeros(len(demand), dtype=np.bool_)
    chosen[fetched] = chosen[kept] = True
    return chosen | (held & pinned)


def _ranked(demand: Numbers, held: Marks, pinned: Marks, inertia: Inertia) -> Order:
    """The files that may be here, the one to give up last first."""
    worth = np.where(held, np.maximum(demand * (1.0 + inertia.gain), demand + inertia.playings), demand)
    # What nobody asks for goes nowhere on its own; but what lies there and is in nobody's way is not deleted either.
    eligible = np.flatnonzero(held | pinned | (demand > 0))
    order = eligible[np.argsort(-worth[eligible], kind="stable")]
    must, there = pinned[order], held[order]
    return np.concatenate((order[must & there], order[must & ~there], order[~must]))


def _fitting(rank: Order, size: Numbers, room: float) -> Order:
    """Of files in this order those that fit when each is taken that still does."""
    taken: list[Order] = []
    rank = rank[size[rank] <= room]
    while len(rank):
        filled = np.cumsum(size[rank])
        fit = int(np.searchsorted(filled, room, side="right"))
        taken.append(rank[:fit])
        if fit:
            room -= float(filled[fit - 1])
        rest = rank[fit + 1 :]
        rank = rest[size[rest] <= room]
    return np.concatenate(taken) if taken else rank
