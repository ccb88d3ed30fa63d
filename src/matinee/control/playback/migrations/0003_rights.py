"""Until when a session has the rights to its film, and under which country's."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("playback_session", sa.Column("country", sa.String(8)))
    op.add_column("playback_session", sa.Column("rights_end_at", At))
