"""Whose turn a title is: one master at a time, whichever process takes it in."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "studio_turn",
        sa.Column("title_id", sa.String(36), primary_key=True),
        sa.Column("edition", sa.String(64), nullable=False),
        sa.Column("until", At),
    )
