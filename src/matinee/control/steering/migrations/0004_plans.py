"""What each appliance is to hold, and how large releases are."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("wanted_release", sa.Column("size_bytes", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "site_plan",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("cluster", sa.String(80), nullable=False, unique=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
