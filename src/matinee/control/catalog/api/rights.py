"""The desk where rights are kept: windows as they were meant, the licenses behind them, and what both come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.control.catalog.api import Verdict, Viewer, Window
from matinee.kernel.errors import Conflict
from matinee.kernel.ids import TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, seconds

LEAVING_SOON_DAYS = 7
"""How long before a title leaves those who have it on My List are told."""


@dataclass(frozen=True, slots=True)
class License:
    """What was agreed with whom. Windows name it by its contract."""

    contract: str
    licensor: str
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` up to `end`; None: as far back, or ahead, as there is time."""

    start: Instant | None
    end: Instant | None
    windows: tuple[int, ...] = ()
    """Their positions in the plan."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What windows come to in one country, for one plan, to watch or (`offline`) to keep."""

    country: str
    plan_rank: int
    offline: bool
    open: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]
    """Between two stretches that are open, nothing is."""
    overlaps: tuple[Stretch, ...]
    """Two windows say the same."""


@dataclass(frozen=True, slots=True)
class RightsPlan:
    """All that is kept of one title's rights. Without a window it is open everywhere."""

    title_id: TitleId
    windows: tuple[Window, ...]
    licenses: tuple[License, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    revision: str = ""
    """Changes with the plan: who edits says which one they saw."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One window as it lies in a country."""

    position: int
    start: Instant | None
    end: Instant | None
    plan_rank: int
    offline: bool
    is_local: bool


@dataclass(frozen=True, slots=True)
class CalendarRow:
    title_id: TitleId
    name: str
    state: str
    country: str
    bars: tuple[Bar, ...]
    gaps: tuple[Stretch, ...]
    overlaps: tuple[Stretch, ...]
    ends_at: Instant | None = None
    """When it leaves, next after now."""


@dataclass(frozen=True, slots=True)
class CalendarPage:
    rows: tuple[CalendarRow, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    """What a viewer is told of when: a title opens, or leaves."""

    available_from: Instant | None = None
    leaving_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """Whether a viewer may watch, and why."""

    verdict: Verdict
    sentence: str
    until: Instant | None = None
    window: int | None = None
    """The position of the window by which it is open."""


class RightsChanged(Conflict):
    """Somebody changed the rights since they were read."""

    def __init__(self) -> None:
        super().__init__("Somebody changed these rights since you opened them. Look at them anew, then change them.")


class RightsDesk(Protocol):
    @call(idempotent=True)
    async def plan(self, title_id: TitleId) -> RightsPlan:
        """Raises `TitleNotFound`."""
        ...

    @call(idempotent=True, timeout=seconds(5))
    async def set_plan(
        self,
        title_id: TitleId,
        windows: Sequence[Window],
        licenses: Sequence[License] | None = None,
        *,
        revision: str | None = None,
    ) -> RightsPlan:
        """These are the windows from now on, and the licenses unless None. What cannot be meant is refused with what is
        wrong; so is a change of another `revision` than is there.
        """
        ...

    @call(idempotent=True, timeout=seconds(10))
    async def calendar(
        self,
        *,
        since: Instant,
        until: Instant,
        language: str = "en",
        country: str | None = None,
        ending_days: int | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> CalendarPage:
        """Titles that have windows, by name, each with a row for every country that its windows name. `country`: what they
        come to there. `ending_days`: only what leaves within so many days from now."""
        ...

    @call(idempotent=True)
    async def dates(self, viewer: Viewer, ids: Sequence[TitleId]) -> Mapping[TitleId, Dates]:
        """For viewers: only of what they are old enough for, and only where there is something to say."""
        ...

    @call(idempotent=True)
    async def explain(self, viewer: Viewer, title_id: TitleId, *, at: Instant | None = None) -> Explained:
        """For operators: the one policy, in words."""
        ...

    @call(idempotent=True, timeout=seconds(30))
    async def look(self) -> None:
        """Tell what has ended since the last look, what has begun, and what ends soon: each once."""
        ...
