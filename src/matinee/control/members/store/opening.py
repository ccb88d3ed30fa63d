"""Sign-ups that wait, letters that are due, and the links in them."""

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import AccountId, TitleId
from matinee.kernel.quantities import Instant

_sign_up = sa.Table(
    "sign_up",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("email", sa.String(260), nullable=False, index=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("plan", sa.String(40), nullable=False),
    sa.Column("liked", sa.Text, nullable=False),
    sa.Column("expires_at", At, nullable=False),
)
_letter = sa.Table(
    "letter_due",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("email", sa.String(260), nullable=False),
    sa.Column("about", sa.String(36), nullable=False),
)
_link = sa.Table(
    "mailed_link",
    TABLES,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("email", sa.String(260), nullable=False),
    sa.Column("about", sa.String(36), nullable=False, index=True),
    sa.Column("expires_at", At, nullable=False),
)
_liked = sa.Table(
    "liked_at_sign_up",
    TABLES,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("title_id", sa.String(36), primary_key=True),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-up that waits for its letter to be answered."""

    id: str
    email: str
    password_hash: str
    country: str
    plan: str
    liked: tuple[TitleId, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A letter to be written. `about`: the sign-up or the account, as far as there is one."""

    id: str
    kind: str
    email: str
    about: str


def put_sign_up(work: Work, new: Waiting, *, at: Instant, expires_at: Instant) -> None:
    work.execute(sa.delete(_sign_up).where(_sign_up.c.expires_at <= at))
    row = {
        "id": new.id,
        "email": new.email,
        "password_hash": new.password_hash,
        "country": new.country,
        "plan": new.plan,
        "liked": msgspec.json.encode(new.liked).decode(),
        "expires_at": expires_at,
    }
    work.execute(sa.insert(_sign_up), row)


def sign_up(work: Work, sign_up_id: str, *, at: Instant) -> Waiting | None:
    return _waiting(work, (_sign_up.c.id == sign_up_id) & (_sign_up.c.expires_at > at))


def newest_sign_up(work: Work, email: str, *, at: Instant) -> Waiting | None:
    return _waiting(work, (_sign_up.c.email == email) & (_sign_up.c.expires_at > at))


def _waiting(work: Work, which: sa.ColumnElement[bool]) -> Waiting | None:
    row = work.execute(sa.select(_sign_up).where(which).order_by(_sign_up.c.id.desc())).first()
    if row is None:
        return None
    liked = msgspec.json.decode(row.liked, type=tuple[TitleId, ...])
    return Waiting(row.id, row.email, row.password_hash, row.country, row.plan, liked)


def end_sign_ups(work: Work, email: str) -> None:
    """All of this address: one was answered."""
    of_email = sa.select(_sign_up.c.id).where(_sign_up.c.email == email)
    work.execute(sa.delete(_link).where(_link.c.about.in_(of_email)))
    work.execute(sa.delete(_sign_up).where(_sign_up.c.email == email))


def put_due(work: Work, due: Due) -> None:
    work.execute(sa.insert(_letter), {"id": due.id, "kind": due.kind, "email": due.email, "about": due.about})


def due(work: Work, letter_id: str) -> Due | None:
    row = work.execute(sa.select(_letter).where(_letter.c.id == letter_id)).first()
    return None if row is None else Due(row.id, row.kind, row.email, row.about)


def end_due(work: Work, letter_id: str) -> None:
    work.execute(sa.delete(_letter).where(_letter.c.id == letter_id))


def end_due_of(work: Work, account_id: AccountId, email: str) -> None:
    """Links that would still be sent for an account."""
    asked = (_letter.c.kind == "reset") & (_letter.c.email == email)
    work.execute(sa.delete(_letter).where((_letter.c.about == account_id) | asked))


def put_link(work: Work, token_hash: str, due: Due, *, at: Instant, expires_at: Instant) -> None:
    work.execute(sa.delete(_link).where(_link.c.expires_at <= at))
    row = {"token_hash": token_hash, "kind": due.kind, "email": due.email, "about": due.about, "expires_at": expires_at}
    work.execute(sa.insert(_link), row)


def link(work: Work, token_hash: str, *, at: Instant) -> Due | None:
    mine = (_link.c.token_hash == token_hash) & (_link.c.expires_at > at)
    row = work.execute(sa.select(_link).where(mine)).first()
    return None if row is None else Due("", row.kind, row.email, row.about)


def end_links(work: Work, about: str) -> None:
    """All that were mailed for it."""
    work.execute(sa.delete(_link).where(_link.c.about == about))


def put_liked(work: Work, account_id: AccountId, titles: tuple[TitleId, ...]) -> None:
    rows = [{"account_id": account_id, "title_id": title} for title in dict.fromkeys(titles)]
    if rows:
        work.execute(sa.insert(_liked), rows)


def liked(work: Work, account_id: AccountId) -> list[TitleId]:
    query = sa.select(_liked.c.title_id).where(_liked.c.account_id == account_id).order_by(_liked.c.title_id)
    return [TitleId(found) for found in work.execute(query).scalars()]


def end_letters(work: Work, account_id: AccountId, email: str) -> None:
    """Whatever was on its way to an account that leaves."""
    end_sign_ups(work, email)
    end_links(work, account_id)
    work.execute(sa.delete(_letter).where((_letter.c.about == account_id) | (_letter.c.email == email)))
