"""Uploads, versions of titles under way, and decisions on findings."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "studio_upload",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("length", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("created_at", At, nullable=False),
    )
    op.create_table(
        "studio_version",
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
    op.create_table(
        "studio_decision",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("title_id", sa.String(36), nullable=False, index=True),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", At, nullable=False),
    )
