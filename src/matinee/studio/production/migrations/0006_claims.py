"""Who is just taking a source in, and who is deleting it."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "studio_claim",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(36), primary_key=True),
        sa.Column("deletes", sa.Boolean, nullable=False),
        sa.Column("until", At, nullable=False),
    )
