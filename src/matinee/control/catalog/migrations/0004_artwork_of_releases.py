"""Pictures belong to the release they were made with, so that a roll back brings them back too.

Those from before have no release's name: they come before all others.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.rename_table("title_artwork", "title_artwork_before")
    op.create_table(
        "title_artwork",
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), primary_key=True),
        sa.Column("release_id", sa.String(36), primary_key=True),
        sa.Column("object_key", sa.String(300), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("shows", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.execute(
        "INSERT INTO title_artwork (title_id, release_id, object_key, kind, shows, position)"
        " SELECT title_id, '', object_key, kind, shows, position FROM title_artwork_before"
    )
    op.drop_table("title_artwork_before")
