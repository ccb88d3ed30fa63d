"""When and how a sign-in was proved; second factors, recovery codes and known devices; sign-ups, letters with tokens."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("proved_at", At, nullable=False, server_default="0"))
    op.add_column("sign_in", sa.Column("methods", sa.Text, nullable=False, server_default="[]"))
    op.create_table(
        "factor",
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("added_at", At, nullable=False),
        sa.Column("asked", sa.Boolean, nullable=False),
    )
    op.create_table(
        "totp",
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("wrapped_secret", sa.LargeBinary, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("code_hash", sa.String(64), primary_key=True),
    )
    op.create_table(
        "second_step",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("proved", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("expires_at", At, nullable=False),
    )
    op.create_index("ix_second_step_account_id", "second_step", ["account_id"])
    op.create_table(
        "known_device",
        sa.Column("mark_hash", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("seen_at", At, nullable=False),
    )
    op.create_index("ix_known_device_account_id", "known_device", ["account_id"])
    op.create_table(
        "sign_up",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("email", sa.String(260), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("plan", sa.String(40), nullable=False),
        sa.Column("liked", sa.Text, nullable=False),
        sa.Column("expires_at", At, nullable=False),
    )
    op.create_index("ix_sign_up_email", "sign_up", ["email"])
    op.create_table(
        "letter_due",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("email", sa.String(260), nullable=False),
        sa.Column("about", sa.String(36), nullable=False),
    )
    op.create_table(
        "mailed_link",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("email", sa.String(260), nullable=False),
        sa.Column("about", sa.String(36), nullable=False),
        sa.Column("expires_at", At, nullable=False),
    )
    op.create_index("ix_mailed_link_about", "mailed_link", ["about"])
    op.create_table(
        "liked_at_sign_up",
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("title_id", sa.String(36), primary_key=True),
    )
