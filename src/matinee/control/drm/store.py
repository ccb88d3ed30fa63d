"""DRM's tables: content keys, wrapped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from matinee.engines.database.port import Schema, Work
from matinee.kernel.ids import KeyId, ReleaseId

_tables = sa.MetaData()

_key = sa.Table(
    "content_key",
    _tables,
    sa.Column("key_id", sa.String(32), primary_key=True),
    sa.Column("release_id", sa.String(36), nullable=False),
    sa.Column("tier", sa.String(20), nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("release_id", "tier"),
)

SCHEMA = Schema("drm", _tables, Path(__file__).parent / "migrations")


@dataclass(frozen=True, slots=True)
class WrappedKey:
    key_id: KeyId
    release_id: ReleaseId
    tier: str
    wrapped: bytes


def of_release(work: Work, release_id: ReleaseId) -> list[WrappedKey]:
    rows = work.execute(sa.select(_key).where(_key.c.release_id == release_id).order_by(_key.c.tier))
    return [WrappedKey(KeyId(r.key_id), ReleaseId(r.release_id), r.tier, r.wrapped) for r in rows]


def remove(work: Work, release_id: ReleaseId) -> None:
    work.execute(sa.delete(_key).where(_key.c.release_id == release_id))


def insert_missing(work: Work, keys: Sequence[WrappedKey]) -> None:
    """Keep what is there: two askers at once must get the same key."""
    for key in keys:
        same = sa.select(_key.c.key_id).where(_key.c.release_id == key.release_id, _key.c.tier == key.tier)
        if work.execute(same).first() is None:
            work.execute(
                sa.insert(_key),
                {"key_id": key.key_id, "release_id": key.release_id, "tier": key.tier, "wrapped": key.wrapped},
            )
