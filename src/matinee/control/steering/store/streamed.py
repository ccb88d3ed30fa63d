"""What was streamed, by day and appliance, and what is remembered of it for forecasts."""

from collections.abc import Sequence

import sqlalchemy as sa

from matinee.control.steering.store.metadata import TABLES
from matinee.engines.database.port import Work
from matinee.wire.accounts import Streamed

_streamed = sa.Table(
    "streamed",
    TABLES,
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
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # readers go on after the last number they saw
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
