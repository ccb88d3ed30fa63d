"""Rights windows as they were meant (local days, whose midnight), the licenses behind them, and what was told of their ends."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("rights_window", sa.Column("start_on", sa.Date))
    op.add_column("rights_window", sa.Column("end_on", sa.Date))
    op.add_column("rights_window", sa.Column("zone", sa.String(60)))
    op.add_column("rights_window", sa.Column("license", sa.String(120)))
    op.create_table(
        "rights_license",
        sa.Column("title_id", sa.String(36), primary_key=True),
        sa.Column("contract", sa.String(120), primary_key=True),
        sa.Column("licensor", sa.Text, nullable=False),
        sa.Column("exclusive", sa.Boolean, nullable=False),
    )
    op.create_table(
        "rights_told",
        sa.Column("title_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("at", At, primary_key=True),
        sa.Column("countries", sa.Text, nullable=False),
    )
    op.create_table(
        "rights_look",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("looked_until", At, nullable=False),
    )
