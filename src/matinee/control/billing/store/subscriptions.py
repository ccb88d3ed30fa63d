"""Who is on which plan, and when that is looked at next."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from matinee.control.billing.model.agreement import Agreement
from matinee.control.billing.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(400), nullable=False, server_default="")


SUBSCRIPTION = sa.Table(
    "subscription",
    TABLES,
    sa.Column("account_id", sa.String(36), primary_key=True),
    sa.Column("plan_id", sa.String(40), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("changed_at", At, nullable=False),
    sa.Column("id", sa.String(36), nullable=False, server_default=""),
    sa.Column("is_free", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("interval", sa.String(5), nullable=False, server_default="month"),
    sa.Column("country", sa.String(2), nullable=False, server_default=""),
    sa.Column("currency", sa.String(3), nullable=False, server_default="EUR"),
    _number("price"),
    _number("paid"),
    _number("anchor_period"),
    _number("period"),
    _number("coupon_left"),
    _number("credit"),
    _number("retries"),
    sa.Column("anchor", At, nullable=True),
    sa.Column("period_start", At, nullable=True),
    sa.Column("period_end", At, nullable=True),
    sa.Column("failed_at", At, nullable=True),
    sa.Column("due_at", At, nullable=True),
    sa.Column("ends_at_period_end", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("had_trial", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("next_plan", sa.String(40), nullable=True),
    sa.Column("next_interval", sa.String(5), nullable=True),
    _text("provider"),
    _text("method"),
    _text("method_label"),
    _text("bill_to"),
    sa.Column("coupon", sa.String(40), nullable=True),
    sa.Column("open_invoice", sa.String(36), nullable=True),
    sa.Index("subscription_due", "due_at"),
)
_C = SUBSCRIPTION.c

# Asked at every play and all day long, so built once.
_STANDING_OF = sa.select(_C.plan_id, _C.status).where(_C.account_id == sa.bindparam("account_id"))
_WHOLE = sa.select(SUBSCRIPTION).where(_C.account_id == sa.bindparam("account_id"))
_DUE = sa.select(SUBSCRIPTION).where(_C.due_at <= sa.bindparam("now")).order_by(_C.due_at).limit(sa.bindparam("most"))
_SEVERAL = sa.select(SUBSCRIPTION).where(_C.account_id.in_(sa.bindparam("ids", expanding=True)))
_NEXT_DUE = sa.select(_C.account_id).where(_C.due_at <= sa.bindparam("now")).limit(1)
_NAMES = [f.name for f in fields(Agreement)]
_COLUMNS = ["plan_id" if name == "plan" else name for name in _NAMES]
_PUT = (
    sa.update(SUBSCRIPTION)
    .where(_C.account_id == sa.bindparam("its_account"))
    .values({name: sa.bindparam(f"new_{name}") for name in _COLUMNS if name != "account_id"})
)
_STRETCHED = (
    sa.update(SUBSCRIPTION)
    .where(_C.status == "past_due", _C.due_at > sa.bindparam("far"))
    .values(due_at=sa.bindparam("soon"))
)


def subscription(work: Work, account_id: AccountId) -> tuple[str, str] | None:
    """Plan id and status."""
    row = work.execute(_STANDING_OF, {"account_id": account_id}).first()
    return None if row is None else (row.plan_id, row.status)


def put_subscription(work: Work, account_id: AccountId, plan_id: str, status: str, *, at: Instant) -> None:
    """Given, not bought: nothing of it is ever charged."""
    values = {
        "plan_id": plan_id, "status": status, "changed_at": at, "is_free": True, "due_at": None, "period_end": None,
        "ends_at_period_end": False, "next_plan": None, "next_interval": None, "failed_at": None, "open_invoice": None,
    }  # fmt: skip
    mine = _C.account_id == account_id
    if work.execute(sa.update(SUBSCRIPTION).where(mine).values(**values)).rowcount == 0:
        work.execute(sa.insert(SUBSCRIPTION), {"account_id": account_id, **values})


def whole(work: Work, account_id: str) -> Agreement | None:
    row = work.execute(_WHOLE, {"account_id": account_id}).first()
    return None if row is None else _agreement(row)


def several(work: Work, account_ids: Sequence[str]) -> dict[str, Agreement]:
    rows = work.execute(_SEVERAL, {"ids": list(account_ids)})
    return {row.account_id: _agreement(row) for row in rows}


def due(work: Work, now: Instant, most: int) -> list[Agreement]:
    """The longest due first."""
    return [_agreement(row) for row in work.execute(_DUE, {"now": now, "most": most})]


def is_any_due(work: Work, now: Instant) -> bool:
    return work.execute(_NEXT_DUE, {"now": now}).first() is not None


def put(work: Work, agreements: Sequence[Agreement]) -> None:
    """Those that are there already."""
    if agreements:
        work.execute(_PUT, [_put_values(each) for each in agreements])


def add(work: Work, agreement: Agreement) -> None:
    """In place of what there was, if anything."""
    work.execute(sa.delete(SUBSCRIPTION).where(_C.account_id == agreement.account_id))
    values = asdict(agreement)
    work.execute(sa.insert(SUBSCRIPTION), {"plan_id": values.pop("plan"), **values})


def bring_nearer(work: Work, *, far: Instant, soon: Instant) -> None:
    """After the clock was set back: retries that were planned by the wrong time."""
    work.execute(_STRETCHED, {"far": far, "soon": soon})


def _put_values(agreement: Agreement) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"new_{column}": getattr(agreement, name) for name, column in zip(_NAMES, _COLUMNS, strict=True)
    }
    found["its_account"] = found.pop("new_account_id")
    return found


def _agreement(row: Any) -> Agreement:
    found = row._mapping
    return Agreement(**{name: found[column] for name, column in zip(_NAMES, _COLUMNS, strict=True)})


def credit(work: Work) -> int:
    """Of all members together, in whatever currency."""
    return int(work.execute(sa.select(sa.func.coalesce(sa.func.sum(_C.credit), 0))).scalar_one())


def ids(work: Work) -> dict[str, str]:
    return {row.account_id: row.id for row in work.execute(sa.select(_C.account_id, _C.id))}


def statuses(work: Work) -> dict[str, str]:
    return {row.account_id: row.status for row in work.execute(sa.select(_C.account_id, _C.status))}
