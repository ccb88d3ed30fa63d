"""Steering's tables: appliances, wanted releases, plans, routes, tombstones and who ordered them, revoked sessions, and
what was streamed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from matinee.control.steering.store import audience  # noqa: F401  # its tables are of the same schema
from matinee.control.steering.store.metadata import TABLES
from matinee.engines.database.port import At, Schema, Work
from matinee.kernel.ids import ApplianceId, ReleaseId, SessionId
from matinee.kernel.quantities import Instant
from matinee.wire.accounts import Streamed
from matinee.wire.events import ReleasePlaced, ReleaseReady
from matinee.wire.health import HealthReport
from matinee.wire.purge import Tombstone
from matinee.wire.revocations import Revocation

_tables = TABLES

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
    sa.Column("size_bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("wanted_at", At),
    sqlite_autoincrement=True,  # a number is never given twice, not even after the newest release was purged
)
_tombstone = sa.Table(
    "tombstone",
    _tables,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("release_id", sa.String(36), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", At, nullable=False),
    sa.Column("path", sa.String(300), nullable=True),
    sa.Column("refetch", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("appliance_id", sa.String(60), nullable=False, server_default=""),
    sa.Column("purge", sa.Integer, nullable=False, server_default="0", index=True),
    sqlite_autoincrement=True,
)
_purge = sa.Table(
    "purge",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # of its first tombstone
    sa.Column("at", At, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("title_id", sa.String(36), nullable=False),
    sa.Column("release_id", sa.String(36), nullable=False),
    sa.Column("path", sa.String(300), nullable=False),
    sa.Column("refetch", sa.Boolean, nullable=False),
    sa.Column("appliance_id", sa.String(60), nullable=False),
)

_routes_told = sa.Table(
    "routes_told",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("appliance_id", sa.String(60), nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # readers go on after the last number they saw
)

_site_plan = sa.Table(
    "site_plan",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("cluster", sa.String(80), nullable=False, unique=True),
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
_streamed = sa.Table(
    "streamed",
    _tables,
    sa.Column("appliance_id", sa.String(60), primary_key=True),
    sa.Column("boot_id", sa.String(64), primary_key=True),
    sa.Column("release_id", sa.String(36), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True, index=True),
    sa.Column("tier", sa.String(32), primary_key=True),
    sa.Column("cluster", sa.String(80), nullable=False),  # where the appliance stood when it told
    sa.Column("bytes", sa.BigInteger, nullable=False),
)
_memory = sa.Table(
    "demand_memory",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # readers go on after the last number they saw
)

SCHEMA = Schema("steering", _tables, Path(__file__).parent.parent / "migrations")


@dataclass(frozen=True, slots=True)
class Wanted:
    sequence: int
    release_id: ReleaseId
    manifest_sha256: str
    placed: bool
    title_id: str
    size_bytes: int
    """0: not known, since it came before sizes were kept."""
    wanted_at: Instant | None = None
    """None: before this was kept."""


@dataclass(frozen=True, slots=True)
class Stone:
    """A tombstone, not signed yet."""

    tombstone: Tombstone
    at: Instant


@dataclass(frozen=True, slots=True)
class PurgeNote:
    """Who ordered a purge, and which tombstones carry it out. Its number is the first one's."""

    number: int
    at: Instant
    by: str
    reason: str
    title_id: str
    release_id: str
    path: str
    refetch: bool
    appliance_id: str
    sequences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownAppliance:
    id: ApplianceId
    kind: str
    url: str


# Asked at every play and every second by every appliance, so built once.
_APPLIANCES = sa.select(_appliance.c.id, _appliance.c.kind, _appliance.c.url).order_by(_appliance.c.id)
_WANTED = sa.select(_wanted).order_by(_wanted.c.sequence)
_STONES_AFTER = (
    sa.select(_tombstone).where(_tombstone.c.sequence > sa.bindparam("number")).order_by(_tombstone.c.sequence)
)


_COUNTS_AT_ONCE = 500
_SUM = sa.func.sum(sa.cast(_streamed.c.bytes, sa.Float)).label("bytes")
_GROWN = (
    sa.update(_streamed)
    .where(_streamed.c.appliance_id == sa.bindparam("of_appliance"), _streamed.c.boot_id == sa.bindparam("of_boot"))
    .where(_streamed.c.release_id == sa.bindparam("of_release"), _streamed.c.day == sa.bindparam("of_day"))
    .where(_streamed.c.tier == sa.bindparam("of_tier"))
    .values(bytes=sa.bindparam("sum"))
)


def put_routes(work: Work, appliance_id: str, body: bytes) -> None:
    work.execute(sa.insert(_routes_told), {"appliance_id": appliance_id, "body": body})


def forget_routes(work: Work, appliance_id: str) -> None:
    work.execute(sa.delete(_routes_told).where(_routes_told.c.appliance_id == appliance_id))


def routes_after(work: Work, number: int) -> list[tuple[int, bytes]]:
    after = sa.select(_routes_told.c.number, _routes_told.c.body).where(_routes_told.c.number > number)
    return [(row.number, row.body) for row in work.execute(after.order_by(_routes_told.c.number))]


def put_plan(work: Work, cluster: str, body: bytes) -> None:
    work.execute(sa.delete(_site_plan).where(_site_plan.c.cluster == cluster))
    work.execute(sa.insert(_site_plan), {"cluster": cluster, "body": body})


def plans_after(work: Work, number: int) -> list[tuple[int, bytes]]:
    after = sa.select(_site_plan.c.number, _site_plan.c.body).where(_site_plan.c.number > number)
    return [(row.number, row.body) for row in work.execute(after.order_by(_site_plan.c.number))]


def count(work: Work, appliance_id: str, boot_id: str, cluster: str, counts: Sequence[Streamed]) -> None:
    """Keep the largest sum of each. What is told again, or late, changes nothing."""
    mine = (_streamed.c.appliance_id == appliance_id) & (_streamed.c.boot_id == boot_id)
    life = {"of_appliance": appliance_id, "of_boot": boot_id}
    for start in range(0, len(counts), _COUNTS_AT_ONCE):
        told = counts[start : start + _COUNTS_AT_ONCE]
        its = mine & _streamed.c.release_id.in_({each.release_id for each in told})
        known = {(r.release_id, r.day, r.tier): r.bytes for r in work.execute(sa.select(_streamed).where(its))}
        fresh = [each for each in told if (each.release_id, each.day, each.tier) not in known]
        grown = [each for each in told if each.bytes > known.get((each.release_id, each.day, each.tier), each.bytes)]
        if fresh:
            row = {"appliance_id": appliance_id, "boot_id": boot_id, "cluster": cluster}
            rows = [{"release_id": e.release_id, "day": e.day, "tier": e.tier, "bytes": e.bytes} for e in fresh]
            work.execute(sa.insert(_streamed), [row | each for each in rows])
        if grown:
            rows = [{"of_release": e.release_id, "of_day": e.day, "of_tier": e.tier, "sum": e.bytes} for e in grown]
            work.execute(_GROWN, [life | each for each in rows])


def streamed_by_cluster(work: Work, first: str, last: str) -> list[tuple[str, str, float]]:
    """Cluster, release and bytes, of these days. As floats: no sum of theirs is too large."""
    found = sa.select(_streamed.c.cluster, _streamed.c.release_id, _SUM).where(_streamed.c.day.between(first, last))
    rows = work.execute(found.group_by(_streamed.c.cluster, _streamed.c.release_id))
    return [(row.cluster, row.release_id, row.bytes) for row in rows]


def first_day_counted(work: Work) -> str | None:
    found: str | None = work.execute(sa.select(sa.func.min(_streamed.c.day))).scalar_one_or_none()
    return found


def fold_counts(work: Work, before: str) -> None:
    work.execute(sa.delete(_streamed).where(_streamed.c.day < before))


def put_memory(work: Work, name: str, day: str, body: bytes, *, after: str | None) -> None:
    """Unless somebody else has remembered this night: then what is kept is not that of the day `after` any more."""
    known = work.execute(sa.select(_memory.c.day).where(_memory.c.name == name)).scalar_one_or_none()
    if known == after:
        work.execute(sa.delete(_memory).where(_memory.c.name == name))
        work.execute(sa.insert(_memory), {"name": name, "day": day, "body": body})


def memory(work: Work, name: str) -> tuple[int, bytes] | None:
    row = work.execute(sa.select(_memory.c.number, _memory.c.body).where(_memory.c.name == name)).first()
    return None if row is None else (row.number, row.body)


def memories(work: Work) -> list[str]:
    return list(work.execute(sa.select(_memory.c.name)).scalars())


def memory_number(work: Work, name: str) -> int:
    return work.execute(sa.select(_memory.c.number).where(_memory.c.name == name)).scalar_one_or_none() or 0


def appliances(work: Work) -> list[KnownAppliance]:
    rows = work.execute(_APPLIANCES)
    return [KnownAppliance(ApplianceId(r.id), r.kind, r.url) for r in rows]


def put_appliance(work: Work, report: HealthReport) -> None:
    mine = _appliance.c.id == report.appliance_id
    values = {"kind": report.kind, "url": report.url}
    if work.execute(sa.update(_appliance).where(mine).values(**values)).rowcount == 0:
        work.execute(sa.insert(_appliance), {"id": report.appliance_id, "first_seen_at": report.at, **values})


def want(work: Work, ready: ReleaseReady, *, at: Instant) -> None:
    """Once; and never again what was purged, however often the event that announced it comes."""
    known = work.execute(sa.select(_wanted.c.sequence).where(_wanted.c.release_id == ready.release_id)).first()
    if known is None and not is_buried(work, ready.release_id):
        work.execute(
            sa.insert(_wanted),
            {
                "release_id": ready.release_id,
                "title_id": ready.title_id,
                "manifest_sha256": ready.manifest_sha256,
                "placed": False,
                "size_bytes": ready.size_bytes,
                "wanted_at": at,
            },
        )


def wanted(work: Work) -> list[Wanted]:
    rows = work.execute(_WANTED)
    return [
        Wanted(r.sequence, ReleaseId(r.release_id), r.manifest_sha256, r.placed, r.title_id, r.size_bytes, r.wanted_at)
        for r in rows
    ]


def place(work: Work, release_id: ReleaseId) -> None:
    """Say once that a release is held."""
    row = work.execute(sa.select(_wanted).where(_wanted.c.release_id == release_id)).first()
    if row is not None and not row.placed:
        work.execute(sa.update(_wanted).where(_wanted.c.release_id == release_id).values(placed=True))
        work.emit(ReleasePlaced(row.title_id, release_id))


def bury(work: Work, stones: Sequence[Tombstone], note: PurgeNote) -> int:
    """The number of the purge. Burying twice is burying once: the first reason stays. A stone's own number is the least
    that it may get."""
    number = 0
    for stone in stones:
        if stone.path is None:
            work.execute(sa.delete(_wanted).where(_wanted.c.release_id == stone.release_id))
            if (known := _buried_by(work, stone.release_id)) is not None:
                number = number or known.purge
                continue
        last = work.execute(sa.select(sa.func.max(_tombstone.c.sequence))).scalar() or 0
        sequence = max(stone.sequence, last + 1)
        number = number or sequence
        row = {"sequence": sequence, "release_id": stone.release_id, "reason": stone.reason, "at": note.at}
        kind = {"path": stone.path, "refetch": stone.refetch, "appliance_id": stone.appliance, "purge": number}
        work.execute(sa.insert(_tombstone), row | kind)
    if purge(work, number) is None:
        values = {name: getattr(note, name) for name in PurgeNote.__dataclass_fields__ if name != "sequences"}
        work.execute(sa.insert(_purge), values | {"number": number})
    return number


def stones_after(work: Work, number: int) -> list[Stone]:
    """Each with the number before it."""
    found: list[Stone] = []
    before = number
    for r in work.execute(_STONES_AFTER, {"number": number}):
        stone = Tombstone(r.sequence, r.release_id, r.reason, r.path, before, r.refetch, r.appliance_id)
        found.append(Stone(stone, r.at))
        before = r.sequence
    return found


def releases_known(work: Work, titles: Sequence[str]) -> list[str]:
    """Those of these titles that anybody should hold."""
    mine = sa.select(_wanted.c.release_id).where(_wanted.c.title_id.in_(titles)).order_by(_wanted.c.sequence)
    return list(work.execute(mine).scalars())


def is_known(work: Work, release_id: str) -> bool:
    found = work.execute(sa.select(_wanted.c.sequence).where(_wanted.c.release_id == release_id)).first()
    return found is not None or is_buried(work, release_id)


def is_buried(work: Work, release_id: str) -> bool:
    return _buried_by(work, release_id) is not None


def purges(work: Work, *, before: int | None, limit: int) -> list[PurgeNote]:
    """The newest first; `before`: the number of the last that was read."""
    query = sa.select(_purge).order_by(_purge.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(_purge.c.number < before)
    return [_note(work, row) for row in work.execute(query)]


def purge(work: Work, number: int) -> PurgeNote | None:
    row = work.execute(sa.select(_purge).where(_purge.c.number == number)).first()
    return None if row is None else _note(work, row)


def _note(work: Work, row: sa.Row[Any]) -> PurgeNote:  # SQLAlchemy's own row typing stops here
    mine = sa.select(_tombstone.c.sequence).where(_tombstone.c.purge == row.number).order_by(_tombstone.c.sequence)
    values = {name: getattr(row, name) for name in PurgeNote.__dataclass_fields__ if name != "sequences"}
    return PurgeNote(**values, sequences=tuple(work.execute(mine).scalars()))


def _buried_by(work: Work, release_id: str) -> sa.Row[Any] | None:
    whole = (_tombstone.c.release_id == release_id) & _tombstone.c.path.is_(None)
    return work.execute(sa.select(_tombstone).where(whole)).first()


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
