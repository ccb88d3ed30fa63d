"""Playback sessions: one screen watching one title."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "playback_session",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("profile_id", sa.String(36), nullable=False),
        sa.Column("title_id", sa.String(36), nullable=False),
        sa.Column("release_id", sa.String(36), nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("device_id", sa.String(60), nullable=False),
        sa.Column("height_max", sa.Integer, nullable=False),
        sa.Column("started_at", At, nullable=False),
        sa.Column("ended_at", At),
        sa.Column("end_reason", sa.String(40)),
    )
    op.create_index("playback_session_open", "playback_session", ["account_id", "ended_at"])
