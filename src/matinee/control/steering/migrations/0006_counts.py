"""What was streamed where, what is remembered of it, and since when a release is there to be played."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("wanted_release", sa.Column("wanted_at", At, nullable=True))
    op.create_table(
        "streamed",
        sa.Column("appliance_id", sa.String(60), primary_key=True),
        sa.Column("boot_id", sa.String(64), primary_key=True),
        sa.Column("release_id", sa.String(36), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("tier", sa.String(32), primary_key=True),
        sa.Column("cluster", sa.String(80), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_streamed_day", "streamed", ["day"])
    op.create_table(
        "demand_memory",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
