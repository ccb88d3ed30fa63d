"""Where accounts were used."""

import sqlalchemy as sa

from matinee.control.members.api.places import Seen
from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import AccountId

_seen = sa.Table(
    "account_country",
    TABLES,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("country", sa.String(2), primary_key=True),
    sa.Column("first_at", At, nullable=False),
    sa.Column("last_at", At, nullable=False),
    sa.Column("since", At, nullable=False),
)
_SEEN = sa.select(_seen).where(_seen.c.account_id == sa.bindparam("account_id")).order_by(_seen.c.last_at.desc())


def seen(work: Work, account_id: AccountId) -> tuple[Seen, ...]:
    rows = work.execute(_SEEN, {"account_id": account_id})
    return tuple(Seen(row.country, row.first_at, row.last_at, row.since) for row in rows)


def put_seen(work: Work, account_id: AccountId, now: Seen) -> None:
    same = (_seen.c.account_id == account_id) & (_seen.c.country == now.country)
    if work.execute(sa.update(_seen).where(same).values(last_at=now.last_at, since=now.since)).rowcount:
        return
    row = {"country": now.country, "first_at": now.first_at, "last_at": now.last_at, "since": now.since}
    work.execute(sa.insert(_seen), {"account_id": account_id, **row})


def forget_seen(work: Work, account_id: AccountId) -> None:
    work.execute(sa.delete(_seen).where(_seen.c.account_id == account_id))
