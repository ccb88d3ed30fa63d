"""What people looked for in vain."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "search_wish",
        sa.Column("text", sa.String(80), primary_key=True),
        sa.Column("country", sa.String(2), primary_key=True),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("last_at", At, nullable=False, index=True),
    )
