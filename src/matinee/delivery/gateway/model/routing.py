"""Which service answers a path: the patterns of all routes, the literal ones first."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """`pattern`: segments, those in braces standing for anything: `/titles/{title_id:str}/metadata`."""

    methods: frozenset[str]
    pattern: str
    owner: str


class RouteTable:
    def __init__(self, routes: Iterable[Route], *, below: str) -> None:
        self._below = below
        self._by_length: dict[int, list[tuple[tuple[str | None, ...], Route]]] = {}
        for route in routes:
            segments = tuple(None if s.startswith("{") else s for s in _segments(route.pattern))
            self._by_length.setdefault(len(segments), []).append((segments, route))
        for found in self._by_length.values():
            # A literal beats a stand-in, the leftmost first: `/content/ingest` is no title's id.
            found.sort(key=lambda pair: [s is None for s in pair[0]])

    def owner(self, method: str, path: str) -> str | None:
        """None: no such path. Where only the method does not fit, an owner of the path says so itself."""
        if not path.startswith(self._below + "/"):
            return None
        asked = _segments(path[len(self._below) :])
        if any(segment in ("", ".", "..") for segment in asked):
            return None
        found = [
            route
            for segments, route in self._by_length.get(len(asked), ())
            if all(s is None or s == a for s, a in zip(segments, asked, strict=True))
        ]
        fitting = (route for route in found if method in route.methods)
        chosen = next(fitting, found[0] if found else None)
        return None if chosen is None else chosen.owner


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/") if path.strip("/") else []
