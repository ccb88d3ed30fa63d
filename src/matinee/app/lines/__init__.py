"""What a line of the table of services says; the lines of the domains that have many are files of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.handlers import HTTPRouteHandler

from matinee.app.consumers import Consumer
from matinee.app.neighbors import Ground, Neighbors, Outside
from matinee.app.timers import Timer


def _no_routes(_outside: Outside, _neighbors: Neighbors) -> Sequence[HTTPRouteHandler]:
    return ()


def _no_consumers(_service: Any) -> Sequence[Consumer]:
    return ()


def _no_timers(_service: Any) -> Sequence[Timer]:
    return ()


@dataclass(frozen=True, slots=True)
class Service:
    """A line of the table. `protocol` is its inside door, `build` makes it from the ground and its neighbors."""

    protocol: Any  # a Protocol class: a type that mypy lets nobody hand around
    build: Callable[[Ground, Neighbors], Any]
    routes: Callable[[Outside, Neighbors], Sequence[HTTPRouteHandler]] = _no_routes
    consumers: Callable[[Any], Sequence[Consumer]] = _no_consumers
    timers: Callable[[Any], Sequence[Timer]] = _no_timers
    process: str | None = None
    """Lives in the process of this other service, of which it is a face."""
