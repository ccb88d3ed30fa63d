"""Where a journey stands: what its record says, as the values a forecast is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Counted:
    """The jobs of one pace in one stage."""

    stage: str
    pace: str
    jobs: int
    weight: float
    done: int = 0
    done_weight: float = 0.0
    measured_weight: float = 0.0
    """Of those whose time was taken."""
    measured_s: float = 0.0

    @property
    def seconds(self) -> float | None:
        """Seconds a unit of weight, where any was measured."""
        return self.measured_s / self.measured_weight if self.measured_weight > 0 else None


@dataclass(frozen=True, slots=True)
class InHand:
    """A job that somebody has been at for so long."""

    stage: str
    pace: str
    weight: float
    for_s: float


@dataclass(frozen=True, slots=True)
class Standing:
    profile: str
    size: float
    """Megapixels of the whole master; 0 while nobody has looked at it."""
    stage: str
    stage_s: float
    """How long it has been in that stage."""
    steps: Mapping[str, float] = field(default_factory=dict)
    """The finished ones, with the seconds they worked."""
    counted: tuple[Counted, ...] = ()
    in_hand: tuple[InHand, ...] = ()
    priority: int = 100

    def of(self, stage: str) -> tuple[Counted, ...]:
        return tuple(counted for counted in self.counted if counted.stage == stage)
