"""The memory of what was played, as it is kept from night to night, and the days it is made of."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from matinee.kernel.quantities import Instant, Span, days

REGION = ""
"""The name of the memory of the whole house; a site's has the name of its cluster."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Sums of playings that fade, by release. Of the region: quick, slow, and the days that both stand for. Of a site: its
    own, and the region's on the days on which it held the release."""

    name: str
    day: str
    """The last that is in it."""
    rows: dict[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def is_counted(self) -> bool:
        """Whether anything was ever played, as far as the region remembers."""
        return any(row[1] > FORGOTTEN for row in self.rows.values())

    @property
    def settled(self) -> set[str]:
        """What has been there to be played for longer than a day, as far as the region remembers: it is new no more."""
        return {release_id for release_id, row in self.rows.items() if row[3] > _NEW_DAYS}


FORGOTTEN = 1e-9
"""Playings that are as good as none."""
_NEW_DAYS = 1.0


@dataclass(frozen=True, slots=True)
class Known:
    """A release, and the title it is of: what is remembered of a title counts for its next release too."""

    release_id: str
    title_id: str


def last_day(now: Instant, *, told_after: Span) -> str:
    """The last that is over and told of: `told_after` is how long the accounts of a day may be under way."""
    return ((now - told_after).date() - days(1)).isoformat()


def days_between(after: str | None, until: str, *, first: str | None = None, most: int) -> list[str]:
    """The days after one, up to and with another, the last so many of them. Without one to begin after they begin with the
    `first`, and at the latest with the last."""
    last = date.fromisoformat(until)
    begins = last if first is None else min(last, date.fromisoformat(first))
    begins = begins if after is None else date.fromisoformat(after) + days(1)
    begins = max(begins, last - days(most - 1))
    return [(begins + days(n)).isoformat() for n in range((last - begins).days + 1)]


def on_air(day: str, since: Instant | None) -> float:
    """The part of this day on which a release could be played that can be since then; None: since ever."""
    ends = datetime.fromisoformat(day).replace(tzinfo=UTC) + days(1)
    return 1.0 if since is None else min(1.0, max(0.0, (ends - since) / days(1)))
