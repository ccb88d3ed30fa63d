"""A farm in computed time: films with chunks of very different cost, workers that join and leave, titles that compete.

It shares out places as the engine does, and answers with what the engine's record would say at any moment, and with the
truth: when each film was made.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from matinee.studio.production.model.standing import Counted, InHand, Standing

BEFORE, FAN_OUTS, AFTER = ("inspect", "plan"), ("encode", "measure"), ("artwork", "package", "announce")
STAGES = (*BEFORE, *FAN_OUTS, *AFTER)
_SECONDS = {"inspect": 0.004, "plan": 0.02, "artwork": 0.0, "package": 0.002, "announce": 0.0}
"""Of a step, for each megapixel; and each has something that every film costs."""
_BASE_S = {"inspect": 0.5, "plan": 2.0, "artwork": 1.5, "package": 0.5, "announce": 0.05}
_PACE = {"encode-chunk medium 720p": 0.05, "encode-chunk medium 360p": 0.09, "measure-rung": 0.02}


@dataclass(frozen=True)
class Work:
    """A job that will take so long. The farm finds out."""

    stage: str
    pace: str
    weight: float
    seconds: float


@dataclass
class Film:
    size: float
    steps: Mapping[str, float]
    jobs: Mapping[str, Sequence[Work]]
    priority: int = 100
    arrives_s: float = 0.0
    entered_s: dict[str, float] = field(default_factory=dict)
    """When it came to each stage."""
    shifts: dict[int, tuple[float, float]] = field(default_factory=dict)
    """When each job was in hand, by identity."""
    ended_s: float = 0.0

    def standing(self, at_s: float) -> Standing:
        stages = [name for name in STAGES if name in self.entered_s and self.entered_s[name] <= at_s]
        stage = stages[-1] if stages else ""
        done_steps = {name: s for name, s in self.steps.items() if name in stages and name != stage}
        if at_s >= self.ended_s:
            done_steps = dict(self.steps)
        counted: list[Counted] = []
        in_hand: list[InHand] = []
        for name in (name for name in FAN_OUTS if name in stages):
            for pace in dict.fromkeys(job.pace for job in self.jobs[name]):
                jobs = [job for job in self.jobs[name] if job.pace == pace]
                done = [job for job in jobs if self._shift(job)[1] <= at_s]
                weight = sum(job.weight for job in done)
                took_s = sum(job.seconds for job in done)
                whole = sum(job.weight for job in jobs)
                counted.append(Counted(name, pace, len(jobs), whole, len(done), weight, weight, took_s))
                for job in jobs:
                    began_s, ended_s = self._shift(job)
                    if began_s <= at_s < ended_s:
                        in_hand.append(InHand(name, pace, job.weight, at_s - began_s))
        since_s = self.entered_s.get(stage, at_s)
        is_seen = stages and stage != "" and at_s > self.entered_s["inspect"]
        return Standing(
            "full", self.size if is_seen else 0.0, stage, at_s - since_s, done_steps, tuple(counted), tuple(in_hand),
            self.priority,
        )  # fmt: skip

    def _shift(self, job: Work) -> tuple[float, float]:
        return self.shifts.get(id(job), (float("inf"), float("inf")))


def film(chance: random.Random, *, chunks: int, tail: float = 0.5, like_others: float = 0.1, **more: float) -> Film:
    """`tail`: sigma of the logarithm of a chunk's time. `like_others`: that of how films differ from each other."""
    factor = chance.lognormvariate(0, like_others)
    weight = 60.0
    size = chunks * weight
    steps = {
        name: (_BASE_S[name] + _SECONDS[name] * size) * factor * chance.lognormvariate(0, like_others / 2)
        for name in (*BEFORE, *AFTER)
    }

    def work(stage: str, pace: str, weight: float, tail: float) -> Work:
        mean_one = chance.lognormvariate(-tail * tail / 2, tail)
        return Work(stage, pace, weight, weight * _PACE[pace] * factor * mean_one)

    encode = [work("encode", "encode-chunk medium 720p", weight, tail) for _ in range(chunks)]
    encode += [work("encode", "encode-chunk medium 360p", weight / 4, tail) for _ in range(chunks)]
    measure = [work("measure", "measure-rung", size, 0.05) for _ in range(4)]
    made = Film(size, steps, {"encode": encode, "measure": measure})
    made.priority, made.arrives_s = int(more.get("priority", 100)), more.get("arrives_s", 0.0)
    return made


def make(films: Sequence[Film], places: Callable[[float], int]) -> None:
    """Until all are made. `places`: how many there are at each moment; who leaves ends what is in hand."""
    now_s = 0.0
    busy: list[tuple[float, Film, Work]] = []
    queues: dict[int, list[Work]] = {}
    stepping: dict[int, float] = {}
    at: dict[int, int] = {id(one): -1 for one in films}
    while any(at[id(one)] < len(STAGES) for one in films):
        for one in films:
            _advance(one, now_s, at, queues, stepping, busy)
        free = places(now_s) - len(busy)
        while free > 0 and (waiting := [one for one in films if queues.get(id(one))]):
            one = min(waiting, key=lambda f: (f.priority, sum(b[1] is f for b in busy)))
            job = queues[id(one)].pop(0)
            one.shifts[id(job)] = (now_s, now_s + job.seconds)
            busy.append((now_s + job.seconds, one, job))
            free -= 1
        events = [*(end for end, _, _ in busy), *stepping.values(), *(f.arrives_s for f in films)]
        later = [event for event in events if event > now_s]
        # Places may change without an event: look at least every so often.
        now_s = min([*later, now_s + 5.0])
        busy = [b for b in busy if b[0] > now_s]


def _advance(
    one: Film,
    now_s: float,
    at: dict[int, int],
    queues: dict[int, list[Work]],
    stepping: dict[int, float],
    busy: Sequence[tuple[float, Film, Work]],
) -> None:
    key = id(one)
    while at[key] < len(STAGES) and now_s >= one.arrives_s:
        stage = STAGES[at[key]] if at[key] >= 0 else None
        if stage in FAN_OUTS and (queues[key] or any(b[1] is one for b in busy)):
            return
        if stage is not None and stage not in FAN_OUTS and stepping[key] > now_s:
            return
        at[key] += 1
        stepping.pop(key, None)
        if at[key] == len(STAGES):
            one.ended_s = now_s
            return
        stage = STAGES[at[key]]
        one.entered_s[stage] = now_s
        if stage in FAN_OUTS:
            queues[key] = list(one.jobs[stage])
        else:
            stepping[key] = now_s + one.steps[stage]
