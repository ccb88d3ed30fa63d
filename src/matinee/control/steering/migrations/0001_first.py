"""The fleet's appliances, the releases they should hold, and the tombstones of those they must forget."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "appliance",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("url", sa.String(300), nullable=False),
        sa.Column("first_seen_at", At, nullable=False),
    )
    op.create_table(
        "wanted_release",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("release_id", sa.String(36), nullable=False, unique=True),
        sa.Column("title_id", sa.String(36), nullable=False),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("placed", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tombstone",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("release_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", At, nullable=False),
        sqlite_autoincrement=True,
    )
