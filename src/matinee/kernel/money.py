"""Money is an integer of minor units with its currency. There is no float and no bare number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Money:
    currency: str
    minor_units: int

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.currency, self.minor_units + other.minor_units)

    def __neg__(self) -> "Money":
        return Money(self.currency, -self.minor_units)

    def __sub__(self, other: "Money") -> "Money":
        return self + -other
