"""Builds of the software of appliances, and how each was rolled out."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matinee.control.steering.api import Build, RolloutAct
from matinee.control.steering.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.quantities import Instant

_build = sa.Table(
    "build",
    TABLES,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("added_at", At, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
)
_rollout = sa.Table(
    "rollout",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("build", sa.String(60), nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("started_at", At, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # grows with each step: whoever steps an old one changes nothing
    sa.Column("body", sa.LargeBinary, nullable=False),
)
_rollout_act = sa.Table(
    "rollout_act",
    TABLES,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("rollout", sa.Integer, nullable=False, index=True),
    sa.Column("at", At, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("what", sa.String(60), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class RolloutRow:
    number: int
    build: str
    by: str
    reason: str
    started_at: Instant
    version: int
    body: bytes


def builds(work: Work) -> list[Build]:
    rows = work.execute(sa.select(_build).order_by(_build.c.added_at, _build.c.name))
    return [Build(r.name, r.sha256, r.size, r.added_at, r.by) for r in rows]


def put_build(work: Work, build: Build) -> None:
    work.execute(sa.insert(_build), {name: getattr(build, name) for name in Build.__dataclass_fields__})


def rollouts(work: Work, *, before: int | None = None, limit: int = 1) -> list[RolloutRow]:
    """The newest first."""
    query = sa.select(_rollout).order_by(_rollout.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(_rollout.c.number < before)
    return [_rollout_row(row) for row in work.execute(query)]


def rollout(work: Work, number: int) -> RolloutRow | None:
    row = work.execute(sa.select(_rollout).where(_rollout.c.number == number)).first()
    return None if row is None else _rollout_row(row)


def newest_rollout(work: Work, known: tuple[int, int]) -> RolloutRow | None:
    """None where its number and version are the known ones, or where there is none."""
    newest = sa.select(_rollout.c.number, _rollout.c.version).order_by(_rollout.c.number.desc()).limit(1)
    found = work.execute(newest).first()
    return None if found is None or tuple(found) == known else rollout(work, found.number)


def put_rollout(work: Work, row: RolloutRow) -> None:
    work.execute(sa.insert(_rollout), {name: getattr(row, name) for name in RolloutRow.__dataclass_fields__})


def step_rollout(work: Work, number: int, version: int, body: bytes) -> bool:
    """False where somebody else has stepped it since it was of this version."""
    mine = (_rollout.c.number == number) & (_rollout.c.version == version)
    return work.execute(sa.update(_rollout).where(mine).values(version=version + 1, body=body)).rowcount == 1


def note_act(work: Work, number: int, act: RolloutAct) -> None:
    row = {"rollout": number, "at": act.at, "by": act.by, "what": act.what, "reason": act.reason}
    work.execute(sa.insert(_rollout_act), row)


def acts(work: Work, number: int) -> list[RolloutAct]:
    mine = sa.select(_rollout_act).where(_rollout_act.c.rollout == number).order_by(_rollout_act.c.sequence)
    return [RolloutAct(r.at, r.by, r.what, r.reason) for r in work.execute(mine)]


def _rollout_row(row: sa.Row[Any]) -> RolloutRow:
    return RolloutRow(**{name: getattr(row, name) for name in RolloutRow.__dataclass_fields__})
