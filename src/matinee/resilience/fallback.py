"""A fallback: what to answer when a neighbor that is not a must does not."""

from collections.abc import Awaitable
from typing import TypeVar

from prometheus_client import Counter

from matinee.kernel.errors import Refusal
from matinee.kernel.log import logger

T = TypeVar("T")

_taken = Counter("matinee_fallbacks_total", "Times a fallback answered instead of a neighbor", ["call"])
_log = logger("resilience")


async def or_else(call: Awaitable[T], fallback: T, *, name: str) -> T:
    """The call's answer; when it breaks, the fallback, counted under `name`. A refusal is an answer and passes through."""
    try:
        return await call
    except Refusal:
        raise
    except Exception as error:
        _taken.labels(name).inc()
        _log.warning("fallback", call=name, error=f"{type(error).__name__}: {error}")
        return fallback
