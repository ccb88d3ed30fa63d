"""Edges that clients blame: what an edge says of itself may be wrong, and those who fetch from it notice first.

A member counts once, whatever number of sessions is theirs, and counts little who blames all the world: that is a network
of their own which is down. An edge is left for a while when enough of those it serves blame it at the same time, and comes
back by and by; for longer each time.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import ceil

from matinee.control.steering.model.standing import share_after
from matinee.kernel.quantities import Instant, Span, minutes, seconds

TOGETHER: Span = seconds(30)
"""Who blames at the same time."""
_WITNESSES_LEAST = 3
_OF_THOSE_SERVED = 0.1
_WITNESSES_MOST = 30
"""So many are enough, whatever number it serves: one film that it lacks is not noticed by all."""
_EDGES_BLAMED_MAX = 2
"""Of one member: two may fail together, as they stand together."""
_LEFT: Span = seconds(60)
_LEFT_MAX: Span = minutes(16)
_FORGOTTEN: Span = minutes(10)
"""Who did well for so long after it came back is left as shortly as the first time."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """An edge is left from `since` until `until`."""

    pathway: str
    since: Instant
    until: Instant
    times: int
    """How often, one soon after the other."""
    witnesses: int


def are_enough(edges_blamed: Iterable[int], *, serves: int) -> bool:
    """Whether an edge is to be left: of each member who blames it now, how many edges they blame. `serves`: how many
    sessions it was heard to serve; 0 where that is not known."""
    weight = sum(1.0 if count <= _EDGES_BLAMED_MAX else 1 / count for count in edges_blamed)
    return weight >= max(_WITNESSES_LEAST, min(ceil(serves * _OF_THOSE_SERVED), _WITNESSES_MOST))


def sentenced(pathway: str, before: Sentence | None, witnesses: int, *, at: Instant) -> Sentence:
    is_again = before is not None and at - before.until < _FORGOTTEN
    times = before.times + 1 if before is not None and is_again else 1
    return Sentence(pathway, at, at + min(_LEFT * 2 ** min(times - 1, 8), _LEFT_MAX), times, witnesses)


def share_of(sentence: Sentence | None, *, at: Instant) -> float:
    """Of the clients it would have: none while it is left, then as after a silence."""
    if sentence is None:
        return 1.0
    return 0.0 if at < sentence.until else share_after(at - sentence.until)


def left(
    sentences: Iterable[Sentence], *, edges: Collection[str], origins: Collection[str], at: Instant
) -> frozenset[str]:
    """Who is offered to nobody. Of those who are well never more than half: when everybody is blamed, something else is
    wrong, and somebody has to serve. The most blamed go first."""
    worst = sorted(
        (each for each in sentences if share_of(each, at=at) == 0.0), key=lambda each: (-each.witnesses, each.pathway)
    )
    of_edges = [each.pathway for each in worst if each.pathway in edges]
    of_origins = [each.pathway for each in worst if each.pathway in origins]
    edges_max = (len(edges) + 1) // 2 if origins else len(edges) // 2
    return frozenset((*of_edges[:edges_max], *of_origins[: len(origins) // 2]))
