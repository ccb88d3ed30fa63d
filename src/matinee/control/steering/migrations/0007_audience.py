"""Who blames which edge, whose accounts are known, and bytes by what became of them."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "blame",
        sa.Column("appliance_id", sa.String(60), primary_key=True),
        sa.Column("member", sa.String(64), primary_key=True),
        sa.Column("at", At, nullable=False, index=True),
    )
    op.create_table(
        "sentence",
        sa.Column("appliance_id", sa.String(60), primary_key=True),
        sa.Column("since", At, nullable=False),
        sa.Column("until", At, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("witnesses", sa.Integer, nullable=False),
    )
    op.create_table(
        "audience_told",
        sa.Column("appliance_id", sa.String(60), primary_key=True),
        sa.Column("boot_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "outcome",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("site", sa.String(60), primary_key=True),
        sa.Column("outcome", sa.String(10), primary_key=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
