"""What proves an account beside its password: its factors, recovery codes, sign-ins half done, and devices known."""

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from matinee.control.members.api.proofs import Factor, Factors, Pending
from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant

_factor = sa.Table(
    "factor",
    TABLES,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("added_at", At, nullable=False),
    sa.Column("asked", sa.Boolean, nullable=False),
)
_totp = sa.Table(
    "totp",
    TABLES,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("wrapped_secret", sa.LargeBinary, nullable=False),
    sa.Column("last_step", sa.BigInteger, nullable=False),
)
_recovery_code = sa.Table(
    "recovery_code",
    TABLES,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("code_hash", sa.String(64), primary_key=True),
)
_second_step = sa.Table(
    "second_step",
    TABLES,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("device", sa.String(200), nullable=False),
    sa.Column("proved", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("expires_at", At, nullable=False),
)
_known_device = sa.Table(
    "known_device",
    TABLES,
    sa.Column("mark_hash", sa.String(64), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("seen_at", At, nullable=False),
)
_KNOWN_MAX = 50
"""Devices an account is known by; more are the oldest ones forgotten."""


@dataclass(frozen=True, slots=True)
class Totp:
    wrapped_secret: bytes
    last_step: int
    """The time step of the code used last: it and those before are spent."""


def factors(work: Work, account_id: AccountId) -> tuple[Factor, ...]:
    query = sa.select(_factor).where(_factor.c.account_id == account_id).order_by(_factor.c.added_at, _factor.c.kind)
    return tuple(Factor(row.kind, row.added_at, row.asked) for row in work.execute(query))


def second_methods(work: Work, account_id: AccountId) -> tuple[str, ...]:
    """What follows a right password; empty: nothing."""
    return Factors(False, factors(work, account_id), recovery_codes(work, account_id)).second


def put_factor(work: Work, account_id: AccountId, factor: Factor) -> None:
    mine = (_factor.c.account_id == account_id) & (_factor.c.kind == factor.kind)
    work.execute(sa.delete(_factor).where(mine))
    row = {"account_id": account_id, "kind": factor.kind, "added_at": factor.added_at, "asked": factor.asked}
    work.execute(sa.insert(_factor), row)


def drop_factor(work: Work, account_id: AccountId, kind: str) -> bool:
    """Whether it was there. With the last that is asked for go the recovery codes: they would stand in for nothing."""
    gone = work.execute(sa.delete(_factor).where(_factor.c.account_id == account_id, _factor.c.kind == kind))
    if not any(f.asked for f in factors(work, account_id)):
        put_recovery_codes(work, account_id, [])
    return gone.rowcount > 0


def totp(work: Work, account_id: AccountId) -> Totp | None:
    row = work.execute(sa.select(_totp).where(_totp.c.account_id == account_id)).first()
    return None if row is None else Totp(row.wrapped_secret, row.last_step)


def put_totp(work: Work, account_id: AccountId, wrapped_secret: bytes) -> None:
    delete_totp(work, account_id)
    row = {"account_id": account_id, "wrapped_secret": wrapped_secret, "last_step": 0}
    work.execute(sa.insert(_totp), row)


def delete_totp(work: Work, account_id: AccountId) -> None:
    work.execute(sa.delete(_totp).where(_totp.c.account_id == account_id))


def spend_step(work: Work, account_id: AccountId, step: int) -> bool:
    """False where this code, or a later one, was used already."""
    mine = (_totp.c.account_id == account_id) & (_totp.c.last_step < step)
    return work.execute(sa.update(_totp).where(mine).values(last_step=step)).rowcount == 1


def recovery_codes(work: Work, account_id: AccountId) -> int:
    query = sa.select(sa.func.count()).select_from(_recovery_code).where(_recovery_code.c.account_id == account_id)
    return int(work.execute(query).scalar_one())


def put_recovery_codes(work: Work, account_id: AccountId, hashes: list[str]) -> None:
    """Instead of those there were."""
    work.execute(sa.delete(_recovery_code).where(_recovery_code.c.account_id == account_id))
    if hashes:
        work.execute(sa.insert(_recovery_code), [{"account_id": account_id, "code_hash": h} for h in hashes])


def spend_recovery_code(work: Work, account_id: AccountId, code_hash: str) -> bool:
    mine = (_recovery_code.c.account_id == account_id) & (_recovery_code.c.code_hash == code_hash)
    return work.execute(sa.delete(_recovery_code).where(mine)).rowcount == 1


def begin_second_step(work: Work, token_hash: str, pending: Pending, *, at: Instant, expires_at: Instant) -> None:
    work.execute(sa.delete(_second_step).where(_second_step.c.expires_at <= at))
    row = {
        "token_hash": token_hash,
        "account_id": pending.account_id,
        "device": pending.device,
        "proved": msgspec.json.encode(pending.proved).decode(),
        "tries": 0,
        "expires_at": expires_at,
    }
    work.execute(sa.insert(_second_step), row)


def second_step(
    work: Work, token_hash: str, *, at: Instant, tries_max: int
) -> tuple[AccountId, str, tuple[str, ...]] | None:
    """Whose it is, on which device, and what is proved so far."""
    row = work.execute(
        sa.select(_second_step).where(
            _second_step.c.token_hash == token_hash,
            _second_step.c.expires_at > at,
            _second_step.c.tries < tries_max,
        )
    ).first()
    if row is None:
        return None
    return AccountId(row.account_id), row.device, msgspec.json.decode(row.proved, type=tuple[str, ...])


def note_try(work: Work, token_hash: str) -> None:
    step = _second_step.c.token_hash == token_hash
    work.execute(sa.update(_second_step).where(step).values(tries=_second_step.c.tries + 1))


def end_second_step(work: Work, token_hash: str) -> bool:
    """Whether it was there to end: of two at once, one is the first."""
    return work.execute(sa.delete(_second_step).where(_second_step.c.token_hash == token_hash)).rowcount == 1


def end_second_steps(work: Work, account_id: AccountId) -> None:
    work.execute(sa.delete(_second_step).where(_second_step.c.account_id == account_id))


def knows_device(work: Work, account_id: AccountId, mark_hash: str) -> bool:
    mine = (_known_device.c.mark_hash == mark_hash) & (_known_device.c.account_id == account_id)
    return work.execute(sa.select(_known_device.c.mark_hash).where(mine)).first() is not None


def put_known_device(work: Work, account_id: AccountId, mark_hash: str, *, at: Instant) -> None:
    row = {"mark_hash": mark_hash, "account_id": account_id, "seen_at": at}
    work.execute(sa.insert(_known_device), row)
    of_account = sa.select(_known_device.c.mark_hash).where(_known_device.c.account_id == account_id)
    oldest = work.execute(of_account.order_by(_known_device.c.seen_at.desc()).offset(_KNOWN_MAX)).scalars().all()
    if oldest:
        work.execute(sa.delete(_known_device).where(_known_device.c.mark_hash.in_(oldest)))


def forget_devices(work: Work, account_id: AccountId) -> None:
    work.execute(sa.delete(_known_device).where(_known_device.c.account_id == account_id))
