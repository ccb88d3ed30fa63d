"""Production's tables: uploads, versions, turns, and a person's decisions. The journey's own state is the workflow engine's."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from matinee.engines.database.port import At, Schema, Work
from matinee.kernel.quantities import Instant
from matinee.studio.production.api import Upload
from matinee.wire.events import ReleaseReady

_tables = sa.MetaData()

_upload = sa.Table(
    "studio_upload",
    _tables,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(500), nullable=False),
    sa.Column("length", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64)),
    sa.Column("created_at", At, nullable=False),
    sa.Column("active_at", At),
    sa.Column("kept_sha256", sa.String(64)),
)

_version = sa.Table(
    "studio_version",
    _tables,
    sa.Column("release_id", sa.String(36), primary_key=True),
    sa.Column("title_id", sa.String(36), nullable=False, index=True),
    sa.Column("run_id", sa.String(200), nullable=False, unique=True),
    sa.Column("edition", sa.String(64), nullable=False),
    sa.Column("source_sha256", sa.String(64), nullable=False),
    sa.Column("profile", sa.String(10), nullable=False),
    sa.Column("name", sa.String(500), nullable=False),
    sa.Column("report", sa.Text, nullable=False),
    sa.Column("ready_at", At),
    sa.Column("created_at", At, nullable=False),
)

_decision = sa.Table(
    "studio_decision",
    _tables,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("title_id", sa.String(36), nullable=False, index=True),
    sa.Column("decision", sa.String(20), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", At, nullable=False),
)

# Which master a title is being made from. `until`: while its journey is being begun, nobody may begin another's.
_turn = sa.Table(
    "studio_turn",
    _tables,
    sa.Column("title_id", sa.String(36), primary_key=True),
    sa.Column("edition", sa.String(64), nullable=False),
    sa.Column("until", At),
)

SCHEMA = Schema("production", _tables, Path(__file__).parent / "migrations")


@dataclass(frozen=True, slots=True)
class Announced:
    """What is known of an upload beside the bytes that arrived."""

    name: str
    length: int
    sha256: str | None
    """As its sender announced it."""
    kept: str | None
    """The hash it is kept under: it was taken in, and its own file is gone."""


@dataclass(frozen=True, slots=True)
class Version:
    release_id: str
    title_id: str
    run_id: str
    edition: str
    """Hash of the master and of everything that came with it."""
    source_sha256: str
    profile: str
    name: str
    report: str
    """JSON: findings and ladder, as far as they are known."""
    ready_at: Instant | None
    created_at: Instant


def add_upload(work: Work, upload: Upload, *, sha256: str | None, at: Instant) -> None:
    row = {"id": upload.id, "name": upload.name, "length": upload.length, "sha256": sha256, "created_at": at}
    work.execute(sa.insert(_upload), {**row, "active_at": at})


def upload(work: Work, upload_id: str) -> Announced | None:
    row = work.execute(sa.select(_upload).where(_upload.c.id == upload_id)).first()
    return None if row is None else Announced(row.name, row.length, row.sha256, row.kept_sha256)


def touch_upload(work: Work, upload_id: str, *, at: Instant) -> None:
    work.execute(sa.update(_upload).where(_upload.c.id == upload_id).values(active_at=at))


def note_kept(work: Work, upload_id: str, sha256: str, *, at: Instant) -> None:
    work.execute(sa.update(_upload).where(_upload.c.id == upload_id).values(kept_sha256=sha256, active_at=at))


def upload_of(work: Work, *, length: int, sha256: str) -> str | None:
    """An upload of the same content, if one was begun."""
    same = (_upload.c.length == length) & (_upload.c.sha256 == sha256)
    found: str | None = work.execute(sa.select(_upload.c.id).where(same).limit(1)).scalar()
    return found


def uploads_idle_since(work: Work, at: Instant) -> list[str]:
    return list(work.execute(sa.select(_upload.c.id).where(_upload.c.active_at < at)).scalars())


def remove_upload(work: Work, upload_id: str) -> None:
    work.execute(sa.delete(_upload).where(_upload.c.id == upload_id))


def add_version(work: Work, version: Version) -> Version:
    """The version of this run, made unless it is there: two at once end with one."""
    found = work.execute(sa.select(_version).where(_version.c.run_id == version.run_id)).first()
    if found is not None:
        return _parse(found)
    work.execute(
        sa.insert(_version),
        {name: getattr(version, name) for name in Version.__dataclass_fields__},
    )
    return version


_NEWEST_FIRST = (_version.c.created_at.desc(), _version.c.release_id.desc())


def versions(work: Work, title_id: str) -> list[Version]:
    """Newest first."""
    query = sa.select(_version).where(_version.c.title_id == title_id).order_by(*_NEWEST_FIRST)
    return [_parse(row) for row in work.execute(query)]


def versions_of_runs(work: Work, run_ids: Sequence[str]) -> list[Version]:
    """Newest first."""
    query = sa.select(_version).where(_version.c.run_id.in_(run_ids)).order_by(*_NEWEST_FIRST)
    return [_parse(row) for row in work.execute(query)]


def run_ids(work: Work) -> list[str]:
    return list(work.execute(sa.select(_version.c.run_id)).scalars())


def last_successes(work: Work, title_ids: Sequence[str]) -> dict[str, Instant]:
    """When a release of each of these titles was last made, for those that have one."""
    done = (_version.c.title_id.in_(title_ids)) & _version.c.ready_at.is_not(None)
    query = sa.select(_version.c.title_id, _version.c.ready_at).where(done).order_by(_version.c.ready_at)
    return {row.title_id: row.ready_at for row in work.execute(query)}


def take_turn(work: Work, title_id: str, edition: str, *, now: Instant, until: Instant) -> bool:
    """False while a journey of another edition is being begun. One row a title: of two at once, one is refused."""
    row = work.execute(sa.select(_turn).where(_turn.c.title_id == title_id)).first()
    if row is None:
        work.execute(sa.insert(_turn), {"title_id": title_id, "edition": edition, "until": until})
        return True
    if row.edition != edition and row.until is not None and row.until > now:
        return False
    work.execute(sa.update(_turn).where(_turn.c.title_id == title_id).values(edition=edition, until=until))
    return True


def end_turn(work: Work, title_id: str, edition: str) -> None:
    mine = (_turn.c.title_id == title_id) & (_turn.c.edition == edition)
    work.execute(sa.update(_turn).where(mine).values(until=None))


def put_report(work: Work, release_id: str, report: str) -> None:
    work.execute(sa.update(_version).where(_version.c.release_id == release_id).values(report=report))


def mark_ready(work: Work, ready: ReleaseReady, *, at: Instant) -> None:
    """Done once, with its event in the same transaction; doing it again changes nothing."""
    mine = (_version.c.release_id == ready.release_id) & _version.c.ready_at.is_(None)
    if work.execute(sa.update(_version).where(mine).values(ready_at=at)).rowcount:
        work.emit(ready)


def remove_versions(work: Work, title_id: str) -> None:
    work.execute(sa.delete(_version).where(_version.c.title_id == title_id))
    work.execute(sa.delete(_turn).where(_turn.c.title_id == title_id))


def sources_in_use(work: Work) -> set[str]:
    return {row.source_sha256 for row in work.execute(sa.select(_version.c.source_sha256).distinct())}


def add_decision(
    work: Work, decision_id: str, title_id: str, decision: str, *, by: str, reason: str, at: Instant
) -> None:
    row = {"id": decision_id, "title_id": title_id, "decision": decision, "by": by, "reason": reason, "at": at}
    work.execute(sa.insert(_decision), row)


def _parse(row: sa.Row[Any]) -> Version:  # SQLAlchemy's own row typing stops here
    return Version(**{name: getattr(row, name) for name in Version.__dataclass_fields__})
