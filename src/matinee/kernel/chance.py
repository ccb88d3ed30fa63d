"""Door 2: chance. Everything random comes from here, so that a seed can replay it."""

import hashlib
import random
import secrets
from typing import Protocol


class Chance(Protocol):
    def bytes(self, count: int) -> bytes:
        """Unpredictable bytes, fit for keys."""
        ...

    def uniform(self) -> float:
        """A number in [0, 1)."""
        ...


class SystemChance:
    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def uniform(self) -> float:
        return secrets.randbelow(1 << 53) / (1 << 53)


class SeededChance:
    """Chance that replays: the same seed, the same draws. For simulation alone: whoever knows the seed knows the keys."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._random = random.Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311 - replay is the point

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def uniform(self) -> float:
        return self._random.random()

    def fork(self, name: str) -> "SeededChance":
        """Chance of its own for one part of a world, so that a draw more in one part changes nothing in another."""
        return SeededChance(f"{self._seed}/{name}")
