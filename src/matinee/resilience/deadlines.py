"""How much time a call has: the least of its own limit and of what its request has left."""

from matinee.kernel.context import deadline_monotonic
from matinee.kernel.errors import Unavailable
from matinee.kernel.quantities import Span, seconds


class DeadlinePassed(Unavailable):
    """Whoever asked has given up by now: what is not begun yet is not begun."""

    def __init__(self) -> None:
        super().__init__("This took too long. Try again in a few seconds.")


def time_for(limit: Span, *, now: float) -> Span:
    """What a call may take that begins now (monotonic). Raises `DeadlinePassed` when that is nothing."""
    deadline = deadline_monotonic.get()
    if deadline is None:
        return limit
    left = deadline - now
    if left <= 0:
        raise DeadlinePassed
    return min(limit, seconds(left))
