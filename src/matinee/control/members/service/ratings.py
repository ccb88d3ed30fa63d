"""The stories of ratings: thumbs up and down, and reviews that others read."""

from collections.abc import Sequence

from matinee.control.catalog.api import Catalog, TitleNotFound, Viewer
from matinee.control.members.api import NotForKids
from matinee.control.members.api.ratings import (
    REVIEW_LENGTH_MAX,
    REVIEWS_MAX,
    Rating,
    Review,
    ReviewBarred,
    ReviewNotFound,
    Thumb,
    TitleReviews,
)
from matinee.control.members.model.ratings import plain
from matinee.control.members.store import ratings
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import Ids, ProfileId, TitleId


class RatingsService:
    def __init__(self, database: Database, catalog: Catalog, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._ids = ids

    async def rate(
        self, viewer: Viewer, profile_id: ProfileId, title_id: TitleId, thumb: Thumb, review: str | None, *, kids: bool
    ) -> Rating:
        await self._see(viewer, title_id)
        words = _checked(review)
        if words is not None and kids:
            raise NotForKids
        fresh, now = self._ids.new(), self._clock.now()

        def work(work: Work) -> Rating:
            is_barred = ratings.is_barred(work, profile_id, title_id)
            if is_barred and words is not None:
                raise ReviewBarred
            given = Rating(fresh, title_id, thumb, words, now, is_barred)
            ratings.put_rating(work, profile_id, given)
            return given

        return await self._database.write(work)

    async def unrate(self, profile_id: ProfileId, title_id: TitleId) -> None:
        await self._database.write(lambda work: ratings.delete_rating(work, profile_id, title_id))

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
        await self._see(viewer, title_id)
        if profile_id is None:
            return TitleReviews(None, ())
        most = max(1, min(limit, REVIEWS_MAX))

        def work(work: Work) -> tuple[Rating | None, list[Review]]:
            own = ratings.rating(work, profile_id, title_id)
            if kids:
                return own, []
            return own, ratings.reviews(work, title_id, but=profile_id, before=cursor, limit=most + 1)

        own, others = await self._database.read(work)
        shown = tuple(others[:most])
        return TitleReviews(own, shown, shown[-1].id if len(others) > most else None)

    async def of_profile(self, profile_id: ProfileId) -> Sequence[Rating]:
        return await self._database.read(lambda work: ratings.ratings(work, profile_id))

    async def take_down(self, title_id: TitleId, review_id: str) -> None:
        if not await self._database.write(lambda work: ratings.bar(work, title_id, review_id)):
            raise ReviewNotFound

    async def _see(self, viewer: Viewer, title_id: TitleId) -> None:
        """A trailer is nobody's entry, and is thought of with its title."""
        if not await self._catalog.several(viewer, [title_id], at=self._clock.now()):
            raise TitleNotFound


def _checked(review: str | None) -> str | None:
    if review is None:
        return None
    if len(review) > 4 * REVIEW_LENGTH_MAX or len(words := plain(review)) > REVIEW_LENGTH_MAX:
        raise InvalidInput(f"A review has at most {REVIEW_LENGTH_MAX} characters.", field="review")
    return words or None
