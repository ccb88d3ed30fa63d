"""Playback's table of sessions, and the rows that say which are alive."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from matinee.control.playback.api import SLOT_SILENCE_MAX, ActiveStream, Device, PlaybackSession
from matinee.engines.database.port import At, Schema, Work
from matinee.engines.rows.port import Row, Rows
from matinee.kernel.ids import AccountId, SessionId, TitleId
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json
from matinee.wire.events import PlaybackEnded, PlaybackStarted

_tables = sa.MetaData()

_session = sa.Table(
    "playback_session",
    _tables,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("account_id", sa.String(36), nullable=False),
    sa.Column("profile_id", sa.String(36), nullable=False),
    sa.Column("title_id", sa.String(36), nullable=False),
    sa.Column("release_id", sa.String(36), nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("device_id", sa.String(60), nullable=False),
    sa.Column("height_max", sa.Integer, nullable=False),
    sa.Column("started_at", At, nullable=False),
    sa.Column("ended_at", At),
    sa.Column("end_reason", sa.String(40)),
    sa.Column("is_trailer", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("country", sa.String(8)),
    sa.Column("rights_end_at", At),
    sa.Column("plan_rank", sa.Integer),
    sa.Index("playback_session_open", "account_id", "ended_at"),
    sa.Index("playback_session_title", "title_id", "ended_at"),
)

SCHEMA = Schema("playback", _tables, Path(__file__).parent / "migrations")

_LIVENESS = "liveness"


# Asked at every play and every heartbeat, so built once.
_OPEN_STREAMS = sa.select(_session).where(
    _session.c.account_id == sa.bindparam("account_id"),
    _session.c.ended_at.is_(None),
    _session.c.is_trailer.is_(False),
    _session.c.started_at >= sa.bindparam("since"),
)
_ON_DEVICE = sa.select(_session.c.id).where(
    _session.c.account_id == sa.bindparam("account_id"),
    _session.c.device_id == sa.bindparam("device_id"),
    _session.c.ended_at.is_(None),
)
_PLAYING = sa.select(_session.c.id, _session.c.country, _session.c.plan_rank).where(
    _session.c.title_id == sa.bindparam("title_id"),
    _session.c.ended_at.is_(None),
    _session.c.started_at >= sa.bindparam("since"),
)
_SESSION = sa.select(_session).where(_session.c.id == sa.bindparam("id"))
_INSERT = sa.insert(_session)


def open_streams(work: Work, account_id: AccountId, *, since: Instant) -> list[ActiveStream]:
    """Sessions of films, not ended. Those begun before `since` without a sign of life are left out by the caller."""
    return [
        ActiveStream(SessionId(r.id), TitleId(r.title_id), r.device_id, r.started_at)
        for r in work.execute(_OPEN_STREAMS, {"account_id": account_id, "since": since})
    ]


def insert(work: Work, session: PlaybackSession) -> None:
    work.execute(
        _INSERT,
        {
            "id": session.id,
            "account_id": session.account_id,
            "profile_id": session.profile_id,
            "title_id": session.title_id,
            "release_id": session.release_id,
            "device": to_json(session.device).decode(),
            "device_id": session.device_id,
            "height_max": session.height_max,
            "started_at": session.started_at,
            "is_trailer": session.is_trailer,
            "country": session.country,
            "rights_end_at": session.rights_end_at,
            "plan_rank": session.plan_rank,
        },
    )
    s = session
    if not s.is_trailer:  # who saw a trailer has not watched the film
        work.emit(PlaybackStarted(s.id, s.account_id, s.profile_id, s.title_id, s.release_id))


def end(work: Work, session_id: SessionId, *, reason: str, at: Instant) -> None:
    """Ending twice is ending once: the first reason stays."""
    row = work.execute(_SESSION, {"id": session_id}).first()
    if row is None or row.ended_at is not None:
        return
    work.execute(sa.update(_session).where(_session.c.id == session_id).values(ended_at=at, end_reason=reason))
    if not row.is_trailer:
        work.emit(PlaybackEnded(row.id, row.account_id, row.profile_id, row.title_id, reason))


def end_all_on(work: Work, account_id: AccountId, device_id: str, *, reason: str, at: Instant) -> None:
    for row in work.execute(_ON_DEVICE, {"account_id": account_id, "device_id": device_id}).all():
        end(work, SessionId(row.id), reason=reason, at=at)


def every(work: Work, account_id: AccountId) -> list[PlaybackSession]:
    query = sa.select(_session).where(_session.c.account_id == account_id).order_by(_session.c.started_at)
    return [_from(row) for row in work.execute(query)]


def forget(work: Work, account_id: AccountId, *, at: Instant) -> None:
    """What plays ends. The sessions stay, nobody's: their tickets are revoked by their ids."""
    mine = _session.c.account_id == account_id
    for row in work.execute(sa.select(_session.c.id).where(mine, _session.c.ended_at.is_(None))).all():
        end(work, SessionId(row.id), reason="signed_out", at=at)
    work.execute(sa.update(_session).where(mine).values(account_id="", profile_id="", device_id=""))


@dataclass(frozen=True, slots=True)
class Playing:
    session_id: str
    country: str | None
    plan_rank: int | None


def playing(work: Work, title_id: TitleId, *, since: Instant) -> list[Playing]:
    """The sessions of a title that have not ended."""
    rows = work.execute(_PLAYING, {"title_id": title_id, "since": since})
    return [Playing(row.id, row.country, row.plan_rank) for row in rows]


def note_rights_end(work: Work, session_id: SessionId, at: Instant | None) -> None:
    work.execute(sa.update(_session).where(_session.c.id == session_id).values(rights_end_at=at))


def find(work: Work, session_id: SessionId) -> PlaybackSession | None:
    row = work.execute(_SESSION, {"id": session_id}).first()
    return None if row is None else _from(row)


class Liveness:
    """Which sessions were heard from within the last 45 seconds. Forgets by itself."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def beat(self, account_id: AccountId, session_id: SessionId, *, at: Instant) -> None:
        await self._rows.put([Row(_LIVENESS, account_id, session_id, b"1", at, SLOT_SILENCE_MAX)])

    async def heard(self, account_id: AccountId) -> set[SessionId]:
        return {SessionId(r.clustering) for r in await self._rows.scan(_LIVENESS, account_id)}


def _from(row: sa.Row[Any]) -> PlaybackSession:
    """The table's columns have the names of the value's fields."""
    return PlaybackSession(**{**row._asdict(), "device": _device(row.device)})


@lru_cache(2000)
def _device(text: str) -> Device:
    """Of one make most say the same of themselves."""
    return from_json(text, Device)
