"""The countries in which an account was used."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "account_country",
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("country", sa.String(2), primary_key=True),
        sa.Column("first_at", At, nullable=False),
        sa.Column("last_at", At, nullable=False),
        sa.Column("since", At, nullable=False),
    )
