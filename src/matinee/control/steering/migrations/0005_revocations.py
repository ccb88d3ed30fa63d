"""Sessions whose tickets no edge takes any more."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "revocation",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("session_id", sa.String(36), nullable=False, unique=True),
        sa.Column("until", At, nullable=False, index=True),
        sqlite_autoincrement=True,
    )
