"""What a journey has left, from where it stands and from what earlier ones took; and when it will have ended.

Three things are known better and better. What such films took: experience. How this one compares with them: what it took
so far against what was expected, which moves everything that is still to come. And its own pace, as soon as jobs of a
kind were done here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matinee.studio.production.api import ANEW
from matinee.studio.production.model.experience import Experience
from matinee.studio.production.model.forecast import Line, Phase, ends_s, phase_of
from matinee.studio.production.model.progress import STAGES
from matinee.studio.production.model.standing import Counted, InHand, Standing

_LAST = "announce"
"""Once it is announced a version is ready: what comes after keeps nobody waiting."""
_ORDER = tuple(STAGES)[: list(STAGES).index(_LAST) + 1]
FAN_OUTS = ("encode", "measure")
_SECOND_TRIES = ("encode-again", "measure-again", "show-refused", "refused", "accepted")
"""Of a rung that disappoints, and what a person says of it: not counted on."""
STEPS = tuple(name for name in _ORDER if name not in (*FAN_OUTS, *_SECOND_TRIES))
_PRIOR_JOBS = 2.0
"""How many measured jobs earlier journeys' pace counts for."""
_RELUCTANCE = 0.1
"""A share of the whole: so much has to be seen of a journey until half of how it compares with others is believed."""
_OVERRUN = 0.1
"""What takes longer than expected is expected to take this much longer still, of what it has taken."""


def remaining_s(standings: Sequence[Standing], experience: Experience, places: int) -> list[float | None]:
    """Seconds until each of these journeys, all there are, has made its release; None where nothing is known yet."""
    factors = [_compared(standing, experience) for standing in standings]
    hands = [_hands_s(standing, experience, factor) for standing, factor in zip(standings, factors, strict=True)]
    lines = []
    for number, (standing, factor) in enumerate(zip(standings, factors, strict=True)):
        taken_s = [job_s for other, theirs in enumerate(hands) if other != number for job_s in theirs]
        lines.append(_line(standing, experience, _Farm(places, taken_s), factor))
    known = [line for line in lines if line is not None]
    ends = iter(ends_s(known, float(places)))
    return [None if line is None else next(ends) for line in lines]


@dataclass(frozen=True, slots=True)
class _Farm:
    """As one title finds it."""

    places: int
    taken_s: Sequence[float]
    """How long the jobs of others that are in hand will still be."""


def _line(standing: Standing, experience: Experience, farm: _Farm, factor: float) -> Line | None:
    if standing.size <= 0:
        return None
    stage = standing.stage.removesuffix(ANEW)
    at = _ORDER.index(stage) if stage in _ORDER else 0
    phases: list[Phase] = []
    for name in _ORDER[at:]:
        phase = _phase(standing, experience, name, factor, farm, is_here=name == stage)
        if phase is None:
            return None
        phases.append(phase)
    return Line(standing.priority, tuple(phases))


def _phase(
    standing: Standing, experience: Experience, name: str, factor: float, farm: _Farm, *, is_here: bool
) -> Phase | None:
    if counted := standing.of(standing.stage if is_here else name):
        jobs_s = _jobs_left_s(counted, standing.in_hand, experience, factor)
        return None if jobs_s is None else phase_of(jobs_s, farm.places, taken_s=farm.taken_s if is_here else ())
    if name in STEPS:
        if name in standing.steps:
            return Phase(0.0)
        expected_s = experience.step_s(standing.profile, standing.size, name)
        if expected_s is None:
            return None
        return Phase(_step_left_s(expected_s * factor, standing.stage_s if is_here else 0.0))
    if name in _SECOND_TRIES:
        return Phase(0.0)
    cost = experience.fan_out(standing.profile, standing.size, name)
    if cost is None:
        return None
    jobs = max(1, round(cost.jobs))
    return phase_of([cost.work_s * factor / jobs] * jobs, farm.places)


def _jobs_left_s(
    counted: Sequence[Counted], in_hand: Sequence[InHand], experience: Experience, factor: float
) -> list[float] | None:
    """What each job still takes, those in hand first."""
    begun: list[float] = []
    waiting: list[float] = []
    for one in counted:
        left = one.jobs - one.done
        if left <= 0:
            continue
        pace = _pace(one, counted, experience, factor)
        if pace is None:
            return None
        mine = [job for job in in_hand if (job.stage, job.pace) == (one.stage, one.pace)]
        begun += [_step_left_s(job.weight * pace, job.for_s) for job in mine]
        untouched = max(0, left - len(mine))
        weight = max(0.0, one.weight - one.done_weight - sum(job.weight for job in mine))
        waiting += [weight * pace / max(1, untouched)] * untouched
    return begun + waiting


def _hands_s(standing: Standing, experience: Experience, factor: float) -> list[float]:
    """What the jobs of a title that are in hand still take."""
    found: list[float] = []
    for one in standing.of(standing.stage):
        pace = _pace(one, standing.of(standing.stage), experience, factor) or 0.0
        mine = [job for job in standing.in_hand if (job.stage, job.pace) == (one.stage, one.pace)]
        found += [_step_left_s(job.weight * pace, job.for_s) for job in mine]
    return found


def _pace(one: Counted, all_here: Sequence[Counted], experience: Experience, factor: float) -> float | None:
    """Seconds a unit of weight: what was measured here, together with what earlier journeys say while that is little."""
    prior = experience.pace(one.pace)
    if prior is None:
        if one.seconds is not None:
            return one.seconds
        weight = sum(each.measured_weight for each in all_here)
        return sum(each.measured_s for each in all_here) / weight if weight else None
    counts_for = _PRIOR_JOBS * one.weight / one.jobs
    return (counts_for * prior * factor + one.measured_s) / (counts_for + one.measured_weight)


def _step_left_s(expected_s: float, for_s: float) -> float:
    return max(expected_s - for_s, _OVERRUN * for_s, _OVERRUN * expected_s)


def _compared(standing: Standing, experience: Experience) -> float:
    """How much longer this journey takes than others like it did, from what of it has been seen."""
    seen_s = log = whole_s = 0.0
    for name in STEPS:
        expected_s = experience.step_s(standing.profile, standing.size, name) or 0.0
        whole_s += expected_s
        took_s = standing.steps.get(name)
        if took_s is None and name == standing.stage and standing.stage_s > expected_s:
            took_s = standing.stage_s
        if took_s and expected_s:
            seen_s, log = seen_s + expected_s, log + expected_s * math.log(took_s / expected_s)
    for stage in FAN_OUTS:
        cost = experience.fan_out(standing.profile, standing.size, stage)
        whole_s += cost.work_s if cost else 0.0
        for one in standing.of(stage):
            pace = experience.pace(one.pace)
            if one.seconds is not None and pace is not None:
                expected_s = one.measured_weight * pace
                seen_s, log = seen_s + expected_s, log + expected_s * math.log(one.seconds / pace)
    return math.exp(log / (seen_s + _RELUCTANCE * whole_s)) if seen_s else 1.0
