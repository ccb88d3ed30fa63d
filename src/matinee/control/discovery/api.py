"""The inside door of discovery."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.control.catalog.api import Title, Viewer
from matinee.kernel.ids import ProfileId, TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant


@dataclass(frozen=True, slots=True)
class Placed:
    """A title in a row, with how far this profile has watched it."""

    title: Title
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class EpisodeProgress:
    id: TitleId
    progress: float
    at: Instant
    """When it was watched last."""


@dataclass(frozen=True, slots=True)
class HomeRow:
    id: str
    title: str
    """A message key of the client (`row.new`), or plain words such as a genre."""
    reason: str
    items: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Preparing:
    """A film on its way through the studio. Shown to nobody but as a promise: name, stage, progress 0 … 1."""

    name: str
    stage: str
    progress: float
    maturity: int
    """The age of its rating: who may not see the film may not read its name."""
    is_announced: bool = False
    """Members may know of it. Without it only operators do: what is to come is its maker's secret."""


@dataclass(frozen=True, slots=True)
class Home:
    billboard: Placed | None
    rows: tuple[HomeRow, ...]
    preparing: tuple[Preparing, ...]


class StudioView(Protocol):
    """What discovery asks of the studio; `app` wires it."""

    async def preparing(self) -> Sequence[Preparing]: ...


class Discovery(Protocol):
    @call(idempotent=True)
    async def home(self, viewer: Viewer, profile_id: ProfileId, *, for_operator: bool = False) -> Home:
        """`for_operator`: also with what is being made and not announced."""
        ...

    @call(idempotent=True)
    async def continue_watching(self, viewer: Viewer, profile_id: ProfileId) -> Sequence[Placed]: ...

    @call(idempotent=True)
    async def watchlist(self, viewer: Viewer, profile_id: ProfileId) -> Sequence[Placed]:
        """My List, newest first, without what this viewer may not see."""
        ...

    @call(idempotent=True)
    async def episodes(self, viewer: Viewer, profile_id: ProfileId, title_id: TitleId) -> Sequence[EpisodeProgress]:
        """Of a series, the episodes this profile has watched, latest first."""
        ...
