"""Which edition each release is of, when that was handed in last, and which release a person chose.

Releases from before have no edition's name: each counts as an edition of its own.
"""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "title_edition",
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), primary_key=True),
        sa.Column("edition", sa.String(64), primary_key=True),
        sa.Column("handed_in_at", At, nullable=False),
    )
    op.add_column("title_release", sa.Column("edition", sa.String(64), nullable=False, server_default=""))
    op.add_column("title", sa.Column("chosen_release", sa.String(36)))
    op.add_column("title", sa.Column("chosen_over", At))
