"""Markers that the studio found, for the releases of one master."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "title_markers",
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), primary_key=True),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("markers", sa.Text, nullable=False),
    )
