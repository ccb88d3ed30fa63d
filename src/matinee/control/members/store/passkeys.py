"""Passkeys, and what was answered once and counts no more."""

from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant

_passkey = sa.Table(
    "passkey",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    # An id has up to 1,023 bytes, which is more than indexes take.
    sa.Column("credential_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("credential_id", sa.Text, nullable=False),
    sa.Column("public_key", sa.Text, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("transports", sa.Text, nullable=False),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("synced", sa.Boolean, nullable=False),
    sa.Column("stopped", sa.Boolean, nullable=False),
    sa.Column("added_at", At, nullable=False),
    sa.Column("used_at", At, nullable=True),
)
_spent = sa.Table(
    "spent",
    TABLES,
    sa.Column("mark", sa.String(64), primary_key=True),
    sa.Column("expires_at", At, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    id: str
    account_id: AccountId
    credential_hash: str
    credential_id: str
    public_key: str
    sign_count: int
    transports: tuple[str, ...]
    name: str
    synced: bool
    stopped: bool
    added_at: Instant
    used_at: Instant | None


def insert_passkey(work: Work, row: PasskeyRow) -> bool:
    """False where this key is known already, on whichever account."""
    if passkey_by_credential(work, row.credential_hash) is not None:
        return False
    values = {name: getattr(row, name) for name in PasskeyRow.__slots__}
    work.execute(sa.insert(_passkey), {**values, "transports": msgspec.json.encode(row.transports).decode()})
    return True


def passkeys(work: Work, account_id: AccountId) -> list[PasskeyRow]:
    """Newest first."""
    query = sa.select(_passkey).where(_passkey.c.account_id == account_id)
    return [_row(r) for r in work.execute(query.order_by(_passkey.c.added_at.desc(), _passkey.c.id.desc()))]


def passkey_by_credential(work: Work, credential_hash: str) -> PasskeyRow | None:
    row = work.execute(sa.select(_passkey).where(_passkey.c.credential_hash == credential_hash)).first()
    return None if row is None else _row(row)


def note_use(work: Work, passkey_id: str, *, sign_count: int, synced: bool, at: Instant) -> None:
    used = sa.update(_passkey).where(_passkey.c.id == passkey_id)
    work.execute(used.values(sign_count=sign_count, synced=synced, used_at=at))


def stop_passkey(work: Work, passkey_id: str) -> None:
    work.execute(sa.update(_passkey).where(_passkey.c.id == passkey_id).values(stopped=True))


def rename_passkey(work: Work, account_id: AccountId, passkey_id: str, name: str) -> bool:
    return work.execute(sa.update(_passkey).where(_own(account_id, passkey_id)).values(name=name)).rowcount > 0


def delete_passkey(work: Work, account_id: AccountId, passkey_id: str) -> bool:
    return work.execute(sa.delete(_passkey).where(_own(account_id, passkey_id))).rowcount > 0


def spend(work: Work, mark: str, *, at: Instant, expires_at: Instant) -> bool:
    """False where it was spent before. Marks whose thing has ended by itself are forgotten."""
    work.execute(sa.delete(_spent).where(_spent.c.expires_at <= at))
    if work.execute(sa.select(_spent.c.mark).where(_spent.c.mark == mark)).first() is not None:
        return False
    work.execute(sa.insert(_spent), {"mark": mark, "expires_at": expires_at})
    return True


def _own(account_id: AccountId, passkey_id: str) -> sa.ColumnElement[bool]:
    return (_passkey.c.account_id == account_id) & (_passkey.c.id == passkey_id)


def _row(row: Any) -> PasskeyRow:  # a row's columns have no types
    values = {name: getattr(row, name) for name in PasskeyRow.__slots__}
    return PasskeyRow(**{**values, "transports": msgspec.json.decode(row.transports, type=tuple[str, ...])})
