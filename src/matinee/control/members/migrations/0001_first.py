"""Accounts, the devices signed in to them, profiles, and My List."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("email", sa.String(260), nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("created_at", At, nullable=False),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("created_at", At, nullable=False),
        sa.Column("last_seen_at", At, nullable=False),
        sa.Column("expires_at", At, nullable=False),
    )
    op.create_index("ix_sign_in_account_id", "sign_in", ["account_id"])
    op.create_table(
        "profile",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("avatar", sa.String(40), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("kids", sa.Boolean, nullable=False),
        sa.Column("maturity", sa.Integer, nullable=False),
        sa.Column("autoplay", sa.Boolean, nullable=False),
    )
    op.create_index("ix_profile_account_id", "profile", ["account_id"])
    op.create_table(
        "watchlist",
        sa.Column("profile_id", sa.String(36), sa.ForeignKey("profile.id"), primary_key=True),
        sa.Column("title_id", sa.String(36), primary_key=True),
        sa.Column("added_at", At, nullable=False),
    )
