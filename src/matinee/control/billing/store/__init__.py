"""Billing's tables: subscriptions."""

from pathlib import Path

import sqlalchemy as sa

from matinee.control.billing.store.metadata import TABLES
from matinee.engines.database.port import At, Schema, Work
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant

_subscription = sa.Table(
    "subscription",
    TABLES,
    sa.Column("account_id", sa.String(36), primary_key=True),
    sa.Column("plan_id", sa.String(40), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("changed_at", At, nullable=False),
)

SCHEMA = Schema("billing", TABLES, Path(__file__).parents[1] / "migrations")


_SUBSCRIPTION_OF = sa.select(_subscription).where(_subscription.c.account_id == sa.bindparam("account_id"))
"""Asked at every play, so built once."""


def subscription(work: Work, account_id: AccountId) -> tuple[str, str] | None:
    """Plan id and status."""
    row = work.execute(_SUBSCRIPTION_OF, {"account_id": account_id}).first()
    return None if row is None else (row.plan_id, row.status)


def put_subscription(work: Work, account_id: AccountId, plan_id: str, status: str, *, at: Instant) -> None:
    values = {"plan_id": plan_id, "status": status, "changed_at": at}
    mine = _subscription.c.account_id == account_id
    if work.execute(sa.update(_subscription).where(mine).values(**values)).rowcount == 0:
        work.execute(sa.insert(_subscription), {"account_id": account_id, **values})


def end_subscription(work: Work, account_id: AccountId, *, at: Instant) -> None:
    """The row stays: what was paid, and until when, has to be told for years. It names nobody any more."""
    mine = _subscription.c.account_id == account_id
    work.execute(sa.update(_subscription).where(mine).values(status="canceled", changed_at=at))
