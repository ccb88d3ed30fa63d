"""Who is on which plan."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("account_id", sa.String(36), primary_key=True),
        sa.Column("plan_id", sa.String(40), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("changed_at", At, nullable=False),
    )
