"""Members' tables of locks: which profile a device is in, what it opened, and how often it guessed."""

from typing import Any

import sqlalchemy as sa

from matinee.control.members.model.locks import Device
from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import ProfileId
from matinee.kernel.quantities import Instant

# A sign-in that is gone leaves its rows behind: nobody has its id again, and they go when the next one begins.
_device = sa.Table(
    "device_at",
    TABLES,
    sa.Column("sign_in_id", sa.String(36), primary_key=True),
    sa.Column("profile_id", sa.ForeignKey("profile.id"), nullable=False, index=True),
)
_opened = sa.Table(
    "profile_opened",
    TABLES,
    sa.Column("sign_in_id", sa.String(36), primary_key=True),
    sa.Column("profile_id", sa.ForeignKey("profile.id"), primary_key=True, index=True),
    sa.Column("at", At, nullable=False),
)
_EVERYWHERE = ""
"""In the place of a sign-in: the guesses at a profile from all of them together."""
_guesses = sa.Table(
    "pin_guesses",
    TABLES,
    sa.Column("sign_in_id", sa.String(36), primary_key=True),
    sa.Column("profile_id", sa.ForeignKey("profile.id"), primary_key=True, index=True),
    sa.Column("guesses", sa.Integer, nullable=False),
    sa.Column("wait_until", At, nullable=True),
)


def device(work: Work, sign_in_id: str) -> Device:
    at = work.execute(sa.select(_device.c.profile_id).where(_device.c.sign_in_id == sign_in_id)).scalar()
    rows = work.execute(sa.select(_opened).where(_opened.c.sign_in_id == sign_in_id))
    return Device(None if at is None else ProfileId(at), {ProfileId(row.profile_id): row.at for row in rows})


def enter(work: Work, sign_in_id: str, profile_id: ProfileId) -> None:
    """What it opened before counts no more, but for this profile itself."""
    others = (_opened.c.sign_in_id == sign_in_id) & (_opened.c.profile_id != profile_id)
    work.execute(sa.delete(_opened).where(others))
    moved = sa.update(_device).where(_device.c.sign_in_id == sign_in_id).values(profile_id=profile_id)
    if work.execute(moved).rowcount == 0:
        work.execute(sa.insert(_device), {"sign_in_id": sign_in_id, "profile_id": profile_id})


def open_profile(work: Work, sign_in_id: str, profile_id: ProfileId, *, at: Instant) -> None:
    """The guesses that led to it are forgiven, and none at another profile."""
    work.execute(sa.delete(_guesses).where(_at(profile_id), _guesses.c.sign_in_id.in_([sign_in_id, _EVERYWHERE])))
    one = (_opened.c.sign_in_id == sign_in_id) & (_opened.c.profile_id == profile_id)
    work.execute(sa.delete(_opened).where(one))
    work.execute(sa.insert(_opened), {"sign_in_id": sign_in_id, "profile_id": profile_id, "at": at})


def close_profile(work: Work, profile_id: ProfileId) -> None:
    """On every device."""
    work.execute(sa.delete(_opened).where(_opened.c.profile_id == profile_id))


def guesses(work: Work, profile_id: ProfileId, sign_in_id: str | None) -> tuple[int, Instant | None]:
    """How many in a row, and until when no further one is looked at. `None`: from all sign-ins together."""
    one = _guesses.c.sign_in_id == (sign_in_id or _EVERYWHERE)
    row = work.execute(sa.select(_guesses).where(_at(profile_id), one)).first()
    return (0, None) if row is None else (row.guesses, row.wait_until)


def put_guesses(
    work: Work, profile_id: ProfileId, sign_in_id: str | None, count: int, wait_until: Instant | None
) -> None:
    whose = sign_in_id or _EVERYWHERE
    work.execute(sa.delete(_guesses).where(_at(profile_id), _guesses.c.sign_in_id == whose))
    values = {"sign_in_id": whose, "profile_id": profile_id, "guesses": count, "wait_until": wait_until}
    work.execute(sa.insert(_guesses), values)


def forget_gone(work: Work, there: sa.Select[Any]) -> None:
    """`there`: the ids of the sign-ins that still are."""
    for table in (_device, _opened, _guesses):
        gone = table.c.sign_in_id.not_in(there) & (table.c.sign_in_id != _EVERYWHERE)
        work.execute(sa.delete(table).where(gone))


def _at(profile_id: ProfileId) -> sa.ColumnElement[bool]:
    return _guesses.c.profile_id == profile_id
