"""When journeys will have ended: the work each has left, shared out over the places there are, in time that is computed.

A journey is a line of phases. In some its own process works alone; in others its jobs take places, the most urgent title's
first and equal titles alike. So a title that waits for a premiere is told so, and a worker that joins shows at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

_EVENTS_MAX = 10_000
_NOTHING_S = 1e-9


@dataclass(frozen=True, slots=True)
class Phase:
    """`work_s` of one pair of hands. With jobs, as many hands as there are jobs and places; it cannot end before
    `least_s`, in which it would with every place for itself."""

    work_s: float
    jobs: float = 0.0
    least_s: float = 0.0


def phase_of(jobs_s: Sequence[float], places: int, *, taken_s: Sequence[float] = ()) -> Phase:
    """Of jobs that are handed out in this order. `taken_s`: how long other titles' jobs keep places that they have."""
    if not jobs_s:
        return Phase(0.0)
    free_at_s = [*sorted(taken_s)[:places], *[0.0] * max(0, places - len(taken_s))]
    heapify(free_at_s)
    ends = 0.0
    for job_s in jobs_s:
        ended_s = free_at_s[0] + job_s
        heapreplace(free_at_s, ended_s)
        ends = max(ends, ended_s)
    return Phase(sum(jobs_s), float(len(jobs_s)), ends)


@dataclass(frozen=True, slots=True)
class Line:
    """A journey: what is left of it, in order."""

    priority: int
    phases: tuple[Phase, ...]


@dataclass(slots=True)
class _Walk:
    line: Line
    at: int = 0
    left_s: float = 0.0
    at_least_s: float = 0.0

    def enter(self) -> None:
        """Come to the next phase with anything in it."""
        while self.at < len(self.line.phases):
            phase = self.line.phases[self.at]
            self.left_s, self.at_least_s = phase.work_s, phase.least_s
            if self.left_s > _NOTHING_S:
                return
            self.at += 1

    @property
    def phase(self) -> Phase | None:
        return self.line.phases[self.at] if self.at < len(self.line.phases) else None


def ends_s(lines: Sequence[Line], places: float) -> list[float | None]:
    """Seconds until each line ends; None where it never will, for want of hands."""
    walks = [_Walk(line) for line in lines]
    for walk in walks:
        walk.enter()
    ends: list[float | None] = [0.0 if walk.phase is None else None for walk in walks]
    now_s = 0.0
    for _ in range(_EVENTS_MAX):
        speeds = _speeds(walks, places)
        steps = [_left_s(walk, speed) for walk, speed in zip(walks, speeds, strict=True) if speed > 0]
        if not steps:
            break
        step_s = min(steps)
        now_s += step_s
        for number, (walk, speed) in enumerate(zip(walks, speeds, strict=True)):
            if speed == 0:
                continue
            is_over = _left_s(walk, speed) <= step_s + _NOTHING_S
            walk.left_s = max(_NOTHING_S, walk.left_s - speed * step_s)
            walk.at_least_s = max(0.0, walk.at_least_s - step_s)
            if is_over:
                walk.at += 1
                walk.enter()
                if walk.phase is None:
                    ends[number] = now_s
    return ends


def _left_s(walk: _Walk, speed: float) -> float:
    return max(walk.left_s / speed, walk.at_least_s)


def _speeds(walks: Sequence[_Walk], places: float) -> list[float]:
    """How many hands each has at this moment."""
    speeds = [1.0 if walk.phase is not None and not walk.phase.jobs else 0.0 for walk in walks]
    wanting = [n for n, walk in enumerate(walks) if walk.phase is not None and walk.phase.jobs]
    for priority in sorted({walks[n].line.priority for n in wanting}):
        equals = sorted((n for n in wanting if walks[n].line.priority == priority), key=lambda n: _wants(walks[n]))
        for position, number in enumerate(equals):
            # Who wants less than an equal share leaves the rest to the others.
            speeds[number] = min(_wants(walks[number]), places / (len(equals) - position))
            places -= speeds[number]
    return speeds


def _wants(walk: _Walk) -> float:
    assert walk.phase is not None, "nobody wants hands after the end"
    return max(1.0, walk.phase.jobs)
