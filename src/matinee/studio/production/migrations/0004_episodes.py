"""Which master an episode was made from, and its place in its season."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "studio_episode",
        sa.Column("title_id", sa.String(36), primary_key=True),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("series", sa.String(200)),
        sa.Column("season", sa.Integer),
        sa.Column("number", sa.Integer),
    )
    op.create_index("ix_studio_episode_series", "studio_episode", ["series"])
