"""Which release of a title viewers get: the best of the edition that was handed in last, unless a person chose another.

Editions are ordered by when they were handed in, not by when their releases were made: what is still made of an edition from
which somebody went back, or of one that another has followed, is kept and never takes over by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matinee.control.catalog.api import ReleaseNote
from matinee.kernel.quantities import Instant


@dataclass(frozen=True, slots=True)
class Choice:
    """A person's: this release, until one is placed of an edition that was handed in after all that had been placed then."""

    release_id: str
    over: Instant
    """When the last of those was handed in."""


def newest(placed: Sequence[ReleaseNote]) -> ReleaseNote | None:
    return max(placed, key=_rank, default=None)


def shown(placed: Sequence[ReleaseNote], choice: Choice | None) -> ReleaseNote | None:
    found = newest(placed)
    if found is None or choice is None or _edition(found)[0] > choice.over:
        return found
    return next((release for release in placed if release.release_id == choice.release_id), found)


def earlier(placed: Sequence[ReleaseNote], current: str | None) -> ReleaseNote | None:
    """Where a roll back leads: to the best release of the edition before the current one's."""
    here = next((release for release in placed if release.release_id == current), None)
    return None if here is None else newest([release for release in placed if _edition(release) < _edition(here)])


def choose(placed: Sequence[ReleaseNote], chosen: ReleaseNote) -> Choice:
    return Choice(chosen.release_id, max(_edition(release)[0] for release in (*placed, chosen)))


def _edition(release: ReleaseNote) -> tuple[Instant, str]:
    """When it was handed in, and its name. A release without one is an edition of its own, as old as itself."""
    return release.handed_in_at or release.created_at, release.edition or release.release_id


def _rank(release: ReleaseNote) -> tuple[tuple[Instant, str], bool, Instant, str]:
    """A full release is better than a fast one, whichever was made first."""
    return _edition(release), release.profile == "full", release.created_at, release.release_id
