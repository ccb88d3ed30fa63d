"""What a profile chooses, its lock, what it is told and what it thinks of titles."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("profile") as table:
        table.add_column(sa.Column("autoplay_next", sa.Boolean, nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("autoplay_previews", sa.Boolean, nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("pin_hash", sa.Text, nullable=True))
        table.add_column(sa.Column("main", sa.Boolean, nullable=False, server_default=sa.false()))
    profile = sa.table("profile", sa.column("id"), sa.column("account_id"), sa.column("main", sa.Boolean))
    # The oldest of each account: ids sort by the time they were made.
    oldest = sa.select(sa.func.min(profile.c.id)).group_by(profile.c.account_id)
    op.execute(sa.update(profile).where(profile.c.id.in_(oldest)).values(main=sa.true()))
    _locks()
    _rating()
    _notice()


def _locks() -> None:
    op.create_table(
        "device_at",
        sa.Column("sign_in_id", sa.String(36), primary_key=True),
        sa.Column("profile_id", sa.String(36), sa.ForeignKey("profile.id"), nullable=False),
    )
    op.create_index("ix_device_at_profile_id", "device_at", ["profile_id"])
    op.create_table(
        "profile_opened",
        sa.Column("sign_in_id", sa.String(36), primary_key=True),
        sa.Column("profile_id", sa.String(36), sa.ForeignKey("profile.id"), primary_key=True),
        sa.Column("at", At, nullable=False),
    )
    op.create_index("ix_profile_opened_profile_id", "profile_opened", ["profile_id"])
    op.create_table(
        "pin_guesses",
        sa.Column("sign_in_id", sa.String(36), primary_key=True),
        sa.Column("guesses", sa.Integer, nullable=False),
        sa.Column("wait_until", At, nullable=True),
    )


def _rating() -> None:
    op.create_table(
        "rating",
        sa.Column("profile_id", sa.String(36), sa.ForeignKey("profile.id"), primary_key=True),
        sa.Column("title_id", sa.String(36), primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("thumb", sa.String(8), nullable=True),
        sa.Column("review", sa.Text, nullable=True),
        sa.Column("at", At, nullable=False),
        sa.Column("is_barred", sa.Boolean, nullable=False),
    )
    op.create_index("ix_rating_title_id", "rating", ["title_id"])


def _notice() -> None:
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
