"""The audit trail: what operators do and whom they look at."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("at", At, nullable=False),
        sa.Column("actor", sa.String(36)),
        sa.Column("action", sa.String(200), nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("device", sa.String(36), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor"])
    op.create_table(
        "audit_subject",
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("entry_id", sa.String(36), sa.ForeignKey("audit_entry.id"), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_index("ix_audit_subject_entry_id", "audit_subject", ["entry_id"])
