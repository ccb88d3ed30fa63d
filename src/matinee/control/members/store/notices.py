"""Members' table of notices."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from matinee.control.members.api.notices import Notice, NoticeKind
from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import AccountId, ProfileId, TitleId
from matinee.kernel.quantities import Instant

_notice = sa.Table(
    "notice",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("profile_id", sa.ForeignKey("profile.id"), nullable=True, index=True),
    # The profile's id or the account's: what a key is told once to. A null would be like no other null.
    sa.Column("recipient", sa.String(36), nullable=False),
    sa.Column("about", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("title_id", sa.String(36), nullable=True),
    sa.Column("at", At, nullable=False, index=True),
    sa.Column("read_at", At, nullable=True),
    sa.UniqueConstraint("recipient", "about"),
)


def insert_notice(work: Work, account_id: AccountId, notice: Notice, key: str) -> None:
    """Nothing where this key was told to this recipient before. Of a title, the newest of a kind replaces the others."""
    recipient = notice.profile_id or account_id
    told = sa.select(_notice.c.id).where(_notice.c.recipient == recipient, _notice.c.about == key)
    if work.execute(told).first() is not None:
        return
    if notice.title_id is not None:
        same = (_notice.c.recipient == recipient) & (_notice.c.kind == notice.kind)
        work.execute(sa.delete(_notice).where(same, _notice.c.title_id == notice.title_id))
    work.execute(
        sa.insert(_notice),
        {
            "id": notice.id,
            "account_id": account_id,
            "profile_id": notice.profile_id,
            "recipient": recipient,
            "about": key,
            "kind": notice.kind,
            "details": msgspec.json.encode(dict(notice.values)).decode(),
            "title_id": notice.title_id,
            "at": notice.at,
            "read_at": None,
        },
    )


def notices(
    work: Work, account_id: AccountId, profile_id: ProfileId | None, *, kids: bool, since: Instant, limit: int
) -> list[Notice]:
    """Newest first: a profile's, and the account's where it is not a kid's."""
    query = sa.select(_notice).where(_whose(account_id, profile_id, kids=kids), _notice.c.at >= since)
    return [_notice_from(row) for row in work.execute(query.order_by(_notice.c.id.desc()).limit(limit))]


def every_notice(work: Work, account_id: AccountId) -> list[Notice]:
    query = sa.select(_notice).where(_notice.c.account_id == account_id).order_by(_notice.c.id.desc())
    return [_notice_from(row) for row in work.execute(query)]


def mark_read(
    work: Work, account_id: AccountId, profile_id: ProfileId, ids: Sequence[str], *, kids: bool, at: Instant
) -> None:
    change = sa.update(_notice).where(_whose(account_id, profile_id, kids=kids), _notice.c.read_at.is_(None))
    work.execute((change.where(_notice.c.id.in_(ids)) if ids else change).values(read_at=at))


def delete_notices(work: Work, account_id: AccountId) -> None:
    work.execute(sa.delete(_notice).where(_notice.c.account_id == account_id))


def delete_notices_before(work: Work, at: Instant) -> None:
    work.execute(sa.delete(_notice).where(_notice.c.at < at))


def _whose(account_id: AccountId, profile_id: ProfileId | None, *, kids: bool) -> sa.ColumnElement[bool]:
    own = _notice.c.profile_id == profile_id
    of_account = _notice.c.profile_id.is_(None)
    return (_notice.c.account_id == account_id) & (own if kids else own | of_account)


def _notice_from(row: Any) -> Notice:  # a row's columns have no types
    kind: NoticeKind = row.kind
    values: Mapping[str, str] = msgspec.json.decode(row.details, type=dict[str, str])
    return Notice(
        row.id,
        kind,
        values,
        row.at,
        row.read_at is not None,
        None if row.profile_id is None else ProfileId(row.profile_id),
        None if row.title_id is None else TitleId(row.title_id),
    )
