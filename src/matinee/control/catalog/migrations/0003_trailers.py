"""Titles that belong to another: its trailers, and its preview, which was a picture among its artwork before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("title", sa.Column("belongs_to", sa.String(36)))
    op.create_index("ix_title_belongs_to", "title", ["belongs_to"])
    op.execute("DELETE FROM title_artwork WHERE kind = 'preview'")
