"""Evidence that a build is worse than the one before it, which may be looked at as often as one likes.

Each block of five minutes, appliances with the new build are ranked among those of their kind without it, measure by
measure, each of the others first made a little worse than it was (the margin): what differs by less is not worth a word.
Were the build no worse, a new one would be above the worst tenth of the others in a tenth of the blocks at most, whatever
the distribution. On that we bet: wealth that begins at 1 and is multiplied by `1 + bet * (share above - chance)` grows above
W with a probability of at most 1 / W (Ville's inequality), if we look once or ten thousand times.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Literal, get_args

from matinee.control.steering.model.rollout.tally import Block

Measure = Literal["errors", "refused", "throughput", "memory", "rebuffering"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
_TAIL = 0.1
_BETS = (0.3, 0.6, 0.9)
"""Shares of what may be lost at most in a block. Nobody knows the right one before, so the wealth is in all three."""
_REQUESTS_MIN, _BYTES_MIN, _SESSIONS_MIN = 50, 50_000_000, 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """For one measure of one kind of appliance."""

    wealth_logs: tuple[float, float, float] = (0.0, 0.0, 0.0)
    blocks: int = 0
    """In which there was something to compare."""
    treated: float = 0.0
    control: float = 0.0
    """The means of the last block that was compared, as the measure has it."""

    @property
    def wealth(self) -> float:
        return sum(exp(min(each, 600.0)) for each in self.wealth_logs) / len(self.wealth_logs)


@dataclass(frozen=True, slots=True)
class _Yardstick:
    value: Callable[[Block], float | None]
    """Greater is worse. None: too little happened."""
    margin: Callable[[float], float]
    """What the value of a build may be that is no worse than one of this value."""


def _errors(block: Block) -> float | None:
    return block.done.errors / block.done.requests if block.done.requests >= _REQUESTS_MIN else None


def _refused(block: Block) -> float | None:
    return block.done.refused / block.done.requests if block.done.requests >= _REQUESTS_MIN else None


def _effort(block: Block) -> float | None:
    """Processor seconds a gigabyte: what is sent for the same load, upside down."""
    done = block.done
    return done.processor_s / done.bytes * 1e9 if done.bytes >= _BYTES_MIN and done.processor_s > 0 else None


def _growth(block: Block) -> float | None:
    """A part of its memory, each hour, under load."""
    if block.growth_per_hour is None or block.memory_bytes <= 0 or block.done.requests < _REQUESTS_MIN:
        return None
    return block.growth_per_hour / block.memory_bytes


def _starved(block: Block) -> float | None:
    return block.done.starved / block.done.sessions if block.done.sessions >= _SESSIONS_MIN else None


_YARDSTICKS: dict[Measure, _Yardstick] = {
    "errors": _Yardstick(_errors, lambda value: 2 * value + 0.002),
    "refused": _Yardstick(_refused, lambda value: 2 * value + 0.01),
    "throughput": _Yardstick(_effort, lambda value: 1.25 * value),
    "memory": _Yardstick(_growth, lambda value: value + 0.03),
    "rebuffering": _Yardstick(_starved, lambda value: 1.5 * value + 0.02),
}


def weighed(before: Mapping[str, Evidence], blocks: Sequence[Block]) -> dict[str, Evidence]:
    """With what one more block says. By `kind/measure`."""
    found = dict(before)
    for kind in sorted({block.kind for block in blocks}):
        for measure in MEASURES:
            yardstick = _YARDSTICKS[measure]
            sides: dict[bool, list[float]] = {True: [], False: []}
            for block in blocks:
                if block.kind == kind and (value := yardstick.value(block)) is not None:
                    sides[block.is_treated].append(value)
            if sides[True] and sides[False]:
                name = f"{kind}/{measure}"
                found[name] = _bet(found.get(name, Evidence()), sides[True], sides[False], yardstick.margin)
    return found


def _bet(before: Evidence, treated: list[float], control: list[float], margin: Callable[[float], float]) -> Evidence:
    spared = max(1, int((len(control) + 1) * _TAIL))
    chance = spared / (len(control) + 1)
    limit = margin(sorted(control, reverse=True)[spared - 1])
    above = sum(value > limit for value in treated) / len(treated)
    first, second, third = (
        wealth + log(1 + bet / chance * (above - chance)) for wealth, bet in zip(before.wealth_logs, _BETS, strict=True)
    )
    means = (sum(treated) / len(treated), sum(control) / len(control))
    return Evidence((first, second, third), before.blocks + 1, *means)
