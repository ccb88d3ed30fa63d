"""Software for appliances: builds, and how each was rolled out."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "build",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("added_at", At, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
    )
    op.create_table(
        "rollout",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("build", sa.String(60), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("started_at", At, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "rollout_act",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("rollout", sa.Integer, nullable=False, index=True),
        sa.Column("at", At, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("what", sa.String(60), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
