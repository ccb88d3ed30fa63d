"""Coupons, and who has redeemed which."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from matinee.control.billing.model.coupons import Coupon
from matinee.control.billing.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.quantities import Instant

COUPON = sa.Table(
    "coupon",
    TABLES,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("duration", sa.String(10), nullable=False),
    sa.Column("percent_ppm", sa.Integer, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("periods", sa.Integer, nullable=False),
    sa.Column("redemptions_max", sa.Integer, nullable=True),
    sa.Column("redeemed", sa.Integer, nullable=False),
    sa.Column("expires_at", At, nullable=True),
)
REDEEMED = sa.Table(
    "coupon_redeemed",
    TABLES,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("account_id", sa.String(36), primary_key=True),
    sa.Column("at", At, nullable=False),
)


def find(work: Work, code: str | None) -> Coupon | None:
    if code is None:
        return None
    row = work.execute(sa.select(COUPON).where(COUPON.c.code == code)).first()
    return None if row is None else _coupon(row)


def several(work: Work, codes: Sequence[str]) -> dict[str, Coupon]:
    if not codes:
        return {}
    return {row.code: _coupon(row) for row in work.execute(sa.select(COUPON).where(COUPON.c.code.in_(codes)))}


def every(work: Work) -> list[Coupon]:
    return [_coupon(row) for row in work.execute(sa.select(COUPON).order_by(COUPON.c.code))]


def add(work: Work, coupon: Coupon) -> None:
    work.execute(sa.insert(COUPON), asdict(coupon))


def is_redeemed(work: Work, code: str, account_id: str) -> bool:
    mine = sa.select(REDEEMED.c.code).where(REDEEMED.c.code == code, REDEEMED.c.account_id == account_id)
    return work.execute(mine).first() is not None


def redeem(work: Work, code: str, account_id: str, at: Instant) -> None:
    work.execute(sa.insert(REDEEMED), {"code": code, "account_id": account_id, "at": at})
    work.execute(sa.update(COUPON).where(COUPON.c.code == code).values(redeemed=COUPON.c.redeemed + 1))


def _coupon(row: Any) -> Coupon:
    return Coupon(**row._mapping)
