"""Members' table of ratings and reviews."""

from typing import Any

import sqlalchemy as sa

from matinee.control.members.api.ratings import Rating, Review, Thumb
from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import ProfileId, TitleId

_rating = sa.Table(
    "rating",
    TABLES,
    sa.Column("profile_id", sa.ForeignKey("profile.id"), primary_key=True),
    sa.Column("title_id", sa.String(36), primary_key=True, index=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    # None: there is only the bar that an operator's hand left.
    sa.Column("thumb", sa.String(8), nullable=True),
    sa.Column("review", sa.Text, nullable=True),
    sa.Column("at", At, nullable=False),
    sa.Column("is_barred", sa.Boolean, nullable=False),
)
# Of members' own tables, for the names of those who wrote.
_profile = sa.table("profile", sa.column("id"), sa.column("name"), sa.column("kids"))


def rating(work: Work, profile_id: ProfileId, title_id: TitleId) -> Rating | None:
    row = work.execute(sa.select(_rating).where(_one(profile_id, title_id), _rating.c.thumb.is_not(None))).first()
    return None if row is None else _rating_from(row)


def is_barred(work: Work, profile_id: ProfileId, title_id: TitleId) -> bool:
    return bool(work.execute(sa.select(_rating.c.is_barred).where(_one(profile_id, title_id))).scalar())


def put_rating(work: Work, profile_id: ProfileId, given: Rating) -> None:
    work.execute(sa.delete(_rating).where(_one(profile_id, given.title_id)))
    values = {
        "profile_id": profile_id,
        "title_id": given.title_id,
        "id": given.id,
        "thumb": given.thumb,
        "review": given.review,
        "at": given.at,
        "is_barred": given.is_barred,
    }
    work.execute(sa.insert(_rating), values)


def delete_rating(work: Work, profile_id: ProfileId, title_id: TitleId) -> None:
    one = _one(profile_id, title_id)
    work.execute(sa.update(_rating).where(one, _rating.c.is_barred).values(thumb=None, review=None))
    work.execute(sa.delete(_rating).where(one, sa.not_(_rating.c.is_barred)))


def ratings(work: Work, profile_id: ProfileId) -> list[Rating]:
    query = sa.select(_rating).where(_rating.c.profile_id == profile_id, _rating.c.thumb.is_not(None))
    return [_rating_from(row) for row in work.execute(query.order_by(_rating.c.id.desc()))]


def reviews(work: Work, title_id: TitleId, *, but: ProfileId, before: str | None, limit: int) -> list[Review]:
    """Newest first, of others. A profile that became a kids' one keeps its words to itself."""
    query = (
        sa.select(_rating, _profile.c.name)
        .select_from(_rating.join(_profile, _profile.c.id == _rating.c.profile_id))
        .where(
            _rating.c.title_id == title_id,
            _rating.c.review.is_not(None),
            _rating.c.profile_id != but,
            sa.not_(_profile.c.kids),
        )
    )
    if before is not None:
        query = query.where(_rating.c.id < before)
    rows = work.execute(query.order_by(_rating.c.id.desc()).limit(limit))
    return [Review(row.id, row.name, row.thumb, row.review, row.at) for row in rows]


def bar(work: Work, title_id: TitleId, review_id: str) -> bool:
    """False where there is no such review."""
    one = (_rating.c.title_id == title_id) & (_rating.c.id == review_id)
    return work.execute(sa.update(_rating).where(one).values(review=None, is_barred=True)).rowcount > 0


def _one(profile_id: ProfileId, title_id: TitleId) -> sa.ColumnElement[bool]:
    return (_rating.c.profile_id == profile_id) & (_rating.c.title_id == title_id)


def _rating_from(row: Any) -> Rating:  # a row's columns have no types
    thumb: Thumb = row.thumb
    return Rating(row.id, TitleId(row.title_id), thumb, row.review, row.at, row.is_barred)
