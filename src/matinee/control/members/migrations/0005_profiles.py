"""What a profile chooses, its lock, what it is told and what it thinks of titles."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("profile_id", sa.String(36), sa.ForeignKey("profile.id"), nullable=True),
        sa.Column("recipient", sa.String(36), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("title_id", sa.String(36), nullable=True),
        sa.Column("at", At, nullable=False),
        sa.Column("read_at", At, nullable=True),
        sa.UniqueConstraint("recipient", "about"),
    )
    op.create_index("ix_notice_account_id", "notice", ["account_id"])
    op.create_index("ix_notice_profile_id", "notice", ["profile_id"])
    op.create_index("ix_notice_at", "notice", ["at"])
