"""Finding what plays of a title, when its rights end."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("playback_session_title", "playback_session", ["title_id", "ended_at"])
