"""Whether the next title begins by itself is the player's own matter: it was kept here and never asked for."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_column("profile", "autoplay")
