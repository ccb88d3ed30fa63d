"""Titles, their words, artwork and rights windows, and the releases the studio made of them."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "title",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("external_id", sa.String(200), unique=True),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("year", sa.Integer),
        sa.Column("rating", sa.String(20), nullable=False),
        sa.Column("maturity", sa.Integer, nullable=False),
        sa.Column("genres", sa.Text, nullable=False),
        sa.Column("people", sa.Text, nullable=False),
        sa.Column("original_language", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("current_release", sa.String(36)),
        sa.Column("duration_ms", sa.Integer),
        sa.Column("publish_when_placed", sa.Boolean, nullable=False),
        sa.Column("created_at", At, nullable=False),
    )
    op.create_table(
        "title_words",
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), primary_key=True),
        sa.Column("language", sa.String(20), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("synopsis", sa.Text, nullable=False),
    )
    op.create_table(
        "title_artwork",
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), primary_key=True),
        sa.Column("object_key", sa.String(300), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("shows", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_table(
        "rights_window",
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("start_at", At),
        sa.Column("end_at", At),
        sa.Column("plan_rank", sa.Integer, nullable=False),
        sa.Column("offline", sa.Boolean, nullable=False),
    )
    op.create_table(
        "title_release",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), nullable=False),
        sa.Column("profile", sa.String(20), nullable=False),
        sa.Column("created_at", At, nullable=False),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("placed", sa.Boolean, nullable=False),
    )
    op.create_index("ix_title_release_title_id", "title_release", ["title_id"])
