"""What was decided on titles that are deleted since goes, as it now does with its title. Who deleted them, and why, stays."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(
        "DELETE FROM studio_decision WHERE decision <> 'delete'"
        " AND title_id NOT IN (SELECT title_id FROM studio_version)"
    )
