"""Door 2: chance. Everything random comes from here, so that a seed can replay it."""

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
