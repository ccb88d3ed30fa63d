"""Which releases are being played: those of which a viewer was sent bytes a short while ago."""

from collections.abc import Callable, Iterable
from itertools import islice

TOLD_MAX = 500
"""In a report. All the others are spared as well: they are only not named."""


class Playing:
    def __init__(self, for_seconds: float) -> None:
        """A viewer whose buffer is full asks for nothing for so long at most."""
        self._for_seconds = for_seconds
        self._last: dict[str, float] = {}
        """By release, when anybody was last sent something of it; the latest last."""

    def note(self, releases: Iterable[str], *, at: float) -> None:
        for release_id in sorted(releases):
            self._last.pop(release_id, None)
            self._last[release_id] = at

    def now(self, *, at: float) -> tuple[str, ...]:
        """The latest first."""
        self._last = {release_id: last for release_id, last in self._last.items() if at - last < self._for_seconds}
        return tuple(reversed(self._last))


def named(playing: Iterable[str], is_held: Callable[[str], bool]) -> tuple[str, ...]:
    """As a report names them."""
    return tuple(islice(filter(is_held, playing), TOLD_MAX))
