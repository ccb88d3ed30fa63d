"""What each appliance of a cluster should hold, fetch and let go: forecasts and holdings go in, a plan comes out.

A cluster is the appliances of one kind at one site. Which files it holds is one decision for all of them
(`shelving`), so that the site holds as much as it can; which appliance holds which is drawn by lots (`rendezvous`), so
that a new one takes over its part and the others keep theirs. The head is held twice: half of a site's evening is a few
files, and the less loaded of two serves them.
"""

from collections import Counter, deque
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from matinee.control.steering.model import shelving
from matinee.control.steering.model.rendezvous import preference
from matinee.kernel.quantities import Instant, Span, days


@dataclass(frozen=True, slots=True)
class FileGroup:
    """What is fetched and dropped as one: a release, or one rendition of it."""

    id: str
    release_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Shelves:
    """One appliance: what it may hold and what it holds."""

    appliance_id: str
    capacity_bytes: int
    holds: frozenset[str] = frozenset()
    playing: frozenset[str] = frozenset()
    """Groups that someone is being served from here: never dropped."""
    weight: float | None = None
    """Its part of the files; without one, by capacity."""


@dataclass(frozen=True, slots=True)
class Premiere:
    release_id: str
    opens: Instant


@dataclass(frozen=True, slots=True)
class Rules:
    head_share: float = 0.3
    """Of the bytes streamed: what makes so much of them is held twice."""
    ingest_share_max: float = 0.06
    """Of an appliance's capacity, in one night."""
    fills_free_room: bool = False
    """What only fills room that is free does not count as the night's: whoever is empty is filled at once."""
    lead: Span = days(3)
    """How long before its hour a premiere is brought in."""
    stays: Span = days(2)
    """How long after it nothing displaces it: by then, counts say what it deserves."""
    inertia: shelving.Inertia = shelving.USUAL


USUAL = Rules()
_GROUPS_A_STEP = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """For one appliance. `add` is in the order in which to fetch; what is dropped makes room for it."""

    appliance_id: str
    hold: frozenset[str]
    add: tuple[str, ...]
    drop: tuple[str, ...]


def pinned_releases(premieres: Sequence[Premiere], *, at: Instant, rules: Rules = USUAL) -> frozenset[str]:
    return frozenset(p.release_id for p in premieres if p.opens - rules.lead <= at < p.opens + rules.stays)


def plan(
    cluster: Sequence[Shelves],
    catalog: Sequence[FileGroup],
    demand: Mapping[str, float],
    *,
    kind: Literal["flash", "storage"],
    allowed: Collection[str],
    pinned: Collection[str] = (),
    exempt: Collection[str] = (),
    rules: Rules = USUAL,
) -> list[Plan]:
    """One night's plan for each appliance.

    `demand` is playings a day by group; `allowed` are the releases this region has rights for, and `pinned` those that
    must be there (premieres). `exempt` are groups that do not count as the night's. Storage holds all it has room for,
    asked for or not. Nothing is fetched that no longer has rights, and it goes as soon as nobody plays it.
    """
    steps = planning(cluster, catalog, demand, kind=kind, allowed=allowed, pinned=pinned, exempt=exempt, rules=rules)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return list(done.value)


def planning(
    cluster: Sequence[Shelves],
    catalog: Sequence[FileGroup],
    demand: Mapping[str, float],
    *,
    kind: Literal["flash", "storage"],
    allowed: Collection[str],
    pinned: Collection[str] = (),
    exempt: Collection[str] = (),
    rules: Rules = USUAL,
) -> Generator[None, None, list[Plan]]:
    """The same in steps, for whoever has other things to do meanwhile."""
    offered = [group for group in catalog if group.release_id in allowed]
    copies = _copies(cluster, offered, demand, rules)
    yield
    wanted = _wanted(cluster, offered, demand, copies, kind=kind, pinned=pinned, exempt=exempt, rules=rules)
    yield
    weights = {s.appliance_id: s.capacity_bytes if s.weight is None else s.weight for s in cluster}
    sizes = {group.id: group.size for group in catalog}
    # What is being played stays where it is: nothing else can be meant for its room.
    stuck = {s.appliance_id: s.playing & s.holds for s in cluster}
    room = {s.appliance_id: s.capacity_bytes - sum(sizes.get(g, 0) for g in stuck[s.appliance_id]) for s in cluster}
    assigned: dict[str, list[FileGroup]] = {name: [] for name in room}
    for number, group in enumerate(wanted):
        if number % _GROUPS_A_STEP == 0:
            yield
        takers = [name for name in preference(group.id, weights) if group.id in stuck[name] or room[name] >= group.size]
        for name in takers[: copies[group.id]]:
            assigned[name].append(group)
            room[name] -= 0 if group.id in stuck[name] else group.size
    rights = {group.id for group in offered}
    loss = _losses(cluster, wanted, demand)
    plans: list[Plan] = []
    for s in cluster:
        yield
        plans.append(
            _carried_out(s, assigned[s.appliance_id], sizes, rights=rights, loss=loss, exempt=exempt, rules=rules)
        )
    return plans


def _copies(
    cluster: Sequence[Shelves], offered: Sequence[FileGroup], demand: Mapping[str, float], rules: Rules
) -> dict[str, int]:
    """Two for the head, where there are two to hold them. What is held twice leaves the head as reluctantly as it came."""
    copies = {group.id: 1 for group in offered}
    if len(cluster) < 2:
        return copies
    streamed = {group.id: demand.get(group.id, 0.0) * group.size for group in offered}
    held = Counter(group_id for shelves in cluster for group_id in shelves.holds)
    bonus = 1.0 + rules.inertia.gain
    order = sorted(offered, key=lambda g: (-demand.get(g.id, 0.0) * (bonus if held[g.id] >= 2 else 1.0), g.id))
    left = rules.head_share * sum(streamed.values())
    for group in order:
        if left <= 0 or streamed[group.id] == 0:
            break
        copies[group.id] = 2
        left -= streamed[group.id]
    return copies


def _wanted(
    cluster: Sequence[Shelves],
    offered: Sequence[FileGroup],
    demand: Mapping[str, float],
    copies: Mapping[str, int],
    *,
    kind: Literal["flash", "storage"],
    pinned: Collection[str],
    exempt: Collection[str],
    rules: Rules,
) -> list[FileGroup]:
    """What the site as a whole should hold, most wanted first. Every copy takes its room and its part of the night."""
    asked = np.array([demand.get(group.id, 0.0) for group in offered])
    # Storage takes what nobody asks for too, after all the rest.
    asked = np.maximum(asked, np.finfo(float).tiny) if kind == "storage" else asked
    capacity = sum(shelves.capacity_bytes for shelves in cluster)
    here = frozenset[str]().union(*(shelves.holds for shelves in cluster))
    watched = frozenset[str]().union(*(shelves.playing & shelves.holds for shelves in cluster))
    held = np.array([group.id in here for group in offered], dtype=np.bool_)
    playing = np.array([group.id in watched for group in offered], dtype=np.bool_)
    must = np.array([group.release_id in pinned for group in offered], dtype=np.bool_)
    size = np.array([group.size * copies[group.id] for group in offered], dtype=np.float64)
    free = max(0.0, capacity - float(size[held].sum())) if rules.fills_free_room else 0.0
    chosen = shelving.choose(
        asked,
        size,
        capacity=capacity,
        held=held,
        pinned=playing | must,
        ingest_bytes_max=capacity * rules.ingest_share_max + free,
        exempt=np.array([group.id in exempt for group in offered], dtype=np.bool_),
        may_come_alone=rules.ingest_share_max > 0,
        inertia=rules.inertia,
    )
    order = sorted(np.flatnonzero(chosen).tolist(), key=lambda at: (not must[at], not held[at], -asked[at], at))
    return [offered[at] for at in order]


def _losses(
    cluster: Sequence[Shelves], wanted: Sequence[FileGroup], demand: Mapping[str, float]
) -> Callable[[str], tuple[bool, bool, float, str]]:
    """How much a copy that is in the way would be missed: the only one of what the site wants most, then by demand."""
    sited = {group.id for group in wanted}
    copies = Counter(held for shelves in cluster for held in shelves.holds)

    def loss(group_id: str) -> tuple[bool, bool, float, str]:
        is_wanted = group_id in sited
        return is_wanted and copies[group_id] < 2, is_wanted, demand.get(group_id, 0.0), group_id

    return loss


def _carried_out(
    shelves: Shelves,
    assigned: Sequence[FileGroup],
    sizes: Mapping[str, int],
    *,
    rights: Collection[str],
    loss: Callable[[str], tuple[bool, bool, float, str]],
    exempt: Collection[str],
    rules: Rules,
) -> Plan:
    """From what it holds to what was assigned to it, within its night and its room.

    What nobody assigned to it stays until its room is needed. Groups that are not in the catalog any more go at once.
    """
    here = {group.id for group in assigned}
    stays = {g for g in shelves.holds if g in shelves.playing or g in here or (g in sizes and g in rights)}
    spare = deque(sorted(stays - here - shelves.playing, key=loss))
    free = shelves.capacity_bytes - sum(sizes.get(g, 0) for g in stays)
    spare_bytes = sum(sizes[g] for g in spare)
    night = shelves.capacity_bytes * rules.ingest_share_max + (max(0, free) if rules.fills_free_room else 0)
    may_come_alone = rules.ingest_share_max > 0
    add: list[str] = []
    for group in assigned:
        # One that is larger than a night comes alone, over several.
        is_too_much = group.id not in exempt and group.size > night and (bool(add) or not may_come_alone)
        if group.id in shelves.holds or is_too_much or group.size > free + spare_bytes:
            continue
        while group.size > free:
            gone = spare.popleft()
            stays.discard(gone)
            free += sizes[gone]
            spare_bytes -= sizes[gone]
        add.append(group.id)
        free -= group.size
        night -= 0 if group.id in exempt else group.size
    return Plan(shelves.appliance_id, frozenset(stays).union(add), tuple(add), tuple(sorted(shelves.holds - stays)))
