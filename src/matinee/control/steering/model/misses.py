"""Bytes that did not come from where they best would: how many, and why.

Whoever would be best if everybody were well and held everything is asked for once more at each decision. Bytes from there,
or from one that stands with it, are hits. For all others there is a reason: the best did not hold it (`content`), was out,
fenced, blamed or full (`health`), or the client was elsewhere than it was sent, or not yet there (`other`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from matinee.control.steering.model.atlas import Place
from matinee.control.steering.model.copies import Everything
from matinee.control.steering.model.decision import Choice, Question, decide
from matinee.control.steering.model.route_table import RouteTable
from matinee.control.steering.model.seating import Seating
from matinee.control.steering.model.snapshot import Server, Snapshot, place_of
from matinee.kernel.quantities import Instant, Span, seconds

Outcome = Literal["hit", "content", "health", "other", "unknown"]
IN_FORCE: Span = seconds(90)
"""For so long bytes may be told of that came before a decision: an account's minute, and until a player asks."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What a decision aimed at."""

    at: Instant
    place: str
    """Of the best there would be: its site, or its own name."""
    best: tuple[str, ...]
    """Who stands there."""
    offered: tuple[str, ...]
    reason: Outcome
    """Of bytes from whom it offered first."""


class Ideal:
    """The fleet if all were well, idle, and held everything."""

    def __init__(self, servers: Iterable[Server], seating: Seating | None = None) -> None:
        every = [replace(server, load=0.0, share=1.0) for server in servers]
        self.snapshot = Snapshot(every, Everything(seating))
        self._standing: dict[Place, tuple[str, ...]] = {}
        for server in every:
            place = place_of(server)
            self._standing[place] = (*self._standing.get(place, ()), server.id)

    def best(self, routes: RouteTable, question: Question) -> tuple[str, tuple[str, ...]]:
        """The place, and who stands there. What this client got there before does not matter."""
        ranked = decide(self.snapshot, routes, question._replace(current=None, throughput_kbps={}, needs_kbps=0))
        if not ranked:
            return "", ()
        place = place_of(ranked[0].server)
        return place.name, self._standing[place]


def aimed(
    ideal: Ideal, real: Snapshot, routes: RouteTable, question: Question, ranked: Sequence[Choice], *, at: Instant
) -> Aim:
    place, best = ideal.best(routes, question)
    offered = tuple(choice.id for choice in ranked)
    if not offered or offered[0] in best:
        return Aim(at, place, best, offered, "hit")
    held = real.copies.get(question.release_id, ())
    holding = [id for id in best if id in held]
    if not holding:
        return Aim(at, place, best, offered, "content")
    is_fit = any(_is_fit(real.edges.get(id)) for id in holding)
    return Aim(at, place, best, offered, "other" if is_fit else "health")


def outcome(aims: Sequence[Aim], edge: str, *, at: Instant) -> tuple[str, Outcome]:
    """Of bytes from this edge told of at this time: the place they should have come from, and what became of that. `aims`
    in their order. Of several that were in force the kindest holds: players follow with their next question."""
    if not aims:
        return "", "unknown"
    in_force = [
        aim for aim, after in zip(aims, (*aims[1:], None), strict=True) if after is None or at - after.at <= IN_FORCE
    ]
    found = {_judged(aim, edge): aim.place for aim in in_force}
    kindest = min(found, key=_KINDNESS.__getitem__)
    return found[kindest], kindest


_KINDNESS: dict[Outcome, int] = {"hit": 0, "content": 1, "health": 2, "other": 3, "unknown": 4}


def _judged(aim: Aim, edge: str) -> Outcome:
    if edge in aim.best:
        return "hit"
    return aim.reason if edge in aim.offered[:1] else "other"


def _is_fit(server: Server | None) -> bool:
    return server is not None and not server.is_full and server.share >= 1.0
