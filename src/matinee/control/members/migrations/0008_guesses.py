"""Wrong PINs are counted for each profile, on each device and on all of them."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # What was counted does not say at which profile: every device begins anew.
    op.drop_table("pin_guesses")
    op.create_table(
        "pin_guesses",
        sa.Column("sign_in_id", sa.String(36), primary_key=True),
        sa.Column("profile_id", sa.String(36), sa.ForeignKey("profile.id"), primary_key=True),
        sa.Column("guesses", sa.Integer, nullable=False),
        sa.Column("wait_until", At, nullable=True),
    )
    op.create_index("ix_pin_guesses_profile_id", "pin_guesses", ["profile_id"])
