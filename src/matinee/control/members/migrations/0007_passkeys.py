"""Passkeys, sign-ins at providers that are linked to accounts, and codes of screens; what was answered once."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(36), primary_key=True),
        _account(nullable=False),
        sa.Column("credential_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("credential_id", sa.Text, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("transports", sa.Text, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("synced", sa.Boolean, nullable=False),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("added_at", At, nullable=False),
        sa.Column("used_at", At, nullable=True),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"])
    op.create_table(
        "spent",
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("expires_at", At, nullable=False),
    )
    op.create_index("ix_spent_expires_at", "spent", ["expires_at"])
    op.create_table(
        "linked_identity",
        sa.Column("id", sa.String(36), primary_key=True),
        _account(nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("who_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("email", sa.String(260), nullable=False),
        sa.Column("linked_at", At, nullable=False),
        sa.Column("used_at", At, nullable=True),
    )
    op.create_index("ix_linked_identity_account_id", "linked_identity", ["account_id"])
    op.create_table(
        "device_code",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("user_code_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("address", sa.String(60), nullable=False),
        sa.Column("asked_at", At, nullable=False),
        sa.Column("expires_at", At, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        _account(nullable=True),
    )
    op.create_index("ix_device_code_expires_at", "device_code", ["expires_at"])
    op.create_index("ix_device_code_account_id", "device_code", ["account_id"])


def _account(*, nullable: bool) -> sa.Column[str]:
    return sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=nullable)
