"""Who ordered a purge, when, why and of what; and tombstones of single files."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "purge",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", At, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("title_id", sa.String(36), nullable=False),
        sa.Column("release_id", sa.String(36), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("refetch", sa.Boolean, nullable=False),
        sa.Column("appliance_id", sa.String(60), nullable=False),
    )
    op.add_column("tombstone", sa.Column("path", sa.String(300), nullable=True))
    op.add_column("tombstone", sa.Column("refetch", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("tombstone", sa.Column("appliance_id", sa.String(60), nullable=False, server_default=""))
    op.add_column("tombstone", sa.Column("purge", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_tombstone_release_id", "tombstone", ["release_id"])
    op.create_index("ix_tombstone_purge", "tombstone", ["purge"])
