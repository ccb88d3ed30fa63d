"""The outside door of ratings: thumbs of a profile, and the reviews on a title's page."""

from dataclasses import dataclass

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from matinee.control.catalog.api import viewer_of
from matinee.control.members.api.ratings import REVIEWS_MAX, Rating, Ratings, Thumb
from matinee.control.members.http.own import own_profile
from matinee.kernel.ids import ProfileId, TitleId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller


@dataclass(frozen=True, slots=True)
class RatingChange:
    """In place of what was there: without a review, there is none."""

    thumb: Thumb
    review: str | None = None


@dataclass(frozen=True, slots=True)
class RatingBody:
    thumb: str
    review: str | None
    at: Instant
    is_barred: bool


@dataclass(frozen=True, slots=True)
class WrittenBody:
    id: str
    name: str
    """Of the profile that wrote it."""
    thumb: str
    text: str
    at: Instant


@dataclass(frozen=True, slots=True)
class ReviewsBody:
    own: RatingBody | None
    items: tuple[WrittenBody, ...]
    next_cursor: str | None


def routes(ratings: Ratings) -> list[HTTPRouteHandler]:
    @put("/profiles/{profile_id:str}/ratings/{title_id:str}", summary="Thumbs, and a few words for others")
    async def rate(
        profile_id: FromPath[str],
        title_id: FromPath[str],
        data: JSONBody[RatingChange],
        caller: NamedDependency[Caller],
    ) -> RatingBody:
        profile, title = own_profile(profile_id, caller), TitleId(parse_id(title_id, what="title_id"))
        given = await ratings.rate(viewer_of(caller), profile, title, data.thumb, data.review, kids=caller.kids)
        return _rating_body(given)

    @delete("/profiles/{profile_id:str}/ratings/{title_id:str}", status_code=204, summary="Think nothing of it")
    async def unrate(profile_id: FromPath[str], title_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await ratings.unrate(own_profile(profile_id, caller), TitleId(parse_id(title_id, what="title_id")))

    @get("/titles/{title_id:str}/reviews", summary="What the profile thinks of a title, and what others wrote")
    async def of_title(
        title_id: FromPath[str],
        caller: NamedDependency[Caller],
        limit: FromQuery[int] = REVIEWS_MAX,
        cursor: FromQuery[str | None] = None,
    ) -> ReviewsBody:
        found = await ratings.of_title(
            viewer_of(caller),
            None if caller.profile is None else ProfileId(caller.profile),
            TitleId(parse_id(title_id, what="title_id")),
            kids=caller.kids,
            limit=limit,
            cursor=None if cursor is None else parse_id(cursor, what="cursor"),
        )
        items = tuple(WrittenBody(r.id, r.name, r.thumb, r.text, r.at) for r in found.reviews)
        return ReviewsBody(None if found.own is None else _rating_body(found.own), items, found.next_cursor)

    @delete("/titles/{title_id:str}/reviews/{review_id:str}", status_code=204, summary="Take a review down")
    async def take_down(title_id: FromPath[str], review_id: FromPath[str], operator: NamedDependency[Caller]) -> None:
        title, review = parse_id(title_id, what="title_id"), parse_id(review_id, what="review_id")
        await ratings.take_down(TitleId(title), review)

    return [rate, unrate, of_title, take_down]


def _rating_body(rating: Rating) -> RatingBody:
    return RatingBody(rating.thumb, rating.review, rating.at, rating.is_barred)
