"""Codes of screens that wait to be let in."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant

_code = sa.Table(
    "device_code",
    TABLES,
    sa.Column("code_hash", sa.String(64), primary_key=True),
    sa.Column("user_code_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("device", sa.String(200), nullable=False),
    sa.Column("address", sa.String(60), nullable=False),
    sa.Column("asked_at", At, nullable=False),
    sa.Column("expires_at", At, nullable=False, index=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("account_id", sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=True, index=True),
)
WAITING, ALLOWED, DENIED = "waiting", "allowed", "denied"


@dataclass(frozen=True, slots=True)
class CodeRow:
    code_hash: str
    user_code_hash: str
    device: str
    address: str
    asked_at: Instant
    expires_at: Instant
    state: str = WAITING
    account_id: AccountId | None = None


def insert_code(work: Work, row: CodeRow, *, at: Instant) -> bool:
    """False where another screen shows these letters. Those that have ended are forgotten."""
    work.execute(sa.delete(_code).where(_code.c.expires_at <= at))
    taken = sa.select(_code.c.code_hash).where(_code.c.user_code_hash == row.user_code_hash)
    if work.execute(taken).first() is not None:
        return False
    work.execute(sa.insert(_code), {name: getattr(row, name) for name in CodeRow.__slots__})
    return True


def waiting_code(work: Work, user_code_hash: str, *, at: Instant) -> CodeRow | None:
    """One that nobody has decided on."""
    found = sa.select(_code).where(
        _code.c.user_code_hash == user_code_hash, _code.c.state == WAITING, _code.c.expires_at > at
    )
    return _row(work.execute(found).first())


def decide_code(work: Work, user_code_hash: str, account_id: AccountId, *, allow: bool, at: Instant) -> bool:
    """False where there is none to decide on (any more)."""
    waiting = (_code.c.user_code_hash == user_code_hash) & (_code.c.state == WAITING) & (_code.c.expires_at > at)
    decided = sa.update(_code).where(waiting).values(state=ALLOWED if allow else DENIED, account_id=account_id)
    return work.execute(decided).rowcount == 1


def code(work: Work, code_hash: str, *, at: Instant) -> CodeRow | None:
    found = sa.select(_code).where(_code.c.code_hash == code_hash, _code.c.expires_at > at)
    return _row(work.execute(found).first())


def take_code(work: Work, code_hash: str) -> bool:
    """Once: False where it was taken before."""
    return work.execute(sa.delete(_code).where(_code.c.code_hash == code_hash)).rowcount == 1


def end_codes(work: Work, account_id: AccountId) -> None:
    """Those that a member of it decided on and no screen collected."""
    work.execute(sa.delete(_code).where(_code.c.account_id == account_id))


def _row(row: Any) -> CodeRow | None:  # a row's columns have no types
    return None if row is None else CodeRow(**{name: getattr(row, name) for name in CodeRow.__slots__})
