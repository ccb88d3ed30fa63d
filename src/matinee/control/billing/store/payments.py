"""Charges and refunds: written before the provider is asked, looked at again until their outcome is known."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from matinee.control.billing.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.quantities import Instant

CHARGE = sa.Table(
    "charge",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("invoice_id", sa.String(36), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("account_id", sa.String(36), nullable=False),
    sa.Column("provider", sa.String(40), nullable=False),
    sa.Column("method", sa.String(400), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("minor_units", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reason", sa.String(80), nullable=False),
    sa.Column("provider_id", sa.String(200), nullable=False),
    sa.Column("asked_at", At, nullable=False),
    sa.Column("look_at", At, nullable=True),
    sa.UniqueConstraint("invoice_id", "attempt", name="charge_once_an_attempt"),
    sa.Index("charge_to_look_at", "look_at"),
)
REFUND = sa.Table(
    "refund",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("invoice_id", sa.String(36), nullable=False),
    sa.Column("charge_id", sa.String(36), nullable=False),
    sa.Column("account_id", sa.String(36), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("minor_units", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reason", sa.String(400), nullable=False),
    sa.Column("operator_id", sa.String(36), nullable=False),
    sa.Column("asked_at", At, nullable=False),
    sa.Column("look_at", At, nullable=True),
    sa.Index("refund_of_invoice", "invoice_id"),
    sa.Index("refund_to_look_at", "look_at"),
)
PACE = sa.Table(
    "billing_pace",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seen_at", At, nullable=False),
    sa.Column("hold_until", At, nullable=True),
)


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """`id` is the key under which the provider is asked. `state`: asked, succeeded, failed."""

    id: str
    invoice_id: str
    attempt: int
    account_id: str
    provider: str
    method: str
    currency: str
    minor_units: int
    state: str
    reason: str
    provider_id: str
    asked_at: Instant
    look_at: Instant | None


@dataclass(frozen=True, slots=True)
class RefundRow:
    id: str
    invoice_id: str
    charge_id: str
    account_id: str
    currency: str
    minor_units: int
    state: str
    reason: str
    operator_id: str
    asked_at: Instant
    look_at: Instant | None


@dataclass(frozen=True, slots=True)
class Pace:
    seen_at: Instant
    hold_until: Instant | None


_CHARGE_NAMES, _REFUND_NAMES = [f.name for f in fields(ChargeRow)], [f.name for f in fields(RefundRow)]
_ADD, _ADD_REFUND = sa.insert(CHARGE), sa.insert(REFUND)
_OPEN = (
    sa.select(CHARGE)
    .where(CHARGE.c.look_at <= sa.bindparam("now"))
    .order_by(CHARGE.c.look_at)
    .limit(sa.bindparam("most"))
)
_PUT = (
    sa.update(CHARGE)
    .where(CHARGE.c.id == sa.bindparam("its_id"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("state", "reason", "provider_id", "look_at")})
)
_SEVERAL = sa.select(CHARGE).where(CHARGE.c.id.in_(sa.bindparam("ids", expanding=True)))
_PACE = sa.select(PACE.c.seen_at, PACE.c.hold_until)
_NEXT_OPEN = sa.select(CHARGE.c.id).where(CHARGE.c.look_at <= sa.bindparam("now")).limit(1)
_NEXT_REFUND = sa.select(REFUND.c.id).where(REFUND.c.look_at <= sa.bindparam("now")).limit(1)
_LAST = (
    sa.select(CHARGE)
    .where(CHARGE.c.invoice_id == sa.bindparam("invoice_id"))
    .order_by(CHARGE.c.attempt.desc())
    .limit(1)
)


def add(work: Work, charges: Sequence[ChargeRow]) -> None:
    if charges:
        work.execute(_ADD, [{name: getattr(each, name) for name in _CHARGE_NAMES} for each in charges])


def put(work: Work, charges: Sequence[ChargeRow]) -> None:
    """What has become of them."""
    if charges:
        work.execute(
            _PUT,
            [
                {"its_id": c.id, "new_state": c.state, "new_reason": c.reason, "new_provider_id": c.provider_id,
                 "new_look_at": c.look_at}
                for c in charges
            ],
        )  # fmt: skip


def several(work: Work, ids: Sequence[str]) -> dict[str, ChargeRow]:
    return {row.id: _charge(row) for row in work.execute(_SEVERAL, {"ids": list(ids)})}


def last_of(work: Work, invoice_id: str) -> ChargeRow | None:
    row = work.execute(_LAST, {"invoice_id": invoice_id}).first()
    return None if row is None else _charge(row)


def succeeded(work: Work, invoice_id: str) -> ChargeRow | None:
    chosen = sa.select(CHARGE).where(CHARGE.c.invoice_id == invoice_id, CHARGE.c.state == "succeeded")
    row = work.execute(chosen.limit(1)).first()
    return None if row is None else _charge(row)


def to_look_at(work: Work, now: Instant, most: int) -> list[ChargeRow]:
    return [_charge(row) for row in work.execute(_OPEN, {"now": now, "most": most})]


def bring_nearer(work: Work, *, far: Instant, soon: Instant) -> None:
    """After the clock was set back: looks that were planned by the wrong time."""
    for table in (CHARGE, REFUND):
        work.execute(sa.update(table).where(table.c.look_at > far).values(look_at=soon))


def is_any_to_look_at(work: Work, now: Instant) -> tuple[bool, bool]:
    """Of the charges; of the refunds."""
    charge, refund = (work.execute(each, {"now": now}).first() for each in (_NEXT_OPEN, _NEXT_REFUND))
    return charge is not None, refund is not None


def add_refund(work: Work, refund: RefundRow) -> None:
    work.execute(_ADD_REFUND, {name: getattr(refund, name) for name in _REFUND_NAMES})


def refund(work: Work, refund_id: str) -> RefundRow | None:
    row = work.execute(sa.select(REFUND).where(REFUND.c.id == refund_id)).first()
    return None if row is None else _refund(row)


def refunds_of(work: Work, invoice_id: str) -> list[RefundRow]:
    return [_refund(row) for row in work.execute(sa.select(REFUND).where(REFUND.c.invoice_id == invoice_id))]


def refunds_to_look_at(work: Work, now: Instant, most: int) -> list[RefundRow]:
    chosen = sa.select(REFUND).where(REFUND.c.look_at <= now).order_by(REFUND.c.look_at).limit(most)
    return [_refund(row) for row in work.execute(chosen)]


def put_refund(work: Work, refund: RefundRow) -> None:
    mine = sa.update(REFUND).where(REFUND.c.id == refund.id)
    work.execute(mine.values(state=refund.state, look_at=refund.look_at))


def pace(work: Work) -> Pace | None:
    row = work.execute(_PACE).first()
    return None if row is None else Pace(row.seen_at, row.hold_until)


def put_pace(work: Work, pace: Pace) -> None:
    values = {"seen_at": pace.seen_at, "hold_until": pace.hold_until}
    if work.execute(sa.update(PACE).values(**values)).rowcount == 0:
        work.execute(sa.insert(PACE), {"id": 1, **values})


def _charge(row: Any) -> ChargeRow:
    return ChargeRow(*(getattr(row, name) for name in _CHARGE_NAMES))


def _refund(row: Any) -> RefundRow:
    return RefundRow(*(getattr(row, name) for name in _REFUND_NAMES))


def invoices_of_charges(work: Work) -> dict[str, str]:
    return {row.id: row.invoice_id for row in work.execute(sa.select(CHARGE.c.id, CHARGE.c.invoice_id))}
