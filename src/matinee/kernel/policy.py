"""What a caller needs to know about a call: how long it may take, whether repeating it is safe, how much it matters.

A domain's `api` states these beside each call; resilience reads them when the call is remote.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from matinee.kernel.quantities import Span, seconds

F = TypeVar("F", bound=Callable[..., object])


class Priority(Enum):
    """What is shed last, first. The order of the gateway's shedding."""

    PLAY = 0
    BROWSE = 1
    EXTRA = 2
    BEACON = 3
    BATCH = 4


@dataclass(frozen=True, slots=True)
class CallPolicy:
    timeout: Span = seconds(1)
    idempotent: bool = False
    priority: Priority = Priority.BROWSE


def call(
    *, timeout: Span = seconds(1), idempotent: bool = False, priority: Priority = Priority.BROWSE
) -> Callable[[F], F]:
    """Attach a policy to a Protocol's method."""
    policy = CallPolicy(timeout, idempotent, priority)

    def attach(method: F) -> F:
        method.__dict__["call_policy"] = policy
        return method

    return attach


def policy_of(method: Callable[..., object]) -> CallPolicy:
    found = getattr(method, "call_policy", None)
    return found if isinstance(found, CallPolicy) else CallPolicy()
