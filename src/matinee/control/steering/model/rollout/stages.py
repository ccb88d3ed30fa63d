"""Who gets a build next: one, one of each cluster, a tenth, half, all.

A later stage is never smaller than one before it. One of each cluster is less than half of the fleet in any case, also
where clusters are small: the others are what the new build is compared with.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from typing import Literal, get_args

Stage = Literal["one", "cluster", "tenth", "half", "all"]
STAGES: tuple[Stage, ...] = get_args(Stage)
_IDLE_BELOW = 0.005


@dataclass(frozen=True, slots=True)
class Candidate:
    """An appliance that can be given other software."""

    id: str
    cluster: str
    is_well: bool = True
    load: float = 1.0


def after(stage: Stage) -> Stage | None:
    place = STAGES.index(stage) + 1
    return STAGES[place] if place < len(STAGES) else None


def target(stage: Stage, fleet: Sequence[Candidate]) -> int:
    """How many have the new build when the stage is complete."""
    many = len(fleet)
    if stage == "one" or many <= 1:
        return min(1, many)
    one_each = max(1, min(len({each.cluster for each in fleet}), (many - 1) // 2))
    tenth = max(one_each, ceil(many / 10))
    sizes: dict[Stage, int] = {"cluster": one_each, "tenth": tenth, "half": max(tenth, ceil(many / 2)), "all": many}
    return sizes[stage]


def called(stage: Stage, fleet: Sequence[Candidate], chosen: Collection[str], *, key: str) -> tuple[str, ...]:
    """Who joins `chosen` for this stage, in this order. `key`: the same for one roll-out, so that each begins elsewhere."""
    missing = target(stage, fleet) - sum(each.id in chosen for each in fleet)
    if missing <= 0:
        return ()
    sizes = Counter(each.cluster for each in fleet)
    taken = Counter(each.cluster for each in fleet if each.id in chosen)
    if stage == "one":
        # Where others stand beside it nobody misses it, and where it serves nobody nothing is learned.
        free = sorted(
            (each for each in fleet if each.is_well and each.id not in chosen),
            key=lambda each: (sizes[each.cluster] == 1, each.load < _IDLE_BELOW, _turn(key, each.id)),
        )
        return tuple(each.id for each in free[:missing])
    found: list[str] = []
    free = [each for each in fleet if each.is_well and each.id not in chosen]
    queues: dict[str, list[Candidate]] = {}
    for each in sorted(free, key=lambda each: _turn(key, each.id), reverse=True):
        queues.setdefault(each.cluster, []).append(each)
    while queues and len(found) < missing:
        # The cluster of which the least has it: copies are in clusters, and so are kinds of networks.
        cluster = min(queues, key=lambda name: (taken[name] / sizes[name], _turn(key, name)))
        if stage == "cluster" and taken[cluster]:
            break
        found.append(queues[cluster].pop().id)
        taken[cluster] += 1
        if not queues[cluster]:
            del queues[cluster]
    return tuple(found)


def _turn(key: str, name: str) -> bytes:
    return sha256(f"{key}/{name}".encode()).digest()[:8]
