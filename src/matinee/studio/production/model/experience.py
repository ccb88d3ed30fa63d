"""What earlier journeys took, and what that says of another."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from matinee.studio.production.model.standing import Standing

_SMALL = 30.0
"""Megapixels that cost as much as beginning does: without them a film of ten frames would be thought to take nothing."""


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one stage is thought to take: seconds of work, in so many jobs of which the longest takes so long."""

    work_s: float
    jobs: float = 1.0
    longest_s: float = 0.0


class Experience:
    """Finished journeys, the newest few. Those of the same profile and of about the same size count most."""

    def __init__(self, past: Sequence[Standing]) -> None:
        self._past = [one for one in past if one.size > 0]

    def step_s(self, profile: str, size: float, step: str) -> float | None:
        """How long a step of such a film will work; None where no such film was ever made.

        Where some were, and none took this step, none will: only a title's first version makes artwork, say.
        """
        found_s = self._like(profile, size, lambda one: one.steps.get(step))
        if found_s is None and any(one.profile == profile for one in self._past):
            return 0.0
        return found_s

    def fan_out(self, profile: str, size: float, stage: str) -> StageCost | None:
        """What the jobs of such a film's stage will cost, before they are known."""
        work_s = self._like(profile, size, lambda one: _work_s(one, stage))
        longest_s = self._like(profile, size, lambda one: _longest_s(one, stage))
        if work_s is None or longest_s is None:
            return None
        return StageCost(work_s, max(1.0, work_s / longest_s), longest_s)

    def pace(self, pace: str) -> float | None:
        """Seconds a unit of weight; for a pace that nobody saw, that of its nearest relatives."""
        words = pace.split(" ")
        for known in range(len(words), 0, -1):
            beginning = words[:known]
            found = [
                (counted.measured_s, counted.measured_weight)
                for one in self._past
                for counted in one.counted
                if counted.measured_weight > 0 and counted.pace.split(" ")[:known] == beginning
            ]
            if found:
                return _middle((math.log(s / weight), 1.0) for s, weight in found)
        return None

    def _like(self, profile: str, size: float, of: Callable[[Standing], float | None]) -> float | None:
        found: list[tuple[float, float]] = []
        for one in self._past:
            seconds = of(one) if one.profile == profile else None
            if seconds is not None and seconds > 0:
                scale = (size + _SMALL) / (one.size + _SMALL)
                found.append((math.log(seconds * scale), 1 / (1 + math.log(scale) ** 2)))
        return _middle(found) if found else None


def _middle(logs: Iterable[tuple[float, float]]) -> float:
    """The weighted geometric mean: times differ by factors, not by amounts."""
    found = list(logs)
    return math.exp(sum(log * weight for log, weight in found) / sum(weight for _, weight in found))


def _work_s(one: Standing, stage: str) -> float | None:
    costs = [counted.seconds * counted.weight for counted in one.of(stage) if counted.seconds is not None]
    return sum(costs) if costs else None


def _longest_s(one: Standing, stage: str) -> float | None:
    means = [c.seconds * c.weight / c.jobs for c in one.of(stage) if c.seconds is not None and c.jobs]
    return max(means) if means else None
