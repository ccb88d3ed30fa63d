"""Who somebody is at a provider, by its issuer and the subject it names: addresses change hands, these two do not."""

import hashlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant

_link = sa.Table(
    "linked_identity",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("provider", sa.String(40), nullable=False),
    sa.Column("who_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("issuer", sa.String(255), nullable=False),
    sa.Column("subject", sa.String(255), nullable=False),
    sa.Column("email", sa.String(260), nullable=False),
    sa.Column("linked_at", At, nullable=False),
    sa.Column("used_at", At, nullable=True),
)


@dataclass(frozen=True, slots=True)
class LinkRow:
    id: str
    account_id: AccountId
    provider: str
    who_hash: str
    issuer: str
    subject: str
    email: str
    linked_at: Instant
    used_at: Instant | None = None


def who_hash(issuer: str, subject: str) -> str:
    """Both together are longer than indexes take. No issuer has the space that stands between."""
    return hashlib.sha256(f"{issuer} {subject}".encode()).hexdigest()


def insert_link(work: Work, row: LinkRow) -> bool:
    """False where it is linked already."""
    if link_of(work, row.issuer, row.subject) is not None:
        return False
    work.execute(sa.insert(_link), {name: getattr(row, name) for name in LinkRow.__slots__})
    return True


def link_of(work: Work, issuer: str, subject: str) -> LinkRow | None:
    row = work.execute(sa.select(_link).where(_link.c.who_hash == who_hash(issuer, subject))).first()
    return None if row is None else _row(row)


def links(work: Work, account_id: AccountId) -> list[LinkRow]:
    """Newest first."""
    query = sa.select(_link).where(_link.c.account_id == account_id)
    return [_row(r) for r in work.execute(query.order_by(_link.c.linked_at.desc(), _link.c.id.desc()))]


def note_link_used(work: Work, link_id: str, *, at: Instant) -> None:
    work.execute(sa.update(_link).where(_link.c.id == link_id).values(used_at=at))


def delete_link(work: Work, account_id: AccountId, link_id: str) -> bool:
    own = (_link.c.account_id == account_id) & (_link.c.id == link_id)
    return work.execute(sa.delete(_link).where(own)).rowcount == 1


def _row(row: Any) -> LinkRow:  # a row's columns have no types
    return LinkRow(**{name: getattr(row, name) for name in LinkRow.__slots__})
