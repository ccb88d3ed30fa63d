"""Draws from a seed, for what a benchmark makes up."""

import math
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

from matinee.kernel.chance import SeededChance

_T = TypeVar("_T")


class Draws:
    def __init__(self, seed: str) -> None:
        self._chance = SeededChance(seed)

    def random(self) -> float:
        return self._chance.uniform()

    def randint(self, least: int, most: int) -> int:
        return least + int(self.random() * (most - least + 1))

    def randrange(self, count: int) -> int:
        return int(self.random() * count)

    def choice(self, values: Sequence[_T]) -> _T:
        return values[self.randrange(len(values))]

    def weighted(self, values: Sequence[_T], weights: Sequence[float]) -> _T:
        return self.by_sums(values, list(accumulate(weights)))

    def by_sums(self, values: Sequence[_T], sums: Sequence[float]) -> _T:
        return values[bisect(sums, self.random() * sums[-1], hi=len(sums) - 1)]

    def sample(self, values: Sequence[_T], count: int) -> list[_T]:
        return self.shuffled(values)[:count]

    def shuffled(self, values: Sequence[_T]) -> list[_T]:
        found = list(values)
        for at in range(len(found) - 1, 0, -1):
            other = self.randrange(at + 1)
            found[at], found[other] = found[other], found[at]
        return found

    def gauss(self, mean: float, spread: float) -> float:
        """Box and Muller's."""
        return mean + spread * math.sqrt(-2 * math.log(1 - self.random())) * math.cos(2 * math.pi * self.random())
