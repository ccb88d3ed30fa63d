"""Which plan a session began with: a window may end for one plan and go on for another."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("playback_session", sa.Column("plan_rank", sa.Integer))
