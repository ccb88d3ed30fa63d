"""The door for what profiles think of titles: thumbs, and a few words for others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from matinee.control.catalog.api import Viewer
from matinee.kernel.errors import NotAllowed, NotFound
from matinee.kernel.ids import ProfileId, TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant

REVIEW_LENGTH_MAX = 500
REVIEWS_MAX = 20
"""On one page."""

Thumb = Literal["down", "up", "love"]


@dataclass(frozen=True, slots=True)
class Rating:
    """`review` is for others to read, `id` names it; it is plain text of one line."""

    id: str
    title_id: TitleId
    thumb: Thumb
    review: str | None
    at: Instant
    is_barred: bool = False
    """An operator took a review down: this profile writes no other of this title."""


@dataclass(frozen=True, slots=True)
class Review:
    """What another profile wrote. Of its account nothing is said."""

    id: str
    name: str
    thumb: Thumb
    text: str
    at: Instant


@dataclass(frozen=True, slots=True)
class TitleReviews:
    own: Rating | None
    reviews: tuple[Review, ...]
    next_cursor: str | None = None


class ReviewBarred(NotAllowed):
    def __init__(self) -> None:
        super().__init__("An operator took your review of this title down. Your thumb still counts.")


class ReviewNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such review of this title.")


class Ratings(Protocol):
    @call(idempotent=True)
    async def rate(
        self, viewer: Viewer, profile_id: ProfileId, title_id: TitleId, thumb: Thumb, review: str | None, *, kids: bool
    ) -> Rating:
        """In place of what this profile thought before. Raises `TitleNotFound` for what the viewer may not see, `NotForKids`
        where a child writes for others, `ReviewBarred`."""
        ...

    @call(idempotent=True)
    async def unrate(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """The thumb and the words. A bar stays."""
        ...

    @call(idempotent=True)
    async def of_title(
        self,
        viewer: Viewer,
        profile_id: ProfileId | None,
        title_id: TitleId,
        *,
        kids: bool,
        limit: int = REVIEWS_MAX,
        cursor: str | None = None,
    ) -> TitleReviews:
        """The profile's own and those of others, newest first. Children read no strangers, nor does nobody. Raises
        `TitleNotFound`."""
        ...

    @call(idempotent=True)
    async def of_profile(self, profile_id: ProfileId) -> Sequence[Rating]:
        """All of them, newest first: for an account's export. They go with the profile."""
        ...

    @call(idempotent=True)
    async def take_down(self, title_id: TitleId, review_id: str) -> None:
        """For operators. The words are gone, the thumb stays. Raises `ReviewNotFound`."""
        ...
