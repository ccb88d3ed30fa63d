"""The audit trail: entries are written and answered once, and never changed."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from matinee.control.members.api.audit import Act, Entry, Sought
from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json

_entry = sa.Table(
    "audit_entry",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("at", At, nullable=False, index=True),
    sa.Column("actor", sa.String(36), index=True),
    sa.Column("action", sa.String(200), nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("device", sa.String(36), nullable=False),
    sa.Column("request_id", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer),
)
_subject = sa.Table(
    "audit_subject",
    TABLES,
    sa.Column("subject", sa.String(200), primary_key=True),
    sa.Column("entry_id", sa.ForeignKey("audit_entry.id"), primary_key=True, index=True),
    sa.Column("position", sa.Integer, nullable=False),
)


def insert(work: Work, entry_id: str, act: Act, *, at: Instant) -> None:
    row = {
        "id": entry_id,
        "at": at,
        "actor": act.actor,
        "action": act.action,
        "said": to_json(act.said).decode(),
        "device": act.device,
        "request_id": act.request_id,
        "status": None,
    }
    work.execute(sa.insert(_entry), row)
    for position, subject in enumerate(dict.fromkeys(act.subjects)):
        work.execute(sa.insert(_subject), {"subject": subject, "entry_id": entry_id, "position": position})


def finish(work: Work, entry_id: str, status: int) -> None:
    """The first answer is the one that counts."""
    mine = (_entry.c.id == entry_id) & _entry.c.status.is_(None)
    work.execute(sa.update(_entry).where(mine).values(status=status))


def entries(work: Work, sought: Sought, *, limit: int, before: int | None) -> list[Entry]:
    """In the order in which they were written down, the newest first."""
    query = sa.select(_entry).where(*_conditions(sought)).order_by(_entry.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(_entry.c.number < before)
    rows = work.execute(query).all()
    subjects = _subjects(work, [row.id for row in rows])
    return [_entry_from(row, subjects.get(row.id, ())) for row in rows]


def forget(work: Work, *, before: Instant) -> None:
    old = sa.select(_entry.c.id).where(_entry.c.at < before)
    work.execute(sa.delete(_subject).where(_subject.c.entry_id.in_(old)))
    work.execute(sa.delete(_entry).where(_entry.c.at < before))


def _conditions(sought: Sought) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if sought.actor is not None:
        found.append(_entry.c.actor == sought.actor)
    if sought.subject is not None:
        named = sa.select(_subject.c.entry_id).where(_subject.c.subject == sought.subject)
        found.append(_entry.c.id.in_(named))
    if sought.action is not None:
        found.append(_entry.c.action.icontains(sought.action, autoescape=True))
    if sought.since is not None:
        found.append(_entry.c.at >= sought.since)
    if sought.until is not None:
        found.append(_entry.c.at < sought.until)
    return found


def _subjects(work: Work, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    query = sa.select(_subject).where(_subject.c.entry_id.in_(ids)).order_by(_subject.c.position)
    for row in work.execute(query):
        found.setdefault(row.entry_id, []).append(row.subject)
    return {entry_id: tuple(subjects) for entry_id, subjects in found.items()}


def _entry_from(row: Any, subjects: tuple[str, ...]) -> Entry:
    actor = None if row.actor is None else AccountId(row.actor)
    said = from_json(row.said.encode(), tuple[str, ...])
    return Entry(
        row.number, row.id, row.at, Act(actor, row.action, subjects, said, row.device, row.request_id), row.status
    )
