"""Steering's tables: appliances, wanted releases, tombstones, announced routes, revoked sessions."""

from dataclasses import dataclass
from math import ceil
from pathlib import Path

import sqlalchemy as sa

from matinee.engines.database.port import At, Schema, Work
from matinee.kernel.ids import ApplianceId, ReleaseId, SessionId
from matinee.kernel.quantities import Instant
from matinee.wire.events import ReleasePlaced, ReleaseReady
from matinee.wire.health import HealthReport
from matinee.wire.purge import Tombstone
from matinee.wire.revocations import Revocation

_tables = sa.MetaData()

_appliance = sa.Table(
    "appliance",
    _tables,
    sa.Column("id", sa.String(60), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("url", sa.String(300), nullable=False),
    sa.Column("first_seen_at", At, nullable=False),
)
_wanted = sa.Table(
    "wanted_release",
    _tables,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("release_id", sa.String(36), nullable=False, unique=True),
    sa.Column("title_id", sa.String(36), nullable=False),
    sa.Column("manifest_sha256", sa.String(64), nullable=False),
    sa.Column("placed", sa.Boolean, nullable=False),
    sqlite_autoincrement=True,  # a number is never given twice, not even after the newest release was purged
)
_tombstone = sa.Table(
    "tombstone",
    _tables,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("release_id", sa.String(36), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", At, nullable=False),
    sqlite_autoincrement=True,
)

_routes_told = sa.Table(
    "routes_told",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("appliance_id", sa.String(60), nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # readers go on after the last number they saw
)

_revocation = sa.Table(
    "revocation",
    _tables,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("session_id", sa.String(36), nullable=False, unique=True),
    sa.Column("until", At, nullable=False, index=True),
    sqlite_autoincrement=True,  # appliances acknowledge by number
)

SCHEMA = Schema("steering", _tables, Path(__file__).parent / "migrations")


@dataclass(frozen=True, slots=True)
class Wanted:
    sequence: int
    release_id: ReleaseId
    manifest_sha256: str
    placed: bool
    title_id: str


@dataclass(frozen=True, slots=True)
class KnownAppliance:
    id: ApplianceId
    kind: str
    url: str


# Asked at every play and every second by every appliance, so built once.
_APPLIANCES = sa.select(_appliance).order_by(_appliance.c.id)
_WANTED = sa.select(_wanted).order_by(_wanted.c.sequence)
_TOMBSTONES = sa.select(_tombstone).order_by(_tombstone.c.sequence)


def put_routes(work: Work, appliance_id: str, body: bytes) -> None:
    work.execute(sa.insert(_routes_told), {"appliance_id": appliance_id, "body": body})


def forget_routes(work: Work, appliance_id: str) -> None:
    work.execute(sa.delete(_routes_told).where(_routes_told.c.appliance_id == appliance_id))


def routes_after(work: Work, number: int) -> list[tuple[int, bytes]]:
    after = sa.select(_routes_told.c.number, _routes_told.c.body).where(_routes_told.c.number > number)
    return [(row.number, row.body) for row in work.execute(after.order_by(_routes_told.c.number))]


def appliances(work: Work) -> list[KnownAppliance]:
    rows = work.execute(_APPLIANCES)
    return [KnownAppliance(ApplianceId(r.id), r.kind, r.url) for r in rows]


def put_appliance(work: Work, report: HealthReport) -> None:
    mine = _appliance.c.id == report.appliance_id
    values = {"kind": report.kind, "url": report.url}
    if work.execute(sa.update(_appliance).where(mine).values(**values)).rowcount == 0:
        work.execute(sa.insert(_appliance), {"id": report.appliance_id, "first_seen_at": report.at, **values})


def want(work: Work, ready: ReleaseReady) -> None:
    """Once; and never again what was purged, however often the event that announced it comes."""
    known = work.execute(sa.select(_wanted.c.sequence).where(_wanted.c.release_id == ready.release_id)).first()
    if known is None and not _is_buried(work, ready.release_id):
        work.execute(
            sa.insert(_wanted),
            {
                "release_id": ready.release_id,
                "title_id": ready.title_id,
                "manifest_sha256": ready.manifest_sha256,
                "placed": False,
            },
        )


def wanted(work: Work) -> list[Wanted]:
    rows = work.execute(_WANTED)
    return [Wanted(r.sequence, ReleaseId(r.release_id), r.manifest_sha256, r.placed, r.title_id) for r in rows]


def place(work: Work, release_id: ReleaseId) -> None:
    """Say once that a release is held."""
    row = work.execute(sa.select(_wanted).where(_wanted.c.release_id == release_id)).first()
    if row is not None and not row.placed:
        work.execute(sa.update(_wanted).where(_wanted.c.release_id == release_id).values(placed=True))
        work.emit(ReleasePlaced(row.title_id, release_id))


def bury(work: Work, release_id: ReleaseId, reason: str, *, at: Instant) -> None:
    """Burying twice is burying once: the first reason stays."""
    work.execute(sa.delete(_wanted).where(_wanted.c.release_id == release_id))
    if not _is_buried(work, release_id):
        work.execute(sa.insert(_tombstone), {"release_id": release_id, "reason": reason, "at": at})


def tombstones(work: Work) -> list[Tombstone]:
    return [Tombstone(r.sequence, r.release_id, r.reason) for r in work.execute(_TOMBSTONES)]


def revoke(work: Work, session_id: SessionId, *, until: Instant, now: Instant) -> None:
    """Once; again, under a new number, where it has to hold longer. What is over goes on this occasion."""
    work.execute(sa.delete(_revocation).where(_revocation.c.until <= now))
    of_it = _revocation.c.session_id == session_id
    known = work.execute(sa.select(_revocation.c.until).where(of_it)).first()
    if known is None or known.until < until:
        work.execute(sa.delete(_revocation).where(of_it))
        work.execute(sa.insert(_revocation), {"session_id": session_id, "until": until})


def revocations_after(work: Work, sequence: int) -> list[Revocation]:
    after = sa.select(_revocation).where(_revocation.c.sequence > sequence).order_by(_revocation.c.sequence)
    return [Revocation(r.sequence, r.session_id, ceil(r.until.timestamp())) for r in work.execute(after)]


def _is_buried(work: Work, release_id: str) -> bool:
    found = work.execute(sa.select(_tombstone.c.sequence).where(_tombstone.c.release_id == release_id)).first()
    return found is not None
