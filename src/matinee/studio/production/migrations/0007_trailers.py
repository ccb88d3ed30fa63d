"""Versions of what belongs to another title: its trailers, and its preview."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("studio_version", sa.Column("belongs_to", sa.String(36)))
    op.create_index("ix_studio_version_belongs_to", "studio_version", ["belongs_to"])
