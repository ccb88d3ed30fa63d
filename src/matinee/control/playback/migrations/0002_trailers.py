"""Sessions of trailers, which take no stream."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("playback_session", sa.Column("is_trailer", sa.Boolean, nullable=False, server_default=sa.false()))
