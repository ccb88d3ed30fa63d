"""What domains look at now and then, each kept going until it is canceled."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Span


@dataclass(frozen=True, slots=True)
class Timer:
    name: str
    every: Span
    look: Callable[[], Awaitable[None]]


async def keep_looking(timer: Timer, clock: Clock) -> None:
    """Until canceled. A look that fails is whoever keeps us going's to tell, and to begin again."""
    while True:
        await clock.sleep(timer.every)
        await timer.look()
